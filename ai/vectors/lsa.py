"""
Latent semantic analysis of the texts at hand: TF-IDF rows, and their strongest directions.

The directions are found by a randomised range finder with power iterations (Halko,
Martinsson and Tropp 2011, algorithm 4.4) from a fixed seed, so that the same texts in
the same order give the same vectors.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ai.vectors.sparse import Floats, Rows

SIZE = 128
"""Directions kept."""
SPARE = 16
"""Directions more that are looked for, so that those kept are found well."""
ROUNDS = 4
"""Power iterations."""
TINY = 1e-9
"""Squared strength below which a direction is rounding error."""
LEAST_ROWS = 2
"""A feature of fewer texts joins nothing."""
LEAST_COMMON = 30
"""A feature of no more texts than these always counts: a few texts may all be alike."""
MOST_SHARE = 0.5
"""A feature of more of the texts tells nothing apart."""


@dataclass(frozen=True, slots=True)
class Lsa:
    """What was learnt from some texts, to be applied to them and to others."""

    columns: NDArray[np.int64]
    weights: Floats
    directions: Floats
    """len(columns) x directions."""

    def project(self, counts: Rows) -> Floats:
        """Return the vectors of texts counted by :func:`ai.vectors.features.count`."""
        return _weighed(counts, self.columns, self.weights).dot(self.directions)


def fit(counts: Rows, size: int = SIZE) -> Lsa:
    """Learn from texts counted by :func:`ai.vectors.features.count`."""
    frequency = np.bincount(counts.columns, minlength=counts.width)
    most = max(LEAST_COMMON, MOST_SHARE * counts.height)
    columns = np.flatnonzero((frequency >= LEAST_ROWS) & (frequency <= most))
    weights = (1 + np.log((1 + counts.height) / (1 + frequency[columns]))).astype(np.float32)
    rows = _weighed(counts, columns, weights)
    return Lsa(columns, weights, _directions(rows, size))


def _weighed(counts: Rows, columns: NDArray[np.int64], weights: Floats) -> Rows:
    kept = counts.kept(columns)
    values = (1 + np.log(kept.values)) * weights[kept.columns]
    return Rows(kept.starts, kept.columns, values.astype(np.float32), kept.width).normal()


def _directions(rows: Rows, size: int) -> Floats:
    flipped = rows.flipped()
    wide = min(size + SPARE, rows.height, rows.width)
    start = np.random.default_rng(0).standard_normal((rows.width, wide), dtype=np.float32)
    basis = _orthonormal(rows.dot(start))
    for _ in range(ROUNDS):
        basis = _orthonormal(rows.dot(_orthonormal(flipped.dot(basis))))
    projected = flipped.dot(basis)
    strengths, turns = np.linalg.eigh((projected.T @ projected).astype(np.float64))
    strongest = np.argsort(-strengths, kind="stable")[:size]
    scale = 1 / np.sqrt(np.maximum(strengths[strongest], TINY))
    return np.ascontiguousarray(projected @ (turns[:, strongest] * scale).astype(np.float32))


def _orthonormal(matrix: Floats) -> Floats:
    """Return columns at right angles that span the same: far quicker than by Householder."""
    strengths, turns = np.linalg.eigh((matrix.T @ matrix).astype(np.float64))
    scale = 1 / np.sqrt(np.maximum(strengths, TINY))
    turned: Floats = matrix @ (turns * scale).astype(np.float32)
    return turned
