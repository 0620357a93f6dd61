"""How often each kind of trouble meets those who come to a place, by shown cells alone."""

from dataclasses import dataclass

from hub.disclosure.cells import Cell
from hub.disclosure.room import Room, Survey
from hub.projections import rates as projection
from hub.projections.rates import KINDS, By

__all__ = ["KINDS", "By", "Rate", "rates"]


@dataclass(frozen=True, slots=True)
class Rate:
    """A place that k sessions met, and kind → how many of them met trouble."""

    place: tuple[str, ...]
    name: str
    sessions: int
    hit: dict[str, int]


def rates(room: Room, survey: Survey, by: By) -> list[Rate]:
    """Return elements (page, target), or pages by cohort and device, as they may be shown."""
    cells = [
        Cell(
            "\x1f".join(one.place),
            one.sessions,
            {"place": [*one.place], "name": one.name, "hit": one.hit},
        )
        for one in projection.rates(room.reader, survey.scope, by)
    ]
    shown, _ = room.show(survey, f"rates:{by}", cells)
    return [
        Rate(tuple(c.figures["place"]), c.figures["name"], c.sessions, c.figures["hit"])
        for c in shown
    ]
