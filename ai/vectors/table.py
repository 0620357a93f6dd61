"""
Level 1: a static table, one short vector for each piece of a word.

A text is the mean of its pieces. The table is distilled from all-MiniLM-L6-v2 by
``packaging/distil.py``, which says how; it ships with Flowback, see NOTICE beside it.
"""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ai.vectors.errors import ModelUnusable
from ai.vectors.wordpiece import WordPiece

Floats = NDArray[np.float32]

SHIPPED = Path(__file__).parent / "static" / "table.npz"


class Table:
    """The static table at *path*, read when it is first needed. Raises ModelUnusable then."""

    level = 1
    own = 1.0  # a mean of words knows little more than the words: they weigh the same

    def __init__(self, path: Path = SHIPPED) -> None:
        self._path = path

    def vectors(self, texts: Sequence[str]) -> Floats:
        """Return one unit vector a text; zeros for a text of which no piece is known."""
        tokens, table = self._read
        found = np.zeros((len(texts), table.shape[1]), dtype=np.float32)
        for row, text in enumerate(texts):
            pieces = [piece for piece in tokens.numbers(text) if piece != tokens.unknown]
            if pieces:
                found[row] = table[pieces].mean(axis=0)
        found /= np.maximum(np.linalg.norm(found, axis=1, keepdims=True), np.float32(1e-12))
        return found

    @cached_property
    def _read(self) -> tuple[WordPiece, Floats]:
        try:
            with np.load(self._path, allow_pickle=False) as stored:
                pieces = bytes(stored["pieces"]).decode().split("\n")
                table = (
                    stored["table"].astype(np.float32) * stored["scale"].astype(np.float32)[:, None]
                )
        except (OSError, ValueError, KeyError) as error:
            raise ModelUnusable(f"{self._path} is no table of word vectors: {error}") from error
        return WordPiece({piece: n for n, piece in enumerate(pieces)}), table
