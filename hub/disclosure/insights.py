"""Insights as they were made of shown cells, with what people decided on them."""

from typing import Any

from hub.api import shapes
from hub.disclosure.room import Room
from hub.projections.insights import last_run, stored
from hub.projections.scope import Scope


def insights(room: Room, scope: Scope, every_ms: int) -> shapes.Insights:
    """Answer ``GET /api/insights``: most serious first. *every_ms* is the agent's schedule."""
    survey = room.survey(scope)
    decisions = room.records.decisions(survey.project.id)
    rows = [
        _shape({**fields, "decision": decisions.get(str(fields["id"]), "open")})
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


def _shape(fields: dict[str, Any]) -> shapes.Insight:
    numbers = [shapes.Number(**number) for number in fields.pop("numbers")]
    return shapes.Insight(numbers=numbers, **fields)
