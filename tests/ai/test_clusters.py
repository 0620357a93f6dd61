"""The clustering: every text, any order, the same groups; and the tree below it."""

import itertools
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ai.clusters import micro
from ai.clusters.group import group, groups_of
from ai.clusters.smooth import smooth, unit
from ai.clusters.tree import average, ward
from ai.vectors.table import Table
from tests.ai.scores import ami, ari, v_measure
from tests.ai.texts import labelled

WORDS = [
    "pay",
    "card",
    "button",
    "does",
    "not",
    "work",
    "slow",
    "page",
    "error",
    "👍",
    "",
    "Ünïcode",
]
some_texts = st.lists(st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join), max_size=30)
any_texts = st.lists(st.text(max_size=30), max_size=12)


@given(some_texts | any_texts, st.randoms(use_true_random=False))
@settings(deadline=None)
def test_every_text_has_a_group_whatever_the_order(texts: list[str], chance: random.Random) -> None:
    """Coverage, determinism and order independence, exactly."""
    found = group(texts)
    assert set(found.texts) == set(texts)
    assert len(found.fine) == len(found.coarse) == len(found.texts)
    assert sorted(set(found.fine.tolist())) == list(range(len(set(found.fine.tolist()))))
    shuffled = texts + texts[:3]
    chance.shuffle(shuffled)
    other = group(shuffled)
    assert other.texts == found.texts
    assert (other.fine == found.fine).all()
    assert (other.coarse == found.coarse).all()


def test_a_fine_group_lies_within_one_coarse_group() -> None:
    """Both are cuts of one tree."""
    found = group(labelled("appfeature_is22")[0])
    pairs = set(zip(found.fine.tolist(), found.coarse.tolist(), strict=True))
    assert len(pairs) == len({fine for fine, _ in pairs})
    assert len({coarse for _, coarse in pairs}) < len(pairs)


def test_groups_agree_with_people() -> None:
    """On real reviews, at levels 0 and 1; a random partition has AMI 0."""
    texts, labels = labelled("appfeature_is22")
    for encoder in (None, Table()):
        found = group(texts, encoder)
        home = dict(zip(found.texts, found.fine.tolist(), strict=True))
        assert ami(labels, [home[text] for text in texts]) > 0.7


def test_texts_that_share_nothing_are_not_one_group() -> None:
    """Nothing is known of them, which is no likeness."""
    odd = ["qwxz", "vbnm", "👍", "plmk", ""]
    texts = [f"the card payment fails at step {n}" for n in range(20)] + odd
    found = group(texts)
    home = dict(zip(found.texts, found.fine.tolist(), strict=True))
    assert len({home[text] for text in odd}) == len(odd)


def test_the_same_words_a_hundred_times_shape_nothing() -> None:
    """A flood of one text changes no group of the others."""
    texts, _ = labelled("flowback_synth_v0")
    assert (group(texts + [texts[0]] * 100).fine == group(texts).fine).all()


def test_as_many_groups_as_people_want() -> None:
    """And they agree with people's."""
    texts, labels = labelled("appfeature_is22")
    found = groups_of(texts, len(set(labels)))
    assert len(set(found.tolist())) == len(set(labels))
    assert v_measure(labels, found) > 0.7


def test_many_texts_go_by_way_of_small_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the bound every text has a group, in any order, and like texts still meet."""
    monkeypatch.setattr(micro, "ALL", 200)
    monkeypatch.setattr(micro, "SMALL", 120)
    texts, labels = labelled("appfeature_is22")
    found = group(texts)
    assert set(found.texts) == set(texts)
    assert (group(texts[::-1]).fine == found.fine).all()
    home = dict(zip(found.texts, found.fine.tolist(), strict=True))
    assert ami(labels, [home[text] for text in texts]) > 0.6


points = st.integers(2, 12).flatmap(
    lambda n: st.lists(
        st.tuples(*[st.floats(-1, 1, width=16)] * 3).filter(lambda p: sum(x * x for x in p) > 0.01),
        min_size=n,
        max_size=n,
    )
)


def _naive(distances, join, count):
    """Return partitions by merging the closest pair, one after another."""
    groups = [[n] for n in range(count)]
    heights = []
    while len(groups) > 1:
        best = min(
            itertools.combinations(range(len(groups)), 2),
            key=lambda p: join(groups[p[0]], groups[p[1]]),
        )
        heights.append(join(groups[best[0]], groups[best[1]]))
        groups[best[0]] += groups.pop(best[1])
    return heights


@given(points)
@settings(deadline=None)
def test_average_link_is_that_of_the_definition(rows) -> None:
    """Heights are those of merging the closest pair each time, by the mean of all pairs."""
    vectors = unit(np.array(rows, dtype=np.float32))
    distances = 1 - vectors @ vectors.T

    def mean(a, b):
        return float(distances[np.ix_(a, b)].mean())

    heights = np.array(sorted(_naive(distances, mean, len(rows))))
    near = np.diff(np.sort(distances[np.triu_indices(len(rows), 1)]))
    if (near > 1e-3).all():  # with ties the definition has several trees
        assert np.allclose(np.sort(average(vectors).heights), heights, atol=1e-4)


@given(points)
@settings(deadline=None)
def test_wards_heights_are_the_growth_of_spread(rows) -> None:
    """They add up to twice the spread of all about their middle, whatever the tree."""
    vectors = np.array(rows, dtype=np.float32)
    spread = ((vectors - vectors.mean(axis=0)) ** 2).sum()
    assert np.isclose(ward(vectors).heights.sum(), 2 * spread, atol=1e-3)


def test_a_cut_and_a_split_agree() -> None:
    """Cutting between the heights of two merges leaves as many groups as splitting so."""
    vectors = unit(np.random.default_rng(1).standard_normal((40, 5)).astype(np.float32))
    tree = average(vectors)
    for groups in (1, 2, 7, 39, 40):
        labels = tree.split(groups)
        assert len(set(labels.tolist())) == groups
    height = float((tree.heights[20] + tree.heights[21]) / 2)
    assert ari(tree.cut(height), tree.split(40 - 21)) == 1


def test_sizes_weigh_as_that_many_texts() -> None:
    """A group of three equal vectors is as one vector of size 3."""
    vectors = unit(np.array([[1, 0.1], [1, 0.1], [1, 0.1], [0, 1], [0.6, 1]], dtype=np.float32))
    whole = average(vectors)
    few = average(vectors[[0, 3, 4]], np.array([3, 1, 1], dtype=np.float32))
    assert np.allclose(whole.heights[-2:], few.heights, atol=1e-5)


def test_smoothing_brings_neighbours_together() -> None:
    """Within a group cosines grow, between two they do not."""
    chance = np.random.default_rng(2)
    base = unit(chance.standard_normal((2, 30)).astype(np.float32))
    rows = unit(
        np.repeat(base, 20, axis=0) + 0.2 * chance.standard_normal((40, 30)).astype(np.float32)
    )
    smoothed = smooth(rows)
    assert (smoothed[:20] @ smoothed[:20].T).min() > 0.95 > (rows[:20] @ rows[:20].T).min()
    assert (smoothed[:20] @ smoothed[20:].T).max() < 0.8


def test_scores_are_the_published_ones() -> None:
    """Worked examples of scikit-learn's documentation."""
    assert ari([0, 0, 1, 2], [0, 0, 1, 1]) == pytest.approx(0.5714, abs=1e-3)
    assert v_measure([0, 0, 1, 1], [0, 0, 1, 2]) == pytest.approx(0.8)
    assert ami([0, 0, 1, 1], [1, 1, 0, 0]) == pytest.approx(1)
    assert ami([0, 0, 0, 1, 1, 1], [0, 0, 1, 1, 2, 2]) == pytest.approx(0.2987, abs=1e-3)
