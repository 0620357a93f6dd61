"""
Agglomerative clustering: the whole tree of merges, to be cut at any height.

Average link by the nearest-neighbour chain (Murtagh 1983), which finds the same tree
as merging the closest pair first, in time and memory n². Ties fall to the lower number.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Float = Any
"""One float32."""
Join = Callable[[Floats, Floats, Float, Float, Float, Floats], Floats]
"""Distances from two groups, the one between them, and all sizes → from both together."""


@dataclass(frozen=True, slots=True)
class Tree:
    """The n - 1 merges of n leaves, lowest first: the leaves *left* and *right* name groups."""

    left: Ints
    right: Ints
    heights: Floats

    @property
    def leaves(self) -> int:
        """How many."""
        return len(self.heights) + 1

    def cut(self, height: float) -> Ints:
        """Return each leaf's group, where merges above *height* are undone."""
        return self._labels(int(np.searchsorted(self.heights, height, side="right")))

    def split(self, groups: int) -> Ints:
        """Return each leaf's group, where *groups* are left."""
        return self._labels(max(0, self.leaves - max(1, groups)))

    def _labels(self, merges: int) -> Ints:
        parent = list(range(self.leaves))
        for left, right in zip(
            self.left[:merges].tolist(), self.right[:merges].tolist(), strict=True
        ):
            low, high = sorted((_root(parent, left), _root(parent, right)))
            parent[high] = low
        roots = np.array([_root(parent, leaf) for leaf in range(self.leaves)])
        return np.unique(roots, return_inverse=True)[1].astype(np.int64)


def _root(parent: list[int], leaf: int) -> int:
    while parent[leaf] != leaf:
        parent[leaf] = parent[parent[leaf]]
        leaf = parent[leaf]
    return leaf


def average(vectors: Floats, sizes: Floats | None = None) -> Tree:
    """Return the tree by mean cosine distance of *vectors*, means of *sizes* unit vectors each."""
    distances = 1 - vectors @ vectors.T
    return _chain(np.maximum(distances, 0, out=distances), _sizes(vectors, sizes), _average)


def ward(vectors: Floats, sizes: Floats | None = None) -> Tree:
    """Return the tree by growth of the squared spread (Ward 1963); heights are squared."""
    squares = np.einsum("ij,ij->i", vectors, vectors)
    distances = squares[:, None] + squares[None, :] - 2 * (vectors @ vectors.T)
    return _chain(np.maximum(distances, 0, out=distances), _sizes(vectors, sizes), _ward)


def _sizes(vectors: Floats, sizes: Floats | None) -> Floats:
    return np.ones(len(vectors), dtype=np.float32) if sizes is None else sizes.copy()


def _average(a: Floats, b: Floats, _between: Float, na: Float, nb: Float, _n: Floats) -> Floats:
    joined: Floats = (na * a + nb * b) / (na + nb)
    return joined


def _ward(a: Floats, b: Floats, between: Float, na: Float, nb: Float, n: Floats) -> Floats:
    joined: Floats = ((na + n) * a + (nb + n) * b - n * between) / (na + nb + n)
    return joined


def _chain(distances: Floats, sizes: Floats, join: Join) -> Tree:
    """Return the tree; *distances* and *sizes* are used up."""
    count = len(sizes)
    np.fill_diagonal(distances, np.inf)
    merges: list[tuple[int, int, np.float32]] = []
    chain: list[int] = []
    alive = np.ones(count, dtype=np.bool_)
    first = 0
    while len(merges) < count - 1:
        if not chain:
            first += int(np.argmax(alive[first:]))
            chain.append(first)
        last = chain[-1]
        row = distances[last]
        nearest = int(np.argmin(row))
        if len(chain) > 1 and row[chain[-2]] <= row[nearest]:
            low, high = sorted((last, chain[-2]))
            merges.append((low, high, row[chain[-2]]))
            _merge(distances, sizes, low, high, join)
            alive[high] = False
            del chain[-2:]
        else:
            chain.append(nearest)
    return _sorted(merges)


def _merge(distances: Floats, sizes: Floats, low: int, high: int, join: Join) -> None:
    """Let *low* stand for both, and *high* for none."""
    a, b = distances[low], distances[high]
    between = a[high]
    a[low] = b[high] = 0
    joined = join(a, b, between, sizes[low], sizes[high], sizes)
    gone = np.isinf(a)
    joined[gone] = np.inf
    joined[low] = joined[high] = np.inf
    distances[low] = joined
    distances[:, low] = joined
    distances[high] = np.inf
    distances[:, high] = np.inf
    sizes[low] += sizes[high]


def _sorted(merges: list[tuple[int, int, np.float32]]) -> Tree:
    heights = np.array([height for _, _, height in merges], dtype=np.float32)
    order = np.argsort(heights, kind="stable")
    left = np.array([low for low, _, _ in merges], dtype=np.int64)
    right = np.array([high for _, high, _ in merges], dtype=np.int64)
    return Tree(left[order], right[order], heights[order])
