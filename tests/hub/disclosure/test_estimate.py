"""Scores and their intervals, against sessions whose truth is known."""

import numpy as np
import pytest

from hub.disclosure.estimate import Sums, mean_of, shrink


def sums(scores: "np.ndarray") -> Sums:
    """Return what a cell keeps of *scores*."""
    return Sums(len(scores), float(scores.sum()), float((scores**2).sum()))


def test_few_sessions_are_drawn_to_the_mean_and_many_are_not() -> None:
    """Two places of one mean: the small one moves more; both intervals hold their value."""
    few, many = Sums(3, 2.4, 1.92), Sums(3000, 2400.0, 1920.0)
    low = Sums(3000, 300.0, 100.0)
    mean, (small, large, _) = shrink([few, many, low])
    assert mean is not None
    assert mean < small.value < large.value
    assert large.value == pytest.approx(0.8, abs=0.01)
    assert small.high - small.low > large.high - large.low
    for interval in (small, large):
        assert 0 <= interval.low <= interval.value <= interval.high <= 1


def test_nothing_gives_no_mean() -> None:
    """No place, no score."""
    assert shrink([]) == (None, [])


def test_one_place_is_not_drawn_anywhere() -> None:
    """There is nothing to draw it to."""
    place = Sums(20, 10.0, 6.0)
    assert shrink([place])[1] == [mean_of(place)]
    assert mean_of(place).value == 0.5


def test_the_intervals_hold_the_truth_in_about_95_of_100_cases() -> None:
    """Places with known means, sessions drawn around them: coverage between 92 and 98 %."""
    chance = np.random.default_rng(4)
    held = count = 0
    for _ in range(120):
        truths = chance.beta(2, 8, size=15)
        places = []
        for truth in truths:
            size = int(chance.integers(10, 300))
            hurt = chance.random(size) < truth / 0.6
            places.append(sums(np.where(hurt, chance.uniform(0.4, 0.8, size), 0.0)))
        for truth, interval in zip(truths, shrink(places)[1], strict=True):
            held += interval.low <= min(truth, 0.6) <= interval.high
            count += 1
    assert 0.92 <= held / count <= 0.98
