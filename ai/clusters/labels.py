"""
What a group is about: a few words that set it apart, and texts of its own that say it.

The words are chosen by class-based TF-IDF in the form of a contrast: how often the
group's texts have a word, times how much oftener than the others have it, times how few
groups have it at all, so that no list of idle words is needed in any language. The quotes
are the texts nearest to the group's middle; nothing is composed.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ai.vectors.features import words

MOST, FEWEST = 4, 2
"""Words of a title."""
COMMON = 0.3
"""Share of the texts that should have a word of the title."""
WEAK = 0.25
"""Worth beside the best word's below which a third or fourth word says too little."""
ALIKE = 4
"""Letters from which on a word that another begins with says the same."""
LONGEST_WORD = 24
"""Letters; what is longer is no word that a title needs."""


def titles(texts: Sequence[str], groups: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """Return group → two to four words, in the order in which its texts have them."""
    rows = [words(text) for text in texts]
    inside: dict[int, Counter[str]] = {}
    overall: Counter[str] = Counter()
    for row, group in zip(rows, groups, strict=True):
        once = set(row)
        inside.setdefault(group, Counter()).update(once)
        overall.update(once)
    sizes = Counter(groups)
    spread = Counter(word for counts in inside.values() for word in counts)
    found = {}
    for group, counts in sorted(inside.items()):
        size = sizes[group]
        worth = {
            word: _contrast(count / size, (overall[word] - count + 0.5) / (len(rows) - size + 1))
            * math.log((1 + len(inside)) / spread[word])
            for word, count in counts.items()
        }
        mine = [row for row, other in zip(rows, groups, strict=True) if other == group]
        found[group] = _ordered(_best(counts, size, worth), mine)
    return found


def _contrast(share: float, elsewhere: float) -> float:
    return share * math.log(share / elsewhere)


def _best(inside: Mapping[str, int], size: int, worth: Mapping[str, float]) -> list[str]:
    useful = [word for word in inside if 1 < len(word) <= LONGEST_WORD and not word.isdigit()]
    chosen: list[str] = []
    for word in sorted(useful, key=lambda word: (-worth[word], word)):
        weak = chosen and worth[word] < WEAK * worth[chosen[0]]
        if len(chosen) >= FEWEST and (inside[word] < COMMON * size or weak):
            continue
        if not any(_same(word, other) for other in chosen):
            chosen.append(word)
        if len(chosen) == MOST:
            break
    return chosen


def _same(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return len(short) >= ALIKE and long.startswith(short)


def _ordered(chosen: list[str], rows: list[list[str]]) -> tuple[str, ...]:
    def place(word: str) -> float:
        there = [row.index(word) / len(row) for row in rows if word in row]
        return sum(there) / len(there)

    return tuple(sorted(chosen, key=lambda word: (place(word), word)))


def quotes(texts: Sequence[str], vectors: NDArray[np.float32]) -> list[str]:
    """
    Return a group's *texts*, the one nearest to its middle first, the shorter one of equals.

    Which of them may be shown is not decided here.
    """
    nearness = np.round(vectors @ vectors.mean(axis=0), 4)
    order = sorted(range(len(texts)), key=lambda n: (-nearness[n], len(texts[n]), texts[n]))
    return [texts[n] for n in order]
