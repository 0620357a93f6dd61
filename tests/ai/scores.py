"""
How well groups agree with labels that people gave: V-measure, ARI, AMI.

V-measure: Rosenberg and Hirschberg 2007. Adjusted Rand index: Hubert and Arabie 1985.
Adjusted mutual information, arithmetic mean: Vinh, Epps and Bailey 2010.
"""

from collections.abc import Sequence

import numpy as np


def _table(labels: Sequence, groups: Sequence) -> np.ndarray:
    rows, columns = (np.unique(np.asarray(x), return_inverse=True)[1] for x in (labels, groups))
    table = np.zeros((rows.max() + 1, columns.max() + 1))
    np.add.at(table, (rows, columns), 1)
    return table


def _entropy(counts: np.ndarray) -> float:
    shares = counts[counts > 0] / counts.sum()
    return float(-(shares * np.log(shares)).sum())


def _mutual(table: np.ndarray) -> float:
    return _entropy(table.sum(1)) + _entropy(table.sum(0)) - _entropy(table.ravel())


def v_measure(labels: Sequence, groups: Sequence) -> float:
    """Return 0 to 1."""
    table = _table(labels, groups)
    mean = (_entropy(table.sum(1)) + _entropy(table.sum(0))) / 2
    return _mutual(table) / mean if mean else 1.0


def ari(labels: Sequence, groups: Sequence) -> float:
    """Return 1 for the same partition, about 0 for chance."""
    table = _table(labels, groups)
    pairs = [(x * (x - 1) / 2).sum() for x in (table, table.sum(1), table.sum(0))]
    n = table.sum()
    expected = pairs[1] * pairs[2] / (n * (n - 1) / 2)
    most = (pairs[1] + pairs[2]) / 2
    return 1.0 if most == expected else (pairs[0] - expected) / (most - expected)


def ami(labels: Sequence, groups: Sequence) -> float:
    """Return 1 for the same partition, about 0 for chance."""
    table = _table(labels, groups)
    a, b, n = table.sum(1), table.sum(0), int(table.sum())
    expected = _expected(a, b, n)
    mean = (_entropy(a) + _entropy(b)) / 2
    return 1.0 if mean == expected else (_mutual(table) - expected) / (mean - expected)


def _expected(a: np.ndarray, b: np.ndarray, n: int) -> float:
    log = np.concatenate(([0.0], np.cumsum(np.log(np.arange(1, n + 1)))))  # log of n!
    total = 0.0
    sizes_a, times_a = np.unique(a.astype(int), return_counts=True)
    sizes_b, times_b = np.unique(b.astype(int), return_counts=True)
    for x, count_x in zip(sizes_a, times_a, strict=True):
        for y, count_y in zip(sizes_b, times_b, strict=True):
            k = np.arange(max(1, x + y - n), min(x, y) + 1)
            chance = log[x] + log[y] + log[n - x] + log[n - y] - log[n]
            chance = chance - log[k] - log[x - k] - log[y - k] - log[n - x - y + k]
            terms = k / n * np.log(n * k / (x * y)) * np.exp(chance)
            total += count_x * count_y * terms.sum()
    return float(total)
