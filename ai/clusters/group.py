"""
The clustering: texts in, a fine and a coarse group for each out.

Distinct texts in their alphabetical order become vectors (:mod:`ai.clusters.vectors`),
are smoothed over their neighbours, joined by average link, and cut at one cosine
distance; the same tree cut higher gives the coarse groups. The number of groups is
found, every text has one, and neither the order nor the machine changes anything.
What is said a hundred times in the same words shapes the groups once and counts a
hundred times.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ai.clusters import micro
from ai.clusters.smooth import smooth
from ai.clusters.tree import Tree, average, ward
from ai.clusters.vectors import Space, learn
from ai.vectors.encoder import Encoder

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

FINE = 0.5
"""Mean cosine distance up to which groups are one."""
COARSE = 0.8


@dataclass(frozen=True, slots=True)
class Groups:
    """The groups of distinct *texts*, in alphabetical order."""

    texts: tuple[str, ...]
    fine: Ints
    coarse: Ints
    space: Space
    vectors: Floats
    """As the space gives them."""
    smoothed: Floats
    """As they were clustered; beyond ``micro.ALL`` texts each has its small group's."""

    def members(self, group: int) -> list[int]:
        """Return the rows of a fine group."""
        return np.flatnonzero(self.fine == group).tolist()


def group(texts: Sequence[str], encoder: Encoder | None = None) -> Groups:
    """
    Return the groups of *texts*, numbered from 0 in the order of their first text.

    *encoder* is the level's, None for level 0. Each group lies within one coarse group.
    """
    distinct = tuple(sorted(set(texts)))
    space, vectors = learn(distinct, encoder)
    known = np.flatnonzero(vectors.any(axis=1))
    fine, coarse = np.arange(len(distinct)), np.arange(len(distinct))
    smoothed = vectors.copy()
    if len(known):
        owners, smoothed[known], tree = _tree(vectors[known])
        fine[known], coarse[known] = (
            _cut(tree, FINE, owners, known),
            _cut(tree, COARSE, owners, known),
        )
    return Groups(distinct, _numbered(fine), _numbered(coarse), space, vectors, smoothed)


def groups_of(texts: Sequence[str], count: int, encoder: Encoder | None = None) -> Ints:
    """
    Return the group of each of *texts* where people say how many there shall be.

    By Ward's link on the same vectors: groups of like size, which is what is meant then.
    """
    distinct = sorted(set(texts))
    _, vectors = learn(distinct, encoder)
    if len(distinct) <= micro.ALL:
        labels = ward(smooth(vectors)).split(count)
    else:
        owners, means, sizes = micro.small_groups(vectors)
        labels = ward(smooth(means), sizes).split(count)[owners]
    rows = {text: row for row, text in enumerate(distinct)}
    return labels[[rows[text] for text in texts]]


def _tree(vectors: Floats) -> tuple[Ints, Floats, Tree]:
    """Return the leaf of each row, its smoothed vector, and the tree."""
    if len(vectors) <= micro.ALL:
        smoothed = smooth(vectors)
        return np.arange(len(vectors)), smoothed, average(smoothed)
    owners, means, sizes = micro.small_groups(vectors)
    smoothed = smooth(means)
    return owners, smoothed[owners], average(smoothed, sizes)


def _cut(tree: Tree, height: float, owners: Ints, rows: Ints) -> Ints:
    """Return a group for each row, named by its first row among all."""
    labels = tree.cut(height)[owners]
    first = np.unique(labels, return_index=True)[1]
    return rows[first][labels]


def _numbered(groups: Ints) -> Ints:
    _, first, inverse = np.unique(groups, return_index=True, return_inverse=True)
    rank = np.argsort(np.argsort(first, kind="stable"), kind="stable")
    return rank[inverse].astype(np.int64)
