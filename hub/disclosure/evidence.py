"""Evidence: steps that k sessions share, without ids, with rounded relative times."""

from hub.api import shapes
from hub.disclosure.cells import Cell
from hub.disclosure.room import Room, Survey
from hub.projections import evidence as projection
from hub.projections.scope import Scope

ROUND_MS = 1_000
ROUND_DEMO_MS = 100


def evidence(room: Room, scope: Scope) -> shapes.Evidence:
    """Answer ``GET /api/evidence``: patterns shared by most sessions first."""
    survey = room.survey(scope)
    found, left_out = projection.patterns(room.reader, survey.scope)
    cells = _cells(room, survey, found)
    shown, hidden = room.show(survey, "evidence", cells)
    rows = sorted(map(_row, shown), key=lambda row: (-(row.sessions or 0), -(row.score or 0)))
    return shapes.Evidence(scope=survey.said, rows=rows, hidden=len(hidden) + left_out)


def _cells(room: Room, survey: Survey, found: list[projection.Found]) -> list[Cell]:
    enough = [one.pattern for one in found if one.sessions >= survey.k]
    medians = projection.medians(room.reader, survey.scope, enough) if enough else {}
    grain = ROUND_DEMO_MS if survey.project.demo else ROUND_MS
    return [
        Cell(
            one.pattern,
            one.sessions,
            {
                "page": one.page,
                "total": one.total,
                "steps": one.steps,
                "after": [round(ms / grain) * grain for ms in medians.get(one.pattern, ())],
            },
        )
        for one in found
    ]


def _row(cell: Cell) -> shapes.Pattern:
    figures = cell.figures
    return shapes.Pattern(
        id=cell.key,
        sessions=cell.sessions,
        score=round(figures["total"] / cell.sessions, 6),
        page=figures["page"],
        steps=[
            shapes.Step(
                after=after,
                what=what,
                page=figures["page"],
                target=target or None,
                name=name or None,
            )
            for (what, target, name), after in zip(figures["steps"], figures["after"], strict=True)
        ],
    )
