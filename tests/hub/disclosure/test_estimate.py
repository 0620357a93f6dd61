"""Scores and their intervals, against sessions whose truth is known."""

import math
from typing import Any

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


Truths = list[float]
ONE = 1 - math.exp(-0.5)
ONE_OF_04 = 1 - math.exp(-0.4)


def skewed(chance: "np.random.Generator", size: int) -> tuple[Truths, list[Sums]]:
    """80 places of one rage click at the most: most of them calm, some not."""
    truths, places = [], []
    for rage in chance.beta(1.2, 4.0, 80) * 0.6:
        hurt = chance.random(size) < rage
        truths.append(rage * ONE)
        places.append(sums(hurt * ONE))
    return truths, places


def calm(chance: "np.random.Generator", size: int) -> tuple[Truths, list[Sums]]:
    """40 places, one in ten hot among calm ones, several signals in a session."""
    truths, places = [], []
    for _ in range(40):
        hot = chance.random() < 0.1
        rate = chance.uniform(0.3, 0.8) if hot else chance.uniform(0.0, 0.05)
        places.append(sums(1 - np.exp(-0.4 * chance.poisson(rate, size))))
        truths.append(1 - math.exp(-rate * ONE_OF_04))
    return truths, places


@pytest.mark.parametrize(("world", "size"), [(skewed, 30), (skewed, 100), (calm, 60), (calm, 300)])
def test_the_intervals_hold_where_most_places_are_calm(world: Any, size: int) -> None:
    """Skewed truths, a few dozen sessions a place: between 92 and 98 %, and on both sides."""
    chance = np.random.default_rng(5)
    below = above = count = 0
    for _ in range(30):
        truths, places = world(chance, size)
        for truth, interval in zip(truths, shrink(places)[1], strict=True):
            below += truth < interval.low
            above += truth > interval.high
            count += 1
    assert 0.92 <= 1 - (below + above) / count <= 0.98
    assert max(below, above) / count < 0.06


def test_no_trouble_in_few_sessions_proves_little() -> None:
    """A calm place's interval shrinks with its sessions, and never to nothing."""
    others = [Sums(100, 20.0, 10.0) for _ in range(5)]
    few, many = (shrink([Sums(size, 0.0, 0.0), *others])[1][0] for size in (10, 1000))
    assert 0 < many.high < few.high < 0.5
