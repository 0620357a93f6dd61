"""How visitors chose: each choice that k sessions share, or k denials."""

from typing import cast

from edge.events.event import ConsentState
from hub.api.shapes import HiddenReason
from hub.disclosure.cells import Cell
from hub.disclosure.room import Room, Survey
from hub.projections import consent


def chosen(
    room: Room, survey: Survey
) -> tuple[dict[ConsentState, int], dict[ConsentState, HiddenReason]]:
    """
    Return the choices recorded in a scope by their state, and why others are hidden.

    A denial is no session, so it has no rest.
    """
    found = consent.choices(room.reader, survey.scope)
    counts: dict[ConsentState, int] = {}
    hidden: dict[ConsentState, HiddenReason] = {}
    for name, (count, numbers) in found.items():
        state = cast("ConsentState", name)
        cell = Cell(state, numbers, {"count": count})
        shown, why = room.show(survey, "consent", [cell], total=numbers)
        counts.update((state, one.figures["count"]) for one in shown)
        hidden.update((state, reason) for reason in why.values())
    return counts, hidden
