"""Insights as they were made of shown cells, with what people decided on them."""

from collections.abc import Mapping
from typing import Any, Literal, cast

from ai.explained import checks
from edge.errors import FlowbackError
from hub.api import shapes
from hub.disclosure.room import Room
from hub.projections.insights import history, last_run, note, stored, why
from hub.projections.scope import Scope
from hub.stores.records import Decided


class NotSo(FlowbackError):
    """The groups cannot be changed so. The message says why."""


Decision = Literal["open", "accepted", "dismissed"]
BACK = 2
"""Times the sessions that stood behind a dismissed insight, from which it is open again."""


def insights(room: Room, scope: Scope, every_ms: int) -> shapes.Insights:
    """Answer ``GET /api/insights``: most serious first. *every_ms* is the agent's schedule."""
    survey = room.survey(scope)
    decisions = room.records.decisions(survey.project.id)
    rows = [
        _shape(fields, _standing(decisions.get(str(fields["id"])), fields))
        for fields in stored(room.reader, survey.project.id)
    ]
    if scope.page is not None:
        rows = [row for row in rows if scope.page in row.pages]
    ran = last_run(room.reader, survey.project.id)
    return shapes.Insights(
        scope=survey.said,
        rows=rows,
        alerts=sum(row.alert for row in rows),
        ungrouped=note(room.reader, survey.project.id).get("ungrouped"),
        ran=ran,
        next_run=None if ran is None else ran + every_ms,
    )


def behind(fields: Mapping[str, Any]) -> int:
    """Return the sessions behind an insight."""
    return int(fields["sessions"])


def said_before(room: Room, project: str, insight: str) -> shapes.InsightHistory:
    """Return what an insight said, the newest first."""
    rows = history(room.reader, project, insight)
    names = shapes.InsightRevision.__struct_fields__
    return shapes.InsightHistory(
        rows=[shapes.InsightRevision(**{name: one[name] for name in names}) for one in rows]
    )


def explanation(room: Room, project: str, insight: str) -> shapes.Explanation | None:
    """Return all behind an insight, its numbers computed and its words checked again."""
    reasons = why(room.reader, project, insight)
    if reasons is None:
        return None
    title = next(o["title"] for o in stored(room.reader, project) if o["id"] == insight)
    summary, facts, problems = checks(reasons)
    cluster = {**reasons["cluster"]}
    lines = [shapes.Lineage(**line) for line in cluster.pop("history", ())]
    return shapes.Explanation(
        id=insight,
        title=title,
        made_by=reasons["made_by"],
        rows=reasons["rows"],
        cluster=shapes.GroupOfComments(**cluster, history=lines) if cluster else None,
        people=[
            shapes.PeoplesChange(at=at, said=said)
            for at, said in room.records.themes.changes(project, insight)
        ],
        prompt=reasons["prompt"],
        answer=reasons["answer"],
        problem=reasons["problem"],
        templates=dict(summary.fields()),
        facts=[shapes.CheckedFact(**fact) for fact in facts],
        problems=[shapes.FoundProblem(**problem) for problem in problems],
    )


def _standing(decided: Decided | None, fields: Mapping[str, Any]) -> Decision:
    """Return the decision that stands: what was dismissed is open again once it has doubled."""
    if decided is None:
        return "open"
    known = decided.sessions
    if decided.decision == "dismissed" and known and behind(fields) >= BACK * known:
        return "open"
    return cast("Decision", decided.decision)


def _shape(fields: dict[str, Any], decision: Decision) -> shapes.Insight:
    numbers = [shapes.Number(**number) for number in fields.pop("numbers")]
    alert = decision == "open" and fields["trend"] == "rising"
    return shapes.Insight(numbers=numbers, decision=decision, alert=alert, **fields)
