"""
Scores with intervals, from the sums of cells that may be shown.

A place's score is an empirical-Bayes mean: the mean over its n exposed sessions, drawn
towards the project's mean the more, the fewer they are (Morris 1983, "Parametric
empirical Bayes inference"). Variance within a place is its own, steadied by the pooled
one; variance between places follows DerSimonian and Laird (1986). Weak assumptions keep
both sane where little is known: before any data, scores spread evenly over 0…1 within a
place, and places lie a tenth apart.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from hub.api.shapes import Interval

Z = 1.959964  # two-sided 95 % of the normal distribution
_WITHIN, _WITHIN_WEIGHT = 1 / 12, 2.0
_BETWEEN, _BETWEEN_WEIGHT = 0.01, 2.0
_OWN_WEIGHT = 4.0  # sessions' worth of the pooled variance in a place's own


@dataclass(frozen=True, slots=True)
class Sums:
    """Scores of the sessions exposed to one place."""

    sessions: int
    total: float
    squares: float

    @property
    def mean(self) -> float:
        """Mean score."""
        return self.total / self.sessions

    @property
    def spread(self) -> float:
        """Sum of the squared distances from the mean."""
        return max(0.0, self.squares - self.total**2 / self.sessions)


def mean_of(sums: Sums) -> Interval:
    """Return the mean over sessions with its 95 % interval, not drawn towards anything."""
    variance = (sums.spread + _WITHIN * _WITHIN_WEIGHT) / (sums.sessions - 1 + _WITHIN_WEIGHT)
    return _interval(sums.mean, variance / sums.sessions)


def shrink(places: Sequence[Sums]) -> tuple[float | None, list[Interval]]:
    """Return the mean over all exposures, and each place's score in the same order."""
    if not places:
        return None, []
    count = sum(place.sessions for place in places)
    mean = sum(place.total for place in places) / count
    if len(places) == 1:
        return round(mean, 6), [mean_of(places[0])]
    within = (sum(place.spread for place in places) + _WITHIN * _WITHIN_WEIGHT) / (
        count - len(places) + _WITHIN_WEIGHT
    )
    between = _between(places, mean, within, count)
    return round(mean, 6), [_drawn(place, mean, within, between, count) for place in places]


def _between(places: Sequence[Sums], mean: float, within: float, count: int) -> float:
    free = len(places) - 1
    q = sum(place.sessions * (place.mean - mean) ** 2 for place in places) / within
    c = count - sum(place.sessions**2 for place in places) / count
    found = max(0.0, (q - free) * within / c) if c > 0 else 0.0
    return (found * free + _BETWEEN * _BETWEEN_WEIGHT) / (free + _BETWEEN_WEIGHT)


def _drawn(place: Sums, mean: float, within: float, between: float, count: int) -> Interval:
    own = (place.spread + within * _OWN_WEIGHT) / (place.sessions - 1 + _OWN_WEIGHT)
    noise = own / place.sessions
    pull = noise / (noise + between)
    value = mean + (1 - pull) * (place.mean - mean)
    return _interval(value, (1 - pull) * noise + pull**2 * (within + between) / count)


def _interval(value: float, variance: float) -> Interval:
    reach = Z * math.sqrt(variance)
    return Interval(
        value=round(value, 6),
        low=round(max(0.0, value - reach), 6),
        high=round(min(1.0, value + reach), 6),
    )
