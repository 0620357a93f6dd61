"""
Friction of a session: ``1 - exp(-sum(weight × count))``, with the terms of the sum.

The owner's definition. It grows with each signal, stays in 0…1, and its
contributions say where it comes from.
"""

from collections.abc import Mapping
from math import exp
from types import MappingProxyType

from msgspec import Struct

WEIGHTS: Mapping[str, float] = MappingProxyType(
    {
        "rage_click": 0.5,
        "error_click": 0.4,
        "dead_click": 0.3,
        "backtrack": 0.3,
        "quick_back": 0.3,
        "hesitation": 0.25,
        "thrash": 0.2,
        "slow_click": 0.2,
        "form_abandon": 0.2,
        "scroll_milestone": 0.0,
    }
)
"""Weight of one signal of each kind."""


class Friction(Struct, frozen=True):
    """A score in 0…1 and the terms of the sum within its exponent, those that are not 0."""

    score: float
    contributions: dict[str, float]


def friction(counts: Mapping[str, int], weights: Mapping[str, float] = WEIGHTS) -> Friction:
    """Return the friction of a session with *counts* of signals; unknown signals weigh nothing."""
    terms = {signal: weights.get(signal, 0.0) * count for signal, count in counts.items()}
    contributions = {signal: term for signal, term in terms.items() if term > 0}
    return Friction(1.0 - exp(-sum(contributions.values())), contributions)
