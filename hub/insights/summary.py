"""``insight.summary``: what a run found new, as events on the bus."""

from collections.abc import Iterable, Mapping
from typing import Any

from edge.events.entry import Stamp
from edge.events.event import TOPICS, InsightPayload, InsightSummary
from hub.bus.messages import Fact, Key

TOPIC = TOPICS[InsightSummary]
NODE = "hub"


def summaries(
    project: str,
    new: Iterable[Mapping[str, Any]],
    gone: Iterable[tuple[str, int]],
    ran: int,
) -> list[Fact]:
    """Return an event for each insight that says something *new*, and a void for each *gone*."""
    events = [_event(one, ran) for one in new]
    events += [
        InsightSummary(timestamp=ran, id=id_, revision=revision, void=True, payload=_EMPTY)
        for id_, revision in gone
    ]
    stamp = Stamp(project=project, received_at=ran)
    return [Fact(Key(NODE, 0, 0, ran, n), stamp, event) for n, event in enumerate(events)]


def _event(one: Mapping[str, Any], ran: int) -> InsightSummary:
    pages = one["pages"]
    payload = InsightPayload(
        title=one["title"],
        description=one["description"],
        hypothesis=one["hypothesis"],
        trend=one["trend"],
        pages=pages,
        recommendations=one["recommendations"],
        evidence=one["evidence"],
        numbers={number["name"]: number["value"] for number in one["numbers"]},
        made_by=one["made_by"],
        friction=one["friction"],
        level=one["level"],
    )
    return InsightSummary(
        timestamp=ran,
        id=one["id"],
        revision=one["revision"],
        page=pages[0] if pages else "",
        payload=payload,
    )


_EMPTY = InsightPayload(
    title="", description="", hypothesis="", trend="unclear", pages=[], recommendations=[],
    evidence=[],
)  # fmt: skip
