"""
Texts as vectors to be clustered: their own statistics, and an encoder's beside them.

Both halves are centred, so that what all texts share counts for nothing.
"""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ai.clusters.smooth import unit
from ai.vectors import features, lsa
from ai.vectors.encoder import Encoder

Floats = NDArray[np.float32]

SAMPLE = 12_000
"""Texts that the directions are learnt from."""
DIRECTIONS = 3
"""Directions looked for, times √n: more texts speak of more things, and tell more apart."""
FEWEST, MOST = 16, 256
CHUNK = 8192
"""Texts counted at a time, so that memory does not grow with their number."""


@dataclass(frozen=True, slots=True)
class Space:
    """What was learnt from some texts; *encoder* is the level's, None at level 0."""

    lsa: lsa.Lsa
    encoder: Encoder | None
    means: tuple[Floats, ...]

    def vectors(self, texts: Sequence[str]) -> Floats:
        """Return one unit vector a text; zeros where nothing is known of it."""
        halves = _halves(self.lsa, self.encoder, texts)
        return _joined(halves, self.means, self.encoder)


def learn(texts: Sequence[str], encoder: Encoder | None) -> tuple[Space, Floats]:
    """Return the space of distinct *texts*, and their vectors in it."""
    sample = sorted(sorted(texts, key=_spread)[:SAMPLE])
    size = min(MOST, max(FEWEST, int(DIRECTIONS * math.sqrt(len(texts)))))
    fitted = lsa.fit(features.count(sample), size)
    halves = _halves(fitted, encoder, texts)
    means = tuple(_middle(half) for half in halves)
    return Space(fitted, encoder, means), _joined(halves, means, encoder)


def _middle(half: Floats) -> Floats:
    """Return what all texts share of which anything is known."""
    known = half[half.any(axis=1)]
    middle: Floats = known.sum(axis=0) * np.float32(1 / max(1, len(known)))
    return middle


def _spread(text: str) -> bytes:
    """Return a key that is as good as random, and the same everywhere."""
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest()


def _halves(fitted: lsa.Lsa, encoder: Encoder | None, texts: Sequence[str]) -> list[Floats]:
    pieces = [
        fitted.project(features.count(texts[low : low + CHUNK]))
        for low in range(0, len(texts), CHUNK)
    ]
    own = np.concatenate(pieces) if pieces else np.zeros((0, 0), dtype=np.float32)
    return [own] if encoder is None else [own, encoder.vectors(texts)]


def _joined(halves: list[Floats], means: tuple[Floats, ...], encoder: Encoder | None) -> Floats:
    """Return the halves centred and joined; what is not known of a text stays at zero."""
    centred = [
        np.where(half.any(axis=1, keepdims=True), half - mean, np.float32(0))
        for half, mean in zip(halves, means, strict=True)
    ]
    if encoder is not None:
        centred[0] *= np.float32(encoder.own)
    return unit(np.concatenate(centred, axis=1))
