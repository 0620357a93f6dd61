"""Sentiment: taps over time; the buckets add up to the total, so the rest is checked too."""

from collections.abc import Sequence
from typing import Literal

from hub.api import shapes
from hub.disclosure.cells import Cell
from hub.disclosure.room import DAY, Room, Survey
from hub.projections import sentiment as projection
from hub.projections.scope import Scope
from hub.projections.sentiment import Slot
from hub.projections.table import HOUR, MINUTE

Bucket = Literal["minute", "hour", "day"]


def sentiment(room: Room, scope: Scope, bucket: Bucket | None) -> shapes.Sentiment:
    """Answer ``GET /api/sentiment``. A minute is given to demo projects only."""
    survey = room.survey(scope)
    chosen = _bucket(survey, bucket)
    zone = survey.project.time_zone if chosen == "day" else None
    width = MINUTE if chosen == "minute" else HOUR
    slots = projection.slots(room.reader, survey.scope, width=width, zone=zone)
    total = projection.total(room.reader, survey.scope)
    cells = [Cell(str(slot.start), slot.sessions, dict(slot.counts)) for slot in slots]

    def together(keys: Sequence[str]) -> int:
        return projection.sessions_in(
            room.reader, survey.scope, [int(key) for key in keys], width=width, zone=zone
        )

    shown, hidden = room.show(
        survey, f"sentiment:{chosen}", cells, total=total.sessions, together=together
    )
    points = [_point(int(cell.key), cell.figures) for cell in shown]
    points += [shapes.SentimentPoint(at=int(k), hidden=reason) for k, reason in hidden.items()]
    return shapes.Sentiment(
        scope=survey.said,
        bucket=chosen,
        rows=sorted(points, key=lambda point: point.at),
        total=total_shown(room, survey, total),
        asked=asked_shown(room, survey),
    )


def total_shown(room: Room, survey: Survey, total: Slot) -> shapes.SentimentPoint:
    """Return all taps of the scope as one point; without taps all is 0."""
    at = survey.scope.start
    if total.sessions == 0 and survey.hidden is None:
        return _point(at, {})
    cells = [Cell("total", total.sessions, dict(total.counts))]
    shown, hidden = room.show(survey, "sentiment:total", cells, total=total.sessions)
    if not shown:
        return shapes.SentimentPoint(at=at, hidden=hidden["total"])
    return _point(at, shown[0].figures)


def asked_shown(room: Room, survey: Survey) -> int | None:
    """Return the questions shown, or None where that is hidden."""
    count, sessions = projection.asked(room.reader, survey.scope)
    if count == 0 and survey.hidden is None:
        return 0
    cells = [Cell("asked", sessions, {"count": count})]
    shown, _ = room.show(survey, "asked", cells, total=sessions)
    return int(shown[0].figures["count"]) if shown else None


def _bucket(survey: Survey, asked: Bucket | None) -> Bucket:
    demo = survey.project.demo
    length = survey.scope.end - survey.scope.start
    if asked == "minute" and not demo:
        return "hour"
    if asked is not None:
        return asked
    if length > 7 * DAY:
        return "day"
    return "minute" if demo and length <= DAY + HOUR else "hour"


def _point(at: int, counts: dict[str, int]) -> shapes.SentimentPoint:
    return shapes.SentimentPoint(
        at=at,
        thumbs_up=counts.get("thumbs_up", 0),
        thumbs_down=counts.get("thumbs_down", 0),
        confused=counts.get("confused", 0),
    )
