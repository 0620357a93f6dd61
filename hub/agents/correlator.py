"""
The correlator: events of a session, in order of time, become a journey with its friction.

A session's journey follows from the set of its events, so that late, early or revised
events give the same as events in order. What it follows from is kept in memory as a
:class:`~hub.projections.story.Story` for sessions of late; older ones come back from the
event table when something touches them.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from hub.bus.bus import Agent, Batch, Tick
from hub.bus.messages import (
    ERASED,
    FRICTION,
    QUIET,
    REVISED,
    TIED,
    TOLD,
    Block,
    Erased,
    Item,
    Revised,
)
from hub.projections import events
from hub.projections.consent import number_of
from hub.projections.events import Visitor
from hub.projections.journey import Journey, fold
from hub.projections.story import Story
from hub.projections.table import HOUR, MINUTE
from hub.stores.analytics import Transaction

HOT_SIZE = 400_000
"""What is kept in memory over all sessions, in things of about 200 bytes."""


@dataclass(slots=True)
class New:
    """What is new of one session."""

    items: list[Item] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)

    @property
    def visitor(self) -> Visitor:
        """Whose it is."""
        return (self.items or self.blocks)[0].visitor


@dataclass(frozen=True, slots=True)
class Folded:
    """A journey as it is now, and the events that are new in it."""

    number: int
    project: str
    """Said here too: a journey whose events were all erased has none."""
    journey: Journey
    new: tuple[Item, ...]
    blocks: tuple[Block, ...] = ()
    """The new events that are quiet."""
    first: bool = False
    """Nothing of this session was known before."""
    same: bool = False
    """What is new changes nothing in the journey."""
    revised: tuple[Revised, ...] = ()
    """Entries whose older items of this session are to go first."""
    erased: bool = False
    """A tombstone: nothing of the session stays, not even its number."""


class CorrelatorAgent(Agent):
    """Items and blocks in, journeys out. *is_demo* says of a project that buckets are minutes."""

    name = "correlator"
    topics = (TOLD, TIED, QUIET, REVISED, ERASED)

    def __init__(self, is_demo: Callable[[str], bool], *, hot_size: int = HOT_SIZE) -> None:
        self._is_demo = is_demo
        self._most = hot_size
        self._hot: OrderedDict[int, Story] = OrderedDict()
        self._size = 0
        self._numbers: dict[Visitor, int] = {}
        self._made: set[int] = set()
        """Numbers given in this tick: nothing of theirs is on the disk."""
        self._last: int | None = None

    @property
    def hot(self) -> int:
        """Sessions in memory: a metric."""
        return len(self._hot)

    def handle(self, tick: Tick, batch: Batch) -> None:
        """Fold every session that is touched; drop those that were erased."""
        transaction = tick.transaction
        gone = self._erase(transaction, set(batch.get(ERASED, ())))
        items = [item for item in batch.get(TOLD, ()) if item.topic != "feedback"]
        items += batch.get(TIED, ())
        new = self._by_number(transaction, items, batch.get(QUIET, ()))
        revised = events.touched_by(transaction, batch.get(REVISED, ()))
        touched = (new.keys() | revised.keys()) - {one.number for one in gone}
        self._load(transaction, touched, new, revised)
        folded = [
            self._fold(transaction, number, new.get(number, New()), revised.get(number, ()))
            for number in sorted(touched)
        ]
        tick.publish(FRICTION, [*gone, *folded])
        self._cool()

    def forget(self) -> None:
        """Drop all that is in memory; it comes back from the event table."""
        self._hot.clear()
        self._size = 0
        self._numbers.clear()
        self._made.clear()
        self._last = None

    def _fold(
        self, transaction: Transaction, number: int, new: New, revised: Sequence[Revised]
    ) -> Folded:
        story = self._hot[number]
        size, known = story.size, frozenset(story.entries)
        items = [item for item in new.items if item.key[:4] not in known]
        blocks = [block for block in new.blocks if block.entry not in known]
        story.add(items, blocks)
        if story.lost:
            older = _without(events.load(transaction, [number])[number], revised)
            story.rebuild([*older, *items, *(item for one in blocks for item in one.items())])
        same = not story.news and not revised
        journey = story.journey()
        self._size += story.size - size
        return Folded(
            number,
            story.project,
            journey,
            tuple(items),
            tuple(blocks),
            first=not known and not revised,
            same=same,
            revised=tuple(revised),
        )

    def _erase(self, transaction: Transaction, erased: set[Erased]) -> list[Folded]:
        """Forget these sessions; return those that were known, as empty journeys."""
        gone = []
        for visitor, number in events.numbers_of(transaction, erased).items():
            self._drop(number)
            self._numbers.pop(visitor, None)
            gone.append(Folded(number, visitor[0], fold(()), (), erased=True))
        return gone

    def _by_number(
        self, transaction: Transaction, items: Sequence[Item], blocks: Sequence[Block]
    ) -> dict[int, New]:
        visitors = {(item.project, item.session) for item in items if item.session}
        visitors |= {block.visitor for block in blocks}
        self._number(transaction, visitors)
        found: dict[int, New] = {}
        for item in items:
            visitor = (item.project, item.session)
            number = self._numbers[visitor] if item.session else number_of(item)
            found.setdefault(number, New()).items.append(item)
        for block in blocks:
            found.setdefault(self._numbers[block.visitor], New()).blocks.append(block)
        return found

    def _number(self, transaction: Transaction, visitors: set[Visitor]) -> None:
        """Make sure that each of *visitors* has a number: its old one, or the next."""
        unknown = sorted(visitors - self._numbers.keys())
        if not unknown:
            return
        self._numbers.update(events.numbers_of(transaction, unknown))
        if self._last is None:
            self._last = events.last_number(transaction)
        made = []
        for visitor in unknown:
            if visitor not in self._numbers:
                self._last += 1
                self._numbers[visitor] = self._last
                self._made.add(self._last)
                made.append((self._last, *visitor))
        transaction.append("visit", ("number", "project", "session"), made)

    def _load(
        self,
        transaction: Transaction,
        touched: Iterable[int],
        new: Mapping[int, New],
        revised: Mapping[int, Sequence[Revised]],
    ) -> None:
        """Have the stories of the sessions *touched* in memory."""
        for number in revised:
            self._drop(number)
        cold = [number for number in touched if number not in self._hot]
        known = [number for number in cold if number not in self._made]
        items = events.load(transaction, known)
        for number in cold:
            older = items.get(number, [])
            project, session = older[0].visitor if older else new[number].visitor
            width = MINUTE if self._is_demo(project) else HOUR
            story = self._hot[number] = Story(project, session, width)
            story.rebuild(_without(older, revised.get(number, ())))
            self._size += story.size
        for number in touched:
            self._hot.move_to_end(number)
        self._made.clear()

    def _drop(self, number: int) -> None:
        story = self._hot.pop(number, None)
        if story is not None:
            self._size -= story.size
            self._numbers.pop((story.project, story.session), None)

    def _cool(self) -> None:
        while self._size > self._most and self._hot:
            self._drop(next(iter(self._hot)))


def _without(items: Sequence[Item], revised: Iterable[Revised]) -> list[Item]:
    gone = {(one.node, one.epoch, one.lane, one.seq) for one in revised}
    return [item for item in items if item.key[:4] not in gone]
