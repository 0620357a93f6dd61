"""
What travels on the hub's topics.

An :class:`Item` is an enriched event, flat, as it also lies in the event table: one
shape from the context agent to the disk, so that nothing is translated on the way.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import compress
from typing import NamedTuple

from edge.events.entry import Stamp
from edge.events.event import Event

APPLIED = "flowback.entry.applied"
"""Slices of entries, as the inbox gives them: what the context agent makes the rest of."""
ENRICHED = "flowback.context.enriched"
"""Every event as an item; made only where somebody listens."""
TOLD = "flowback.context.told"
"""Items of the events that tell a story: all but the quiet ones."""
QUIET = "flowback.context.quiet"
"""Blocks of events that only say that somebody was there; most events are."""
TIED = "flowback.feedback.tied"
"""Taps with what they answer; spoken by the feedback agent inside the hub."""
FRICTION = "flowback.session.friction"
REVISED = "flowback.entry.revised"
"""An entry that came again with events erased (decision 9 of the house plan)."""

ERASED = "flowback.session.erased"
"""A visitor had the session deleted: whoever keeps something of it drops it."""


class Key(NamedTuple):
    """The name of one event everywhere behind the edge (decision 2)."""

    node: str
    epoch: int
    lane: int
    seq: int
    place: int
    """The event's index in its entry."""


@dataclass(frozen=True, slots=True)
class Fact:
    """An event as it came: its identity, the stamp of its group, and itself."""

    key: Key
    stamp: Stamp
    event: Event


EntryName = tuple[str, int, int, int]
"""Node, epoch, lane, seq."""


@dataclass(frozen=True, slots=True)
class Slice:
    """The events of one group of an entry: one session, one request."""

    entry: EntryName
    stamp: Stamp
    events: list[Event]
    places: list[int]
    """The index of each event in its entry."""

    def facts(self, chosen: Iterable[bool] | None = None) -> Iterator[Fact]:
        """Yield the events one by one, all or those that are *chosen*."""
        placed = zip(self.places, self.events, strict=True)
        for place, event in placed if chosen is None else compress(placed, chosen):
            yield Fact(Key(*self.entry, place), self.stamp, event)


@dataclass(frozen=True, slots=True)
class Block:
    """Quiet events of one slice as columns, all of one length, texts clean and pages routes."""

    entry: EntryName
    stamp: Stamp
    places: list[int]
    moments: list[int]
    numbers: list[int]
    """Of the events in their stream."""
    views: list[int]
    whats: list[str]
    pages: list[str]
    targets: list[str]
    names: list[str]

    def __len__(self) -> int:
        return len(self.places)

    @property
    def visitor(self) -> tuple[str, str]:
        """Project and session."""
        return self.stamp.project, self.stamp.session or ""

    def items(self) -> Iterator["Item"]:
        """Yield the events one by one."""
        stamp, entry = self.stamp, self.entry
        session, stream = stamp.session or "", stamp.stream or ""
        labels = (stamp.device, stamp.cohort, stamp.region, stamp.site, stamp.verified)
        columns = (self.places, self.moments, self.numbers, self.views, self.whats)
        texts = (self.pages, self.targets, self.names)
        for place, at, n, view, what, page, target, name in zip(*columns, *texts, strict=True):
            head = (*entry, place, stamp.project, session, "raw", what, at, stamp.received_at)
            made = (stream, n, view, "", 0, False, page, target, name, 1, "")
            yield Item(*head, *made, *labels)


@dataclass(frozen=True, slots=True)
class Revised:
    """All events of this entry that were applied before are to be forgotten."""

    node: str
    epoch: int
    lane: int
    seq: int


class Erased(NamedTuple):
    """A session that a tombstone names. Said again, it changes nothing."""

    project: str
    session: str


class Item(NamedTuple):
    """
    One event plus where it belongs. The fields are the columns of the event table.

    Moments are ms since 1970 as corrected by the edge. ``what`` is the action of a raw
    event, the name of a signal, a reaction, or the state of a consent choice.
    """

    node: str
    epoch: int
    lane: int
    seq: int
    place: int
    """The event's index in its entry."""
    project: str
    session: str
    """Empty for a denial."""
    topic: str
    """``raw``, ``signal``, ``feedback`` or ``policy``."""
    what: str
    moment: int
    received: int
    stream: str
    n: int
    """Number in the stream; -1 for what an agent made."""
    view: int
    id: str
    """Of what an agent made; empty for what a browser made."""
    revision: int
    void: bool
    page: str
    """Normalised route."""
    target: str
    name: str
    times: int
    """Clicks of a rage, direction changes of a thrash; 1 elsewhere."""
    extra: str
    """What only one kind of event has, as JSON; empty for most."""
    device: str
    cohort: str
    region: str
    site: str
    verified: bool

    @property
    def key(self) -> tuple[object, ...]:
        """The event's identity: what a :class:`Key` holds, the first five fields."""
        return self[:5]

    @property
    def visitor(self) -> tuple[str, str]:
        """Project and session."""
        return self.project, self.session

    @property
    def order(self) -> tuple[object, ...]:
        """Sorts a session by time; ties by what does not depend on the order of arrival."""
        return (self.moment, self.stream, self.n, self.id, self[:5])
