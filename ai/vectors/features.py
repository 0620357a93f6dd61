"""
Texts as sparse rows of hashed word and character n-grams.

Words alone and in pairs, and the 3- to 5-grams of each word's characters with its ends:
the words say what is meant, the characters forgive typing errors and endings, in any
language that writes words. Nothing is learnt and no list of words is kept, so one text
has the same features on every machine.
"""

import re
import unicodedata
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ai.vectors.sparse import Rows

Ints = NDArray[np.int64]

BITS = 20
"""Each kind of feature is hashed to 2**BITS columns."""
WORDS = 1 << BITS
"""Columns below are of words and pairs, from here on of characters."""
COLUMNS = 2 << BITS
GRAMS = (3, 4, 5)
LONGEST = 40
"""Characters of a word that are looked at: what is longer is no word."""

_WORD = re.compile(r"\w+")
_PAIR = np.int64(0x9E3779B1)


def words(text: str) -> list[str]:
    """Return the words of *text* in order, folded so that case and form do not matter."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return [word[:LONGEST] for word in _WORD.findall(folded)]


@dataclass(slots=True)
class _Vocabulary:
    """The distinct words of some texts, numbered as they come."""

    numbers: dict[str, int]
    starts: list[int]
    grams: list[int]

    def number(self, word: str) -> int:
        """Return the number of *word*, and note its characters when it is new."""
        known = self.numbers.get(word)
        if known is None:
            known = self.numbers[word] = len(self.numbers)
            self.grams += _characters(word)
            self.starts.append(len(self.grams))
        return known


def _hash(piece: str) -> int:
    return zlib.crc32(piece.encode("utf-8", "surrogatepass")) & (WORDS - 1)


def _characters(word: str) -> list[int]:
    ended = f" {word} "
    last = len(ended)
    return [
        WORDS + _hash(ended[at : at + size])
        for size in GRAMS
        for at in range(max(1, last - size + 1))
    ]


def count(texts: Sequence[str]) -> Rows:
    """Return how often each feature is in each of *texts*: a row a text, COLUMNS wide."""
    vocabulary = _Vocabulary({}, [0], [])
    tokens = [[vocabulary.number(word) for word in words(text)] for text in texts]
    hashes = np.array([_hash(word) for word in vocabulary.numbers], dtype=np.int64)
    starts, grams = np.array(vocabulary.starts), np.array(vocabulary.grams, dtype=np.int64)
    lengths = np.array([len(row) for row in tokens], dtype=np.int64)
    flat = np.fromiter((t for row in tokens for t in row), dtype=np.int64, count=lengths.sum())
    owner = np.repeat(np.arange(len(texts)), lengths)
    pair_owner, pairs = _pairs(hashes[flat] if flat.size else flat, owner)
    gram_counts = np.diff(starts)[flat] if flat.size else flat
    gram_at = _ranges(starts[flat] if flat.size else flat, gram_counts)
    return _counted(
        [
            (owner, hashes[flat] if flat.size else flat),
            (pair_owner, pairs),
            (np.repeat(owner, gram_counts), grams[gram_at]),
        ],
        len(texts),
    )


def _pairs(hashes: Ints, owner: Ints) -> tuple[Ints, Ints]:
    """Return (row, feature) of each two words that follow one another in one text."""
    together = owner[1:] == owner[:-1]
    mixed = (hashes[:-1] * _PAIR + hashes[1:] + 1) * _PAIR
    return owner[1:][together], ((mixed >> 17) & (WORDS - 1))[together]


def _ranges(starts: Ints, counts: Ints) -> Ints:
    """Return start, start + 1, … for each of *starts*, *counts* long, one after another."""
    ends = np.cumsum(counts)
    total = int(ends[-1]) if ends.size else 0
    return np.arange(total) - np.repeat(ends - counts, counts) + np.repeat(starts, counts)


def _counted(parts: Iterable[tuple[Ints, Ints]], height: int) -> Rows:
    keys = np.concatenate([row * COLUMNS + column for row, column in parts])
    keys.sort()
    first = np.flatnonzero(np.diff(keys, prepend=-1))
    counts = np.diff(first, append=keys.size)
    unique = keys[first]
    starts = np.searchsorted(unique, np.arange(height + 1) * COLUMNS)
    return Rows(starts, (unique % COLUMNS).astype(np.int32), counts.astype(np.float32), COLUMNS)
