"""
The correlator: events of a session, in order of time, become a journey with its friction.

A session that is touched is folded anew as a whole, so that late, early or revised
events give the same journey as events in order. Sessions of late stay in memory; older
ones come back from the event table when something touches them.
"""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hub.bus.bus import Agent, Batch, Tick
from hub.bus.messages import ENRICHED, ERASED, FRICTION, REVISED, TIED, Erased, Item, Revised
from hub.projections import events
from hub.projections.consent import number_of
from hub.projections.events import Visitor
from hub.projections.journey import Journey, fold
from hub.stores.analytics import Transaction

HOT_ITEMS = 100_000
"""Items kept in memory over all sessions, about 1 KB each."""


@dataclass(frozen=True, slots=True)
class Folded:
    """A journey as it is now, and the items that are new in it."""

    number: int
    project: str
    """Said here too: a journey whose events were all erased has none."""
    journey: Journey
    new: tuple[Item, ...]
    first: bool = False
    """Nothing of this session was known before."""
    revised: tuple[Revised, ...] = ()
    """Entries whose older items of this session are to go first."""
    erased: bool = False
    """A tombstone: nothing of the session stays, not even its number."""


class CorrelatorAgent(Agent):
    """Items in, journeys out."""

    name = "correlator"
    topics = (ENRICHED, TIED, REVISED, ERASED)

    def __init__(self, *, hot_items: int = HOT_ITEMS) -> None:
        self._most = hot_items
        self._hot: OrderedDict[int, dict[tuple[object, ...], Item]] = OrderedDict()
        self._size = 0
        self._numbers: dict[Visitor, int] = {}
        self._last: int | None = None

    @property
    def hot(self) -> int:
        """Sessions in memory: a metric."""
        return len(self._hot)

    def handle(self, tick: Tick, batch: Batch) -> None:
        """Fold every session that is touched; drop those that were erased."""
        gone = self._erase(tick.transaction, set(batch.get(ERASED, ())))
        items = [item for item in batch.get(ENRICHED, ()) if item.topic != "feedback"]
        items += batch.get(TIED, ())
        by_number = self._by_number(tick.transaction, items)
        revised = events.touched_by(tick.transaction, batch.get(REVISED, ()))
        touched = (by_number.keys() | revised.keys()) - {one.number for one in gone}
        self._load(tick.transaction, touched)
        folded = [
            self._fold(number, by_number.get(number, ()), revised.get(number, ()))
            for number in sorted(touched)
        ]
        tick.publish(FRICTION, [*gone, *folded])
        self._cool()

    def forget(self) -> None:
        """Drop all that is in memory; it comes back from the event table."""
        self._hot.clear()
        self._size = 0
        self._numbers.clear()
        self._last = None

    def _fold(self, number: int, items: Iterable[Item], revised: Sequence[Revised]) -> Folded:
        known = self._hot[number]
        before = len(known)
        for entry in revised:
            for key in [key for key in known if key[:4] == _name(entry)]:
                del known[key]
        new = [item for item in items if item.key not in known]
        known.update((item.key, item) for item in new)
        self._size += len(known) - before
        project = next(iter(new or known.values())).project if new or known else ""
        journey = fold(known.values())
        return Folded(number, project, journey, tuple(new), not before, tuple(revised))

    def _erase(self, transaction: Transaction, erased: set[Erased]) -> list[Folded]:
        """Forget these sessions; return those that were known, as empty journeys."""
        gone = []
        for visitor, number in events.numbers_of(transaction, erased).items():
            self._size -= len(self._hot.pop(number, ()))
            self._numbers.pop(visitor, None)
            gone.append(Folded(number, visitor[0], fold(()), (), erased=True))
        return gone

    def _by_number(self, transaction: Transaction, items: list[Item]) -> dict[int, list[Item]]:
        self._number(transaction, {(i.project, i.session) for i in items if i.session})
        found: dict[int, list[Item]] = {}
        for item in items:
            visitor = (item.project, item.session)
            number = self._numbers[visitor] if item.session else number_of(item)
            found.setdefault(number, []).append(item)
        return found

    def _number(self, transaction: Transaction, visitors: set[Visitor]) -> None:
        """Make sure that each of *visitors* has a number: its old one, or the next."""
        unknown = sorted(visitors - self._numbers.keys())
        if not unknown:
            return
        self._numbers.update(events.numbers_of(transaction, unknown))
        if self._last is None:
            rows = transaction.read("select coalesce(max(number), 0) from visit")
            self._last = int(rows[0][0])
        made = []
        for visitor in unknown:
            if visitor not in self._numbers:
                self._last += 1
                self._numbers[visitor] = self._last
                self._hot[self._last] = {}
                made.append((self._last, *visitor))
        transaction.append("visit", ("number", "project", "session"), made)

    def _load(self, transaction: Transaction, numbers: Iterable[int]) -> None:
        cold = [number for number in numbers if number not in self._hot]
        for number, items in events.load(transaction, cold).items():
            self._hot[number] = {item.key: item for item in items}
            self._size += len(items)
        for number in numbers:
            self._hot.move_to_end(number)

    def _cool(self) -> None:
        while self._size > self._most and self._hot:
            _, items = self._hot.popitem(last=False)
            self._size -= len(items)
            for item in items.values():
                self._numbers.pop((item.project, item.session), None)


def _name(entry: Revised) -> tuple[str, int, int, int]:
    return entry.node, entry.epoch, entry.lane, entry.seq
