"""
What a custom agent hears: the events of some entries with their context, as plain maps.

An event is heard on its own topic and on ``flowback.context.enriched``; the sessions that
it touched, as journeys of this moment, on ``flowback.session.friction``. Events that may
not count, and those of erased sessions, are not heard.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from edge.events.event import (
    TOPICS,
    FeedbackRecorded,
    PolicyUpdated,
    SignalNormalized,
    SignalRaw,
)
from edge.journal.entry import Entry
from edge.journal.journal import Journal
from hub.agents.context import enrich
from hub.agents.feedback import tie
from hub.agents.patterns import BUILT_IN, Routes
from hub.bus.messages import ENRICHED, FRICTION, Fact, Item
from hub.intake import Refuse, hear
from hub.projections.events import of_session
from hub.projections.journey import detail, fold
from hub.projections.sealing import untils
from hub.stores.analytics import Reader

_EVENTS = tuple(
    TOPICS[kind] for kind in (SignalRaw, SignalNormalized, FeedbackRecorded, PolicyUpdated)
)
HEARD = (*_EVENTS, ENRICHED, FRICTION)
"""Topics that a custom agent may listen to."""
_SAID = (
    "project", "session", "what", "moment", "page", "target", "name", "times", "device",
    "cohort", "region", "site", "verified", "stream", "n", "id", "revision", "void",
)  # fmt: skip

Batch = list[tuple[str, list[dict[str, Any]]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where custom agents hear from, and who is not heard."""

    inbox: Journal
    reader: Reader
    refuse: Refuse
    erased: Collection[tuple[str, str]]
    """Sessions that visitors had deleted."""
    applied: Callable[[], int]
    """How far the hub's own agents are: nobody overtakes them."""
    routes: Routes = BUILT_IN


def batch(entries: Sequence[Entry], topics: Collection[str], source: Source) -> Batch:
    """Return what *entries* say on *topics*."""
    reader, routes = source.reader, source.routes
    over = untils(reader)
    said = hear(entries, source.refuse, source.erased, over=over).said
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    touched: set[tuple[str, str]] = set()
    for topic in _EVENTS:
        for fact in said.get(topic, ()):
            if (item := _item(fact, routes)) is None:
                continue
            touched.add((item.project, item.session))
            message = _plain(item)
            for heard in {topic, ENRICHED} & set(topics):
                found[heard].append(message)
    if FRICTION in topics:
        found[FRICTION] = [one for who in sorted(touched) if (one := _journey(reader, who))]
    return [(topic, found[topic]) for topic in HEARD if found.get(topic)]


def _item(fact: Fact, routes: Routes) -> Item | None:
    item = enrich(fact, routes)
    return tie(item) if item is not None and item.topic == "feedback" else item


def _plain(item: Item) -> dict[str, Any]:
    found = {name: getattr(item, name) for name in _SAID}
    found["event"] = "/".join(map(str, item.key))
    found["detail"] = detail(item)
    return found


def _journey(reader: Reader, visitor: tuple[str, str]) -> dict[str, Any] | None:
    journey = fold(of_session(reader, *visitor))
    if not journey.items or not journey.session:
        return None
    score, contributions = journey.friction
    return {
        "project": journey.project,
        "session": journey.session,
        "device": journey.device,
        "cohort": journey.cohort,
        "region": journey.region,
        "site": journey.site,
        "counted": journey.counted,
        "path": [*journey.path],
        "counts": journey.counts,
        "score": score,
        "contributions": contributions,
        "started": journey.items[0].moment,
        "ended": journey.items[-1].moment,
    }
