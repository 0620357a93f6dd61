"""
Does a model's sentence say what the rules' sentences say? By its words, without a model.

A model may choose other small words, order and forms. The words that carry meaning must
be the rules' own for the greater part, and none may deny, settle or weigh what was found.
What visitors wrote lends no words: else a comment could put words into a model's mouth.
"""

import re
from collections.abc import Iterable, Sequence

from ai.facts import PLACEHOLDER
from ai.faithful import Summary

SHARE = 0.6
"""Of a sentence's meaningful words that must be the rules'."""
LETTERS = 4
"""A word of fewer carries no meaning of its own here."""
STEM = 5
"""Letters by which forms of one word are known."""

_WORD = re.compile(r"[^\W\d_]+")
VERDICTS = frozenset(
    """
    no not never none nothing nobody without zero without
    resolved solved fixed closed done complete completed dismissed cancelled
    perfect fine great good excellent happy satisfied healthy normal flawless okay ok
    ignore ignored disregard ignorable negligible harmless trivial minor
    low high severe severity priority critical urgent urgently important unimportant
    approve approved reject rejected merge merged delete deleted remove removed
    system prompt instruction instructions password token key admin administrator
    """.split()  # noqa: SIM905 -- a list of words reads best as words
)
"""Words that a model may use only where the rules use them."""


def grounded(sentences: Iterable[str], rules: Summary) -> list[str]:
    """Return those of *sentences* that say what *rules* says."""
    said = _words(" ".join([*(text for _, text in rules.fields()), *(f.name for f in rules.facts)]))
    stems = {word[:STEM] for word in said}
    return [sentence for sentence in sentences if _grounded(_words(sentence), said, stems)]


def _grounded(words: Sequence[str], said: Sequence[str], stems: set[str]) -> bool:
    if any(word in VERDICTS and word not in said for word in words):
        return False
    meaningful = [word for word in words if len(word) >= LETTERS]
    own = sum(word[:STEM] in stems for word in meaningful)
    return own >= SHARE * len(meaningful) and own > 0


def _words(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(PLACEHOLDER.sub(" ", text))]
