"""
The levels of understanding: what stands beside the words' own statistics.

Level 0 is those statistics alone, 1 a static table that ships with Flowback, 2 a
sentence encoder from a folder, 3 an embeddings endpoint of the operator's own. The
level is recorded in each insight, and vectors of different levels never meet.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


class Encoder(Protocol):
    """Makes one vector a text."""

    level: int
    own: float
    """Weight of the texts' own statistics beside its vectors."""

    def vectors(self, texts: Sequence[str]) -> Floats:
        """Return unit vectors (n x any); zeros where nothing is known of a text."""
        ...


class Cached:
    """An encoder that remembers the vectors of the *most* texts used last, by their hash."""

    def __init__(self, encoder: Encoder, most: int = 100_000) -> None:
        self._encoder = encoder
        self.level, self.own = encoder.level, encoder.own
        self._most = most
        self._known: OrderedDict[bytes, NDArray[np.float16]] = OrderedDict()

    def vectors(self, texts: Sequence[str]) -> Floats:
        """Return unit vectors, computing only those that are not known."""
        keys = [
            hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=16).digest()
            for text in texts
        ]
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._known}
        if new:
            made = self._encoder.vectors([*new.values()]).astype(np.float16)
            fresh = dict(zip(new, made, strict=True))
        else:
            fresh = {}
        found = [fresh[key] if key in fresh else self._known[key] for key in keys]
        for key, vector in zip(keys, found, strict=True):
            self._known[key] = vector
            self._known.move_to_end(key)
        while len(self._known) > self._most:
            self._known.popitem(last=False)
        return np.array(found, dtype=np.float32) if found else self._encoder.vectors([])
