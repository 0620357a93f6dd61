"""
Vectors drawn towards their nearest neighbours, so that groups close and gaps open.

A text of five words shares few of them with the others that mean the same; what its
neighbours share fills that in (a low-pass filter on the graph of nearest neighbours).
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

NEIGHBOURS = 10
TIMES = 5
PULL = 2.0
"""How much the neighbours weigh beside the vector itself."""
SHARPNESS = 3
"""A neighbour weighs as its cosine to this power."""
BLOCK = 512
"""Rows compared at a time."""


def unit(vectors: Floats) -> Floats:
    """Return the rows at length 1; a row of zeros stays so."""
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    scaled: Floats = vectors / np.maximum(lengths, np.float32(1e-12))[:, None]
    return scaled


def smooth(vectors: Floats) -> Floats:
    """Return the unit *vectors* (n x d) after smoothing over their nearest neighbours."""
    count = min(NEIGHBOURS, len(vectors) // 4)
    if count == 0:
        return vectors
    near, weights = _neighbours(vectors, count)
    for _ in range(TIMES):
        drawn = np.einsum("ij,ijk->ik", weights, vectors[near])
        vectors = unit(vectors + np.float32(PULL) * drawn)
    return vectors


def _neighbours(vectors: Floats, count: int) -> tuple[NDArray[np.int64], Floats]:
    """Return each row's *count* nearest others and their shares, which add up to 1 or 0."""
    near = np.empty((len(vectors), count), dtype=np.int64)
    cosines = np.empty((len(vectors), count), dtype=np.float32)
    for low in range(0, len(vectors), BLOCK):
        block = vectors[low : low + BLOCK] @ vectors.T
        rows = np.arange(len(block))
        block[rows, low + rows] = -2
        found = np.argpartition(-block, count - 1, axis=1)[:, :count]
        near[low : low + BLOCK] = found
        cosines[low : low + BLOCK] = np.take_along_axis(block, found, axis=1)
    weights = np.maximum(cosines, 0) ** SHARPNESS
    total = weights.sum(axis=1, keepdims=True)
    return near, weights / np.maximum(total, np.float32(1e-12))
