"""
What an entry of the inbox says, as facts on topics; and what may not count, with its reason.

Decision 12 of the house plan is held here: a demo project hears only demo edges, and a
demo edge feeds nothing else.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from edge.events import codec
from edge.events.event import TOPICS
from edge.journal.entry import Entry
from hub.bus.messages import REVISED, Fact, Key, Revised

Refuse = Callable[[str, str], str | None]
"""(node, project) → why that node's events may not count for that project, or None."""


@dataclass(slots=True)
class Heard:
    """What some entries say."""

    said: dict[str, list[Any]] = field(default_factory=dict)
    """Topic → facts."""
    dropped: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """(reason, node, project) → events that may not count."""
    events: int = 0
    """Events that may."""
    newest: int = 0
    """Moment of the newest of them."""


def hear(entries: Iterable[Entry], refuse: Refuse) -> Heard:
    """Return what *entries* say. Bytes that cannot be read are counted and passed over."""
    heard = Heard()
    for entry in entries:
        node, epoch = entry.origin.node, entry.origin.epoch
        if entry.generation:
            name = Revised(node, epoch, entry.lane, entry.seq)
            heard.said.setdefault(REVISED, []).append(name)
        try:
            _hear_one(entry, refuse, heard)
        except codec.BadEvent:
            heard.dropped["unreadable", node, ""] += entry.count
    return heard


def _hear_one(entry: Entry, refuse: Refuse, heard: Heard) -> None:
    node, epoch = entry.origin.node, entry.origin.epoch
    index = 0
    for group in codec.unpack(entry.body):
        first, index = index, index + len(group.events)
        project = group.stamp.project
        if reason := refuse(node, project):
            heard.dropped[reason, node, project] += len(group.events)
            continue
        for place, event in enumerate(group.events, first):
            if event is None:
                continue
            fact = Fact(Key(node, epoch, entry.lane, entry.seq, place), group.stamp, event)
            heard.said.setdefault(TOPICS[type(event)], []).append(fact)
            heard.events += 1
            heard.newest = max(heard.newest, event.timestamp)
