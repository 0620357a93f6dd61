"""
Many texts as some thousand small groups, when every pair would be too many to compare.

Seeds are spread over the texts by their order, each text goes to the nearest, the
groups' means are the next seeds (spherical k-means, Dhillon and Modha 2001).
"""

import numpy as np
from numpy.typing import NDArray

from ai.clusters.smooth import unit

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

ALL = 6000
"""Texts up to which every pair is compared."""
SMALL = 3000
"""Small groups made of more."""
SAMPLE = 30_000
"""Texts that the seeds are moved by."""
TIMES = 2
BLOCK = 4096


def small_groups(vectors: Floats) -> tuple[Ints, Floats, Floats]:
    """Return each row's small group, the groups' unit means, and their sizes."""
    sample = _spread(vectors, min(SAMPLE, len(vectors)))
    seeds = _spread(sample, SMALL)
    for _ in range(TIMES):
        seeds = _means(sample, _nearest(sample, seeds), SMALL)
    groups = np.unique(_nearest(vectors, seeds), return_inverse=True)[1].astype(np.int64)
    sizes = np.bincount(groups).astype(np.float32)
    return groups, _means(vectors, groups, len(sizes)), sizes


def _spread(vectors: Floats, count: int) -> Floats:
    """Return *count* rows, evenly over all."""
    return vectors[np.linspace(0, len(vectors) - 1, count).astype(np.int64)]


def _nearest(vectors: Floats, seeds: Floats) -> Ints:
    return np.concatenate(
        [
            np.argmax(vectors[low : low + BLOCK] @ seeds.T, axis=1)
            for low in range(0, len(vectors), BLOCK)
        ]
    )


def _means(vectors: Floats, groups: Ints, count: int) -> Floats:
    order = np.argsort(groups, kind="stable")
    there, starts = np.unique(groups[order], return_index=True)
    sums = np.zeros((count, vectors.shape[1]), dtype=np.float32)
    bounds = [*starts.tolist(), len(order)]
    for number, group in enumerate(there):
        sums[group] = vectors[order[bounds[number] : bounds[number + 1]]].sum(axis=0)
    return unit(sums)
