"""
How often a detector was right, by the verdicts of visitors, and what its signals weigh then.

Precision is the share of verdicts that confirm, with the 95 % interval of Wilson (1927),
which holds for few verdicts and near 0 and 1 too. It is shown where k sessions gave a
verdict. Until then a signal is taken at its word: its weight begins at 1, is drawn to what
was measured of its detector, and from there to what was measured at its element, each as
if PRIOR verdicts had spoken for what was believed before. Only shown verdicts weigh, so
that no score tells what may not be shown.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from hub.api import shapes
from hub.disclosure.cells import Cell, Union
from hub.disclosure.estimate import Z
from hub.disclosure.room import DAY, Room, Survey
from hub.projections import verdicts as projection
from hub.projections.scope import Scope
from hub.projections.verdicts import Found
from hub.projections.weighted import Weights

PERIOD = 30 * DAY
"""Verdicts of this long a time, today's included, measure a detector."""
PRIOR = 10.0
"""Verdicts' worth of what was believed before."""

Place = tuple[str, str]
"""Page and target."""


@dataclass(frozen=True, slots=True)
class Count:
    """Shown verdicts: how many, and how many of them confirm."""

    verdicts: int
    confirmed: int

    def __add__(self, other: "Count") -> "Count":
        return Count(self.verdicts + other.verdicts, self.confirmed + other.confirmed)


@dataclass(frozen=True, slots=True)
class Precision:
    """What may be said of detectors, everywhere and at elements."""

    detectors: dict[str, Count] = field(default_factory=dict)
    elements: dict[tuple[str, str, str], Count] = field(default_factory=dict)
    """(signal, page, target) → verdicts."""

    def weight(self, signal: str, page: str, target: str) -> float:
        """Return what one signal counts there, in 0…1."""
        found = drawn(1.0, self.detectors.get(signal))
        return drawn(found, self.elements.get((signal, page, target)))

    @property
    def weights(self) -> Weights:
        """All weights that are not 1."""
        return Weights(
            {signal: self.weight(signal, "", "") for signal in self.detectors},
            {place: self.weight(*place) for place in self.elements},
        )

    def of_detectors(self) -> dict[str, shapes.Precision]:
        """Return each detector's precision over the whole project."""
        return {
            signal: shape(count, self.weight(signal, "", ""))
            for signal, count in sorted(self.detectors.items())
        }

    def at(self, page: str, target: str | None) -> dict[str, shapes.Precision]:
        """Return each detector's precision on an element, or over those of a page (None)."""
        found: dict[str, list[tuple[Count, float]]] = {}
        for (signal, on, element), count in self.elements.items():
            if on == page and target in (None, element):
                found.setdefault(signal, []).append((count, self.weight(signal, on, element)))
        return {signal: _mean(parts) for signal, parts in sorted(found.items())}


def measured(room: Room, survey: Survey) -> Precision:
    """
    Return the precision of detectors as it is known today.

    Whatever period, device or page is surveyed: what a detector is worth does not change
    with the question, and two periods are compared with the same weights.
    """
    now = room.clock()
    end = now - now % DAY + DAY
    scope = Scope(project=survey.scope.project, start=max(0, end - PERIOD), end=end)
    if not projection.any_in(room.reader, scope):
        return Precision()
    around = room.survey(scope)
    detectors = projection.on_detectors(room.reader, around.scope)
    cells = [_cell(one, one.signal) for one in detectors]
    shown, _ = room.show(around, "precision", cells)
    found = projection.on_elements(room.reader, around.scope)
    elements: dict[tuple[str, str, str], Count] = {}
    for detector in detectors:
        of_it = [one for one in found if one.signal == detector.signal]
        elements |= _elements(room, around, detector, of_it)
    return Precision({cell.key: _count(cell) for cell in shown}, elements)


def _elements(
    room: Room, survey: Survey, detector: Found, found: Sequence[Found]
) -> dict[tuple[str, str, str], Count]:
    """Return what may be shown of one detector: its elements divide its verdicts."""
    places = {f"{one.page}\x1f{one.target}": one for one in found}

    def union(keys: Sequence[str]) -> int:
        names = [(places[key].page, places[key].target) for key in keys]
        return projection.together(room.reader, survey.scope, detector.signal, names)

    together: Union = union
    cells = [_cell(one, key) for key, one in places.items()]
    question = f"precision:{detector.signal}"
    shown, _ = room.show(survey, question, cells, total=detector.sessions, together=together)
    return {
        (detector.signal, places[cell.key].page, places[cell.key].target): _count(cell)
        for cell in shown
    }


def drawn(before: float, count: Count | None) -> float:
    """Return the share that confirms, drawn to what was believed *before*."""
    if count is None:
        return before
    return (count.confirmed + PRIOR * before) / (count.verdicts + PRIOR)


def wilson(confirmed: int, verdicts: int) -> shapes.Interval:
    """Return the share *confirmed* of *verdicts* (1 or more) with Wilson's 95 % interval."""
    share, square = confirmed / verdicts, Z * Z
    middle = (share + square / (2 * verdicts)) / (1 + square / verdicts)
    reach = (Z / (1 + square / verdicts)) * math.sqrt(
        share * (1 - share) / verdicts + square / (4 * verdicts**2)
    )
    return shapes.Interval(
        value=round(share, 6),
        low=round(max(0.0, middle - reach), 6),
        high=round(min(1.0, middle + reach), 6),
    )


def all_of(parts: dict[str, shapes.Precision]) -> shapes.Precision | None:
    """Return the precision of several detectors together; None where none was judged."""
    if not parts:
        return None
    return _mean([(Count(one.verdicts, one.confirmed), one.weight) for one in parts.values()])


def _mean(parts: Sequence[tuple[Count, float]]) -> shapes.Precision:
    count = sum((part for part, _ in parts), Count(0, 0))
    weight = sum(part.verdicts * one for part, one in parts) / count.verdicts
    return shape(count, weight)


def shape(count: Count, weight: float) -> shapes.Precision:
    """Return *count* as the API says it."""
    found = wilson(count.confirmed, count.verdicts)
    return shapes.Precision(
        value=found.value,
        low=found.low,
        high=found.high,
        verdicts=count.verdicts,
        confirmed=count.confirmed,
        weight=round(weight, 6),
    )


def _cell(found: Found, key: str) -> Cell:
    figures = {"verdicts": found.verdicts, "confirmed": found.confirmed}
    return Cell(key, found.sessions, figures)


def _count(cell: Cell) -> Count:
    return Count(cell.figures["verdicts"], cell.figures["confirmed"])
