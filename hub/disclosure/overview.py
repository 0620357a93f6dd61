"""Overview: the state of things in one answer."""

from hub.api import shapes
from hub.disclosure.cells import Cell
from hub.disclosure.consent import chosen
from hub.disclosure.estimate import Sums, mean_of
from hub.disclosure.hotspots import hotspots
from hub.disclosure.room import Room, Survey
from hub.disclosure.sentiment import asked_shown, total_shown
from hub.projections import exposure
from hub.projections import sentiment as taps
from hub.projections.events import newest
from hub.projections.scope import Scope
from hub.projections.table import HOUR


def overview(room: Room, scope: Scope) -> shapes.Overview:
    """Answer ``GET /api/overview``."""
    survey = room.survey(scope)
    pages = hotspots(room, scope, "page").rows
    worst = next((row for row in pages if row.score is not None and row.signals), None)
    return shapes.Overview(
        scope=survey.said,
        score=_score(room, survey),
        sentiment=total_shown(room, survey, taps.total(room.reader, survey.scope)),
        asked=asked_shown(room, survey),
        consent=chosen(room, survey)[0],
        worst=worst,
        data_until=_until(room, survey),
    )


def _score(room: Room, survey: Survey) -> shapes.Interval | None:
    count, total, squares = exposure.scores(room.reader, survey.scope)
    cells = [Cell("score", count, {"total": total, "squares": squares})] if count else []
    shown, _ = room.show(survey, "score", cells)
    if not shown:
        return None
    figures = shown[0].figures
    return mean_of(Sums(shown[0].sessions, figures["total"], figures["squares"]))


def _until(room: Room, survey: Survey) -> int | None:
    moment = newest(room.reader, survey.project.id)
    if moment is None or survey.project.demo:
        return moment
    return moment - moment % HOUR
