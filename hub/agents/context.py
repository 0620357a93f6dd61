"""
The context agent: where an event belongs.

It turns what the edges sent into flat items with the normalised page, device, cohort,
region and site; what only says that somebody was there, most events, into columns of the
same. Decisions that only say that a session may be asked end here.
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import compress
from typing import Any, get_args

import msgspec

from edge.events import raw
from edge.events.event import (
    Event,
    FeedbackRecorded,
    PolicyUpdated,
    SignalNormalized,
    SignalRaw,
)
from hub.agents.patterns import BUILT_IN, Routes
from hub.bus.bus import Agent, Batch, Tick
from hub.bus.messages import APPLIED, ENRICHED, QUIET, TOLD, Block, Fact, Item, Slice
from hub.projections.journey import TELLING

_MOST = 2**31 - 1  # counts from an edge are bounded before they reach a column

_json = msgspec.json.Encoder()

_QUIET: dict[type, str] = {
    kind: tag
    for kind in get_args(raw.RawPayload)
    if (tag := str(kind.__struct_config__.tag)) not in TELLING
}
"""Payloads of quiet events → what is said of them."""


class ContextAgent(Agent):
    """Slices in, items and blocks out. Keeps nothing. *routes* name the pages."""

    name = "context"
    topics = (APPLIED,)

    def __init__(self, routes: Routes = BUILT_IN) -> None:
        self._routes = routes

    def handle(self, tick: Tick, batch: Batch) -> None:
        """Enrich every event that an answer can use."""
        slices: Sequence[Slice] = batch[APPLIED]
        items: list[Item] = []
        blocks: list[Block] = []
        for one in slices:
            block, told = divide(one, self._routes)
            items += told
            if block is not None:
                blocks.append(block)
        tick.publish(TOLD, items)
        tick.publish(QUIET, blocks)
        tick.publish(ENRICHED, _every(slices, self._routes))


def _every(slices: Sequence[Slice], routes: Routes) -> Iterator[Item]:
    for one in slices:
        yield from _told(one.facts(), routes)


def _told(facts: Iterable[Fact], routes: Routes) -> list[Item]:
    return [item for fact in facts if (item := enrich(fact, routes)) is not None]


def divide(one: Slice, routes: Routes = BUILT_IN) -> tuple[Block | None, list[Item]]:
    """Return the quiet events of a slice as columns, and the others as items."""
    quiet = [type(event.payload) in _QUIET for event in one.events]
    if not one.stamp.session or not any(quiet):
        return None, _told(one.facts(), routes)
    told = _told(one.facts([not each for each in quiet]), routes)
    events: list[Any] = [*compress(one.events, quiet)]
    payloads = [event.payload for event in events]
    block = Block(
        entry=one.entry,
        stamp=one.stamp,
        places=[*compress(one.places, quiet)],
        moments=[event.timestamp for event in events],
        numbers=[event.n for event in events],
        views=[event.view for event in events],
        whats=[_QUIET[type(payload)] for payload in payloads],
        pages=[routes.of(one.stamp.project, event.page) for event in events],
        targets=[getattr(payload, "target", "") for payload in payloads],
        names=[getattr(payload, "name", None) or "" for payload in payloads],
    )
    return block, told


def enrich(fact: Fact, routes: Routes = BUILT_IN) -> Item | None:
    """Return *fact* as an item, or None where it says nothing that is kept."""
    own = _own(fact.event)
    if own is None:
        return None
    key, stamp, event = fact.key, fact.stamp, fact.event
    target = own.pop("target", None) or ""
    if origin := (own.get("extra") or {}).get("origin"):
        own["extra"]["origin"] = routes.of(stamp.project, origin)
    return Item(
        node=key.node,
        epoch=key.epoch,
        lane=key.lane,
        seq=key.seq,
        place=key.place,
        project=sys.intern(stamp.project),
        session=stamp.session or "",
        moment=event.timestamp,
        received=stamp.received_at,
        stream=stamp.stream or "",
        n=getattr(event, "n", -1),
        view=event.view,
        id=getattr(event, "id", ""),
        revision=min(getattr(event, "revision", 0), _MOST),
        void=getattr(event, "void", False),
        page=sys.intern(routes.of(stamp.project, event.page)),
        target=sys.intern(target),
        topic=own["topic"],
        what=own["what"],
        name=own.get("name") or "",
        times=min(own.get("times", 1), _MOST),
        extra=_json.encode(own["extra"]).decode() if own.get("extra") else "",
        device=sys.intern(stamp.device),
        cohort=sys.intern(stamp.cohort),
        region=sys.intern(stamp.region),
        site=sys.intern(stamp.site),
        verified=stamp.verified,
    )


def _own(event: Event) -> dict[str, Any] | None:
    """Return what this type of event adds, by the type's own small function."""
    find = _BY_TYPE.get(type(event))
    return find(event) if find else None


def _of_raw(event: SignalRaw) -> dict[str, Any]:
    payload = event.payload
    extra: dict[str, Any] = {}
    match payload:
        case raw.Nav(how=how):
            extra = {"how": how}
        case raw.Backtrack(origin=origin):
            extra = {"origin": origin}
        case raw.Prompt(phase=phase, rule=rule):
            extra = {"phase": phase, "rule": rule}
    action = str(payload.__struct_config__.tag)
    target, name = getattr(payload, "target", None), getattr(payload, "name", None)
    return {"topic": "raw", "what": action, "target": target, "name": name, "extra": extra}


def _of_signal(event: SignalNormalized) -> dict[str, Any]:
    payload = event.payload
    return {
        "topic": "signal",
        "what": payload.signal,
        "target": payload.target,
        "name": payload.name,
        "times": payload.count,
        "extra": {"evidence": payload.evidence} if payload.evidence else {},
    }


def _of_feedback(event: FeedbackRecorded) -> dict[str, Any]:
    payload = event.payload
    extra: dict[str, Any] = {}
    if payload.answers:
        extra["answers"] = payload.answers
    if payload.follows is not None:
        extra["follows"] = payload.follows
    if payload.comment:
        extra["comment"] = payload.comment
    return {"topic": "feedback", "what": payload.reaction, "extra": extra}


def _of_policy(event: PolicyUpdated) -> dict[str, Any] | None:
    consent = event.payload.consent
    if consent is None:
        return None
    return {"topic": "policy", "what": consent.state, "extra": msgspec.to_builtins(consent)}


_BY_TYPE: dict[type, Callable[[Any], dict[str, Any] | None]] = {
    SignalRaw: _of_raw,
    SignalNormalized: _of_signal,
    FeedbackRecorded: _of_feedback,
    PolicyUpdated: _of_policy,
}
