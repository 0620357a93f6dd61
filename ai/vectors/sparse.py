"""Sparse rows, and their product with a dense matrix, in numpy alone."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Rows:
    """Row i has ``values[starts[i]:starts[i + 1]]`` in ``columns`` of the same places."""

    starts: NDArray[np.int64]
    columns: NDArray[np.int32]
    values: Floats
    width: int

    @property
    def height(self) -> int:
        """How many rows."""
        return len(self.starts) - 1

    def owners(self) -> NDArray[np.int64]:
        """Return the row of each entry."""
        return np.repeat(np.arange(self.height), np.diff(self.starts))

    def flipped(self) -> "Rows":
        """Return the transposed rows."""
        order = np.argsort(self.columns, kind="stable")
        starts = np.zeros(self.width + 1, dtype=np.int64)
        np.cumsum(np.bincount(self.columns, minlength=self.width), out=starts[1:])
        owners = self.owners()[order].astype(np.int32)
        return Rows(starts, owners, self.values[order], self.height)

    def normal(self) -> "Rows":
        """Return the rows at length 1; an empty row stays empty."""
        squares = np.bincount(self.owners(), self.values**2, minlength=self.height)
        scale = 1 / np.sqrt(np.maximum(squares, 1e-30))
        values = (self.values * scale[self.owners()]).astype(np.float32)
        return Rows(self.starts, self.columns, values, self.width)

    def kept(self, columns: NDArray[np.int64]) -> "Rows":
        """Return the rows with only *columns* (ascending), numbered anew from 0."""
        numbers = np.full(self.width, -1, dtype=np.int32)
        numbers[columns] = np.arange(len(columns), dtype=np.int32)
        new = numbers[self.columns]
        there = new >= 0
        counts = np.bincount(self.owners()[there], minlength=self.height)
        starts = np.concatenate(([0], np.cumsum(counts)))
        return Rows(starts, new[there], self.values[there], len(columns))

    def dot(self, dense: Floats) -> Floats:
        """Return the product with *dense* (width x any), float32."""
        product = np.zeros((self.height, dense.shape[1]), dtype=np.float32)
        starts = self.starts.tolist()
        for row, (start, end) in enumerate(pairwise(starts)):
            if start < end:
                part = dense.take(self.columns[start:end], axis=0)
                np.dot(self.values[start:end], part, out=product[row])
        return product
