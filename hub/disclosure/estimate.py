"""
Scores with intervals, from the sums of cells that may be shown.

A place's score is an empirical-Bayes mean: the mean over its n exposed sessions, drawn
towards the project's mean the more, the fewer they are (Morris 1983, "Parametric
empirical Bayes inference", whose term for what is not known of the pull is in the
variance). Variance within a place is its own, steadied by the pooled one, and never below
what a place of its mean has elsewhere: few sessions without trouble prove little. Variance
between places follows DerSimonian and Laird (1986). Weak assumptions keep both sane where
little is known: before any data, scores spread evenly over 0…1 within a place, and places
lie a tenth apart.

An interval is even on the scale of square roots, where the spread of small scores does not
grow with them: it reaches further up than down, as the truth does.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from hub.api.shapes import Interval

Z = 1.959964  # two-sided 95 % of the normal distribution
_WITHIN, _WITHIN_WEIGHT = 1 / 12, 2.0
_BETWEEN, _BETWEEN_WEIGHT = 0.01, 2.0
_OWN_WEIGHT = 4.0  # sessions' worth of the pooled variance, and of the mean, in a place's own
_FLOOR = 1 / 8  # part of an interval's reach below which a value gives no scale


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
    drawn = [_drawn(place, mean, within, between, count, len(places)) for place in places]
    return round(mean, 6), drawn


def _between(places: Sequence[Sums], mean: float, within: float, count: int) -> float:
    free = len(places) - 1
    q = sum(place.sessions * (place.mean - mean) ** 2 for place in places) / within
    c = count - sum(place.sessions**2 for place in places) / count
    found = max(0.0, (q - free) * within / c) if c > 0 else 0.0
    return (found * free + _BETWEEN * _BETWEEN_WEIGHT) / (free + _BETWEEN_WEIGHT)


def _drawn(
    place: Sums, mean: float, within: float, between: float, count: int, places: int
) -> Interval:
    noise = _own(place, mean, within) / place.sessions
    pull = noise / (noise + between)
    value = mean + (1 - pull) * (place.mean - mean)
    of_mean = pull**2 * (within + between) / count
    of_pull = 2 * (pull * (place.mean - mean)) ** 2 / max(1, places - 1)
    return _interval(value, (1 - pull) * noise + of_mean + of_pull)


def _own(place: Sums, mean: float, within: float) -> float:
    """Return the variance of one session's score in a place."""
    steady = (place.total + mean * _OWN_WEIGHT) / (place.sessions + _OWN_WEIGHT)
    alike = within * steady * (1 - steady) / (mean * (1 - mean)) if 0 < mean < 1 else within
    found = (place.spread + alike * _OWN_WEIGHT) / (place.sessions - 1 + _OWN_WEIGHT)
    return max(found, alike)


def _interval(value: float, variance: float) -> Interval:
    reach = Z * math.sqrt(variance)
    root = math.sqrt(value)
    half = reach / (2 * math.sqrt(max(value, reach * _FLOOR, 1e-12)))
    return Interval(
        value=round(value, 6),
        low=round(max(0.0, root - half) ** 2, 6),
        high=round(min(1.0, (root + half) ** 2), 6),
    )
