"""Insights as they were made of shown cells, with what people decided on them."""

from collections.abc import Mapping
from typing import Any

from hub.api import shapes
from hub.disclosure.room import Room
from hub.projections.insights import last_run, stored
from hub.projections.scope import Scope
from hub.stores.records import Decided

BACK = 2
"""Times the sessions that stood behind a dismissed insight, from which it is open again."""


def insights(room: Room, scope: Scope, every_ms: int) -> shapes.Insights:
    """Answer ``GET /api/insights``: most serious first. *every_ms* is the agent's schedule."""
    survey = room.survey(scope)
    decisions = room.records.decisions(survey.project.id)
    rows = [
        _shape({**fields, "decision": _standing(decisions.get(str(fields["id"])), fields)})
        for fields in stored(room.reader, survey.project.id)
    ]
    if scope.page is not None:
        rows = [row for row in rows if scope.page in row.pages]
    ran = last_run(room.reader, survey.project.id)
    return shapes.Insights(
        scope=survey.said,
        rows=rows,
        ran=ran,
        next_run=None if ran is None else ran + every_ms,
    )


def behind(fields: Mapping[str, Any]) -> int:
    """Return the sessions behind an insight: those that had its signal."""
    told = (number for number in fields["numbers"] if number["name"].startswith("sessions with a "))
    return next((int(one["value"]) for one in told if not one["name"].endswith(" before")), 0)


def _standing(decided: Decided | None, fields: Mapping[str, Any]) -> str:
    """Return the decision that stands: what was dismissed is open again once it has doubled."""
    if decided is None:
        return "open"
    known = decided.sessions
    if decided.decision == "dismissed" and known and behind(fields) >= BACK * known:
        return "open"
    return decided.decision


def _shape(fields: dict[str, Any]) -> shapes.Insight:
    numbers = [shapes.Number(**number) for number in fields.pop("numbers")]
    return shapes.Insight(numbers=numbers, **fields)
