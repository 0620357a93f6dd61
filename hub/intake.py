"""
What an entry of the inbox says, as facts on topics; and what may not count, with its reason.

Decision 12 of the house plan is held here: a demo project hears only demo edges, and a
demo edge feeds nothing else. So is decision 9: of an erased session nothing is heard,
whatever came first, the tombstone or the events.
"""

from collections import Counter
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass, field
from typing import Any

from edge.events import codec
from edge.events.entry import Group
from edge.events.event import TOPICS, Event, PolicyUpdated
from edge.journal import erase
from edge.journal.entry import Entry
from hub.bus.messages import ERASED, REVISED, Erased, Fact, Key, Revised
from hub.second_scrub import scrub_again

Refuse = Callable[[str, str], str | None]
"""(node, project) → why that node's events may not count for that project, or None."""
Buried = Container[tuple[str, str]]
"""(project, session) of sessions that are erased."""


@dataclass(slots=True)
class Heard:
    """What some entries say."""

    said: dict[str, list[Any]] = field(default_factory=dict)
    """Topic → facts."""
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


def hear(entries: Iterable[Entry], refuse: Refuse, buried: Buried = frozenset()) -> Heard:
    """
    Return what *entries* say. Bytes that cannot be read are counted and passed over.

    Tombstones are found first, so that within these entries order does not matter.
    """
    heard = Heard()
    opened = [(entry, _open(entry, refuse, heard)) for entry in entries]
    if heard.erased:
        heard.said[ERASED] = [Erased(*visitor) for visitor in sorted(heard.erased)]
    for entry, groups in opened:
        if entry.generation:
            name = Revised(entry.origin.node, entry.origin.epoch, entry.lane, entry.seq)
            heard.said.setdefault(REVISED, []).append(name)
        _hear_one(entry, groups, refuse, buried, heard)
    return heard


def _open(entry: Entry, refuse: Refuse, heard: Heard) -> list[Group]:
    """Return the groups of *entry*, noting the tombstones among them."""
    node = entry.origin.node
    try:
        groups = codec.unpack(entry.body)
        stones = [(g.stamp.project, g.stamp.session) for g in groups if any(map(_buries, g.events))]
    except codec.BadEvent:
        groups, stones = [], [*_stones_of_unreadable(entry)]
        heard.dropped["unreadable", node, ""] += entry.count
        heard.to_blank.add(entry.position)
    for project, session in stones:
        if session and not refuse(node, project):
            heard.erased.setdefault((project, session), entry.position)
    return groups


def _stones_of_unreadable(entry: Entry) -> Iterable[tuple[str, str]]:
    """A tombstone holds even beside events of a schema that this hub is too old for."""
    try:
        return [*erase.tombstones(entry.body)]
    except codec.BadEvent:
        return []


def _buries(event: Event | None) -> bool:
    return type(event) is PolicyUpdated and event.payload.erased


def _hear_one(
    entry: Entry, groups: Iterable[Group], refuse: Refuse, buried: Buried, heard: Heard
) -> None:
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
        for place, event in enumerate(group.events, first):
            if event is None:
                continue
            heard.scrubbed += scrub_again(event)
            fact = Fact(Key(node, epoch, entry.lane, entry.seq, place), group.stamp, event)
            heard.said.setdefault(TOPICS[type(event)], []).append(fact)
            heard.events += 1
            heard.newest = max(heard.newest, event.timestamp)


def _drop(entry: Entry, group: Group, heard: Heard) -> None:
    """Count what is left of an erased session, and see that it is blanked."""
    late = sum(not (event is None or _buries(event)) for event in group.events)
    if late:
        heard.dropped["erased", entry.origin.node, group.stamp.project] += late
        heard.to_blank.add(entry.position)
