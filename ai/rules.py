"""
Which pages are worth an insight: one for each page that hurts, about its worst signal.

Deterministic: the same figures give the same findings in the same order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ai.trend import Trend, trend

MOST = 20
"""Insights at one time; a team cannot act on more."""


@dataclass(frozen=True, slots=True)
class Place:
    """A page or an element over one period. Counts are of sessions unless said."""

    page: str
    sessions: int
    score: float = 0.0
    signals: Mapping[str, int] = field(default_factory=dict)
    """Signal → times."""
    affected: Mapping[str, int] = field(default_factory=dict)
    """Signal → sessions that have it."""
    contributions: Mapping[str, float] = field(default_factory=dict)
    """Signal → sum of weight x count over the sessions."""
    reactions: Mapping[str, int] = field(default_factory=dict)
    target: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One page, its worst signal, and the figures that say so."""

    page: str
    signal: str
    trend: Trend
    score: float
    mean: float
    sessions: int
    affected: int
    times: int
    affected_before: int
    sessions_before: int
    element: str = ""
    """The element where most of it sits, by its name or selector; empty if unknown."""
    element_times: int = 0
    taps: int = 0
    unhappy: int = 0
    """Taps that are 👎 or 😕."""
    others: tuple[tuple[str, int], ...] = ()
    """The page's other signals that hurt, and how often."""

    @property
    def weight(self) -> float:
        """How much it matters: the friction summed over the sessions."""
        return self.score * self.sessions


def find(
    now: Sequence[Place],
    before: Sequence[Place],
    elements: Sequence[Place],
    *,
    mean: float,
    least: int,
) -> list[Finding]:
    """
    Return the findings of a period, the weightiest first.

    *now* and *before* are pages, *mean* the score over all exposures. A signal that
    fewer than *least* sessions share is left alone.
    """
    past = {place.page: place for place in before}
    found = []
    for place in now:
        signal = _worst(place, least)
        if signal:
            earlier = _told(past.get(place.page), signal, least)
            found.append(_finding(place, signal, earlier, elements, mean))
    found.sort(key=lambda finding: (-finding.weight, finding.page))
    return found[:MOST]


def _worst(place: Place, least: int) -> str:
    """Return the signal that contributes most to the page's friction."""
    hurting = [
        (-contribution, signal)
        for signal, contribution in place.contributions.items()
        if contribution > 0 and shareable(place.affected.get(signal, 0), place.sessions, least)
    ]
    return min(hurting)[1] if hurting else ""


def shareable(part: int, whole: int, least: int) -> bool:
    """Return whether *part* of *whole* sessions may be told: it and its rest are enough."""
    return part >= least and (part == whole or whole - part >= least)


def _told(past: Place | None, signal: str, least: int) -> Place | None:
    """Return the period before, unless so few sessions had the signal that it may not be told."""
    hits = past.affected.get(signal, 0) if past else 0
    return past if past and (not hits or shareable(hits, past.sessions, least)) else None


def _finding(
    place: Place, signal: str, past: Place | None, elements: Sequence[Place], mean: float
) -> Finding:
    hits, hits_before = place.affected[signal], past.affected.get(signal, 0) if past else 0
    sessions_before = past.sessions if past else 0
    element = _element(place.page, signal, elements)
    reactions = place.reactions
    return Finding(
        page=place.page,
        signal=signal,
        trend=trend(hits, place.sessions, hits_before, sessions_before),
        score=place.score,
        mean=mean,
        sessions=place.sessions,
        affected=hits,
        times=place.signals.get(signal, 0),
        affected_before=hits_before,
        sessions_before=sessions_before,
        element=(element.name or element.target) if element else "",
        element_times=element.signals.get(signal, 0) if element else 0,
        taps=sum(reactions.values()),
        unhappy=reactions.get("thumbs_down", 0) + reactions.get("confused", 0),
        others=tuple(
            (other, times)
            for other, times in sorted(place.signals.items())
            if other != signal and place.contributions.get(other, 0) > 0
        ),
    )


def _element(page: str, signal: str, elements: Sequence[Place]) -> Place | None:
    here = [e for e in elements if e.page == page and e.target and e.signals.get(signal)]
    return min(here, key=lambda e: (-e.signals[signal], e.target), default=None)
