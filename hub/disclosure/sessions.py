"""
Single sessions: of a demo project for all, of any other for nobody here.

Whether a session exists is not said either: another project's answer is the same for
every id.
"""

from itertools import groupby

from edge.projects import Project
from hub.api import shapes
from hub.bus.messages import Item
from hub.disclosure.room import AuditorsOnly, Room
from hub.projections.events import of_session
from hub.projections.journey import Journey, detail, fold
from hub.projections.sentiment import REACTIONS


def session(room: Room, project: Project, session_id: str) -> shapes.Session | None:
    """Answer ``GET /api/sessions/{id}``; None: not known. Raises :class:`AuditorsOnly`."""
    if not project.demo:
        raise AuditorsOnly
    items = of_session(room.reader, project.id, session_id)
    journey = fold(items)
    return _shape(journey) if journey.items else None


def _shape(journey: Journey) -> shapes.Session:
    score, contributions = journey.friction
    moments = [item.moment for item in journey.items]
    return shapes.Session(
        session_id=journey.session,
        project_id=journey.project,
        started=min(moments),
        ended=max(moments),
        device=journey.device,
        region=journey.region,
        site=journey.site,
        verified=journey.verified,
        consent=_consent(journey),
        score=round(score, 6),
        counts=journey.counts,  # type: ignore[arg-type]
        contributions=contributions,  # type: ignore[arg-type]
        path=[*journey.path],
        steps=_steps(journey),
        reactions=[
            item.what  # type: ignore[misc]
            for item in journey.items
            if item.topic == "feedback" and item.what in REACTIONS
        ],
    )


def _consent(journey: Journey) -> shapes.Consent | None:
    choices = [item for item in journey.items if item.topic == "policy"]
    if not choices:
        return None
    last = choices[-1]
    choice = detail(last)
    return shapes.Consent(
        state=choice["state"],
        purposes=choice.get("purposes", []),
        source=choice.get("source", "banner"),
        policy_version=choice.get("policyVersion", ""),
        region_row=choice.get("row", ""),
        at=last.moment,
    )


def _steps(journey: Journey) -> list[shapes.Step]:
    told = [item for item in journey.items if _is_step(item)]
    found: list[shapes.Step] = []
    for _, group in groupby(told, key=lambda item: (_what(item), item.page, item.target)):
        same = list(group)
        first = same[0]
        found.append(
            shapes.Step(
                after=first.moment - told[0].moment,
                what=_what(first),
                page=first.page,
                target=first.target or None,
                name=first.name or None,
                count=len(same),
            )
        )
    return found


def _is_step(item: Item) -> bool:
    if item.topic == "raw":
        return item.what in ("nav", "click")
    return True


def _what(item: Item) -> str:
    return "consent" if item.topic == "policy" else item.what
