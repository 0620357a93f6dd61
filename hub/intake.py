"""
What an entry of the inbox says, as facts on topics; and what may not count, with its reason.

Decision 12 of the house plan is held here: a demo project hears only demo edges, and a
demo edge feeds nothing else. So is decision 9: of an erased session nothing is heard,
whatever came first, the tombstone or the events.
"""

from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import msgspec
import structlog

from edge.events import codec
from edge.events.entry import Group, Stamp
from edge.events.event import (
    TOPICS,
    Event,
    FeedbackRecorded,
    PolicyUpdated,
    SignalNormalized,
    SignalRaw,
)
from edge.journal import erase
from edge.journal.entry import Entry
from edge.keys.signing import Stone
from edge.protocol.frames import Errand
from hub.bus.messages import APPLIED, ERASED, REVISED, Erased, Fact, Revised, Slice
from hub.rights import Asked, Granted, Rights
from hub.second_scrub import scrub_all

log = structlog.get_logger(__name__)

_OF_EDGES = (SignalRaw, SignalNormalized, FeedbackRecorded, PolicyUpdated)
"""The types of event that edges make; the others are said by agents of this hub."""

Refuse = Callable[[str, str], str | None]
"""(node, project) → why that node's events may not count for that project, or None."""
Over = Mapping[str, int]
"""Region → the moment before which its events are over, by retention; ms since 1970."""
Buried = Container[tuple[str, str]]
"""(project, session) of sessions that are erased."""


@dataclass(slots=True)
class Heard:
    """What some entries say."""

    slices: list[Slice] = field(default_factory=list)
    """Events that may count, by the groups in which they came."""
    revised: list[Revised] = field(default_factory=list)
    """Entries that came again with events erased."""
    dropped: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """(reason, node, project) → events that may not count."""
    events: int = 0
    """Events that may."""
    scrubbed: int = 0
    """Texts that an edge had not scrubbed (decision 11)."""
    newest: int = 0
    """Moment of the newest of them."""
    erased: dict[tuple[str, str], int] = field(default_factory=dict)
    """Sessions that a tombstone names → the inbox position of the first that does."""
    to_blank: set[int] = field(default_factory=set)
    """Positions of entries that may hold events of erased sessions."""
    asked: list[Asked] = field(default_factory=list)
    """Tombstones and claims, by nodes that may speak for their project."""
    granted: dict[tuple[str, str], Granted] = field(default_factory=dict)
    """Sessions → the first grant in these entries."""
    waiting: list[tuple[str, str, str]] = field(default_factory=list)
    """Claims of which no grant has come: project, session, hash."""
    errands: list[tuple[str, Errand]] = field(default_factory=list)
    """(node, what it is to erase)."""
    parked: list[tuple[int, str, int]] = field(default_factory=list)
    """Position, node and events of entries of a newer schema: whole, and not for this version."""

    @property
    def said(self) -> Mapping[str, Iterable[Any]]:
        """Topic → messages. Facts are made while they are read: hardly anyone asks for them."""
        said: dict[str, Iterable[Any]] = {}
        if self.erased:
            said[ERASED] = [Erased(*visitor) for visitor in sorted(self.erased)]
        said |= {REVISED: self.revised, APPLIED: self.slices}
        return said | {TOPICS[kind]: self.facts(kind) for kind in _OF_EDGES}

    def facts(self, kind: type[Any] | None = None) -> Iterator[Fact]:
        """Yield the events of one *kind*, or all."""
        for one in self.slices:
            yield from one.facts([kind in (None, type(event)) for event in one.events])


def hear(
    entries: Iterable[Entry],
    refuse: Refuse,
    buried: Buried = frozenset(),
    rights: Rights | None = None,
    over: Over = MappingProxyType({}),
) -> Heard:
    """
    Return what *entries* say. Bytes that cannot be read are counted and passed over; so are
    events of before *over*.

    Tombstones and claims are found first and judged by *rights* (without: nothing is
    erased), so that within these entries order does not matter.
    """
    heard = Heard()
    opened = [(entry, _open(entry, refuse, heard)) for entry in entries]
    if rights is not None:
        _judge(rights, buried, heard)
    for entry, groups in opened:
        if entry.generation:
            name = Revised(entry.origin.node, entry.origin.epoch, entry.lane, entry.seq)
            heard.revised.append(name)
        _hear_one(entry, groups, refuse, (buried, over), heard)
    return heard


def _judge(rights: Rights, buried: Buried, heard: Heard) -> None:
    judged = rights.judge(heard.asked, heard.granted)
    heard.erased, heard.errands = judged.erased, judged.errands
    heard.waiting = [claim for claim in judged.waiting if claim[:2] not in buried]
    for reason, one in judged.refused:
        heard.dropped[reason, one.node, one.stone.project] += 1
        log.warning("a deletion is refused", why=reason, node=one.node, project=one.stone.project)


def _open(entry: Entry, refuse: Refuse, heard: Heard) -> list[Group]:
    """Return the groups of *entry*, noting tombstones, claims and grants among them."""
    try:
        groups = codec.unpack(entry.body)
    except codec.BadEvent:
        heard.to_blank.add(entry.position)
        _note_unreadable(entry, refuse, heard)
        return []
    for group in groups:
        for event in group.events:
            if type(event) is PolicyUpdated and group.stamp.session:
                _note(entry, group.stamp, event, refuse, heard)
    return groups


def _note(entry: Entry, stamp: Stamp, event: PolicyUpdated, refuse: Refuse, heard: Heard) -> None:
    node, payload, session = entry.origin.node, event.payload, str(stamp.session)
    if refuse(node, stamp.project):
        return
    if payload.erased or payload.claim:
        stone = Stone(stamp.project, session, event.id, event.timestamp, payload.claim)
        heard.asked.append(Asked(node, entry.position, stone, payload.erased, payload.signatures))
    elif payload.consent and payload.consent.receipt_hash:
        grant = Granted(stamp.received_at, payload.consent.receipt_hash, node, entry.position)
        visitor = (stamp.project, session)
        heard.granted[visitor] = min(grant, heard.granted.get(visitor, grant))


def _note_unreadable(entry: Entry, refuse: Refuse, heard: Heard) -> None:
    """
    Park what only a newer version can read, count what nobody can.

    A tombstone holds even beside events of a schema that this hub is too old for.
    """
    node = entry.origin.node
    if not erase.is_entry(entry.body):
        heard.dropped["unreadable", node, ""] += entry.count
        return
    heard.parked.append((entry.position, node, entry.count))
    try:
        for project, session, plain in erase.decisions(entry.body):
            event = msgspec.convert(plain, PolicyUpdated)
            stamp = Stamp(project=project, received_at=0, session=session)
            _note(entry, stamp, event, refuse, heard)
    except (codec.BadEvent, msgspec.ValidationError):
        return


def _buries(event: Event | None) -> bool:
    return type(event) is PolicyUpdated and event.payload.erased


def _hear_one(
    entry: Entry,
    groups: Iterable[Group],
    refuse: Refuse,
    gone: tuple[Buried, Over],
    heard: Heard,
) -> None:
    buried, over = gone
    node, epoch = entry.origin.node, entry.origin.epoch
    index = 0
    for group in groups:
        first, index = index, index + len(group.events)
        project = group.stamp.project
        visitor = (project, group.stamp.session or "")
        if visitor in heard.erased or visitor in buried:
            _drop(entry, group, heard)
            continue
        if reason := refuse(node, project):
            heard.dropped[reason, node, project] += len(group.events)
            continue
        kept = _kept(group, first)
        if until := over.get(group.stamp.region):
            now = [one for one in kept if one[1].timestamp >= until]
            if len(now) < len(kept):
                heard.dropped["ended", node, project] += len(kept) - len(now)
                kept = now
        if kept:
            places, events = [list(part) for part in zip(*kept, strict=True)]
            heard.scrubbed += scrub_all(events)
            name = (node, epoch, entry.lane, entry.seq)
            heard.slices.append(Slice(name, group.stamp, events, places))
            heard.events += len(events)
            heard.newest = max(heard.newest, *(event.timestamp for event in events))


def _kept(group: Group, first: int) -> list[tuple[int, Event]]:
    return [
        (place, event)
        for place, event in enumerate(group.events, first)
        if event is not None and not _buries(event)
    ]


def _drop(entry: Entry, group: Group, heard: Heard) -> None:
    """Count what is left of an erased session, and see that it is blanked."""
    late = sum(not (event is None or _buries(event)) for event in group.events)
    if late:
        heard.dropped["erased", entry.origin.node, group.stamp.project] += late
        heard.to_blank.add(entry.position)
