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
from hub.bus.messages import ENRICHED, FRICTION, REVISED, TIED, Item, Revised
from hub.projections import events
from hub.projections.consent import number_of
from hub.projections.journey import Journey, fold
from hub.stores.analytics import Transaction

HOT_ITEMS = 100_000
"""Items kept in memory over all sessions, about 1 KB each."""

_FIND = """
select v.project, v.session, v.number from visit v
join (select unnest(?) as project, unnest(?) as session) q
  on v.project = q.project and v.session = q.session
"""

Visitor = tuple[str, str]
"""Project and session."""


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


class CorrelatorAgent(Agent):
    """Items in, journeys out."""

    name = "correlator"
    topics = (ENRICHED, TIED, REVISED)

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
        """Fold every session that is touched."""
        items = [item for item in batch.get(ENRICHED, ()) if item.topic != "feedback"]
        items += batch.get(TIED, ())
        by_number = self._by_number(tick.transaction, items)
        revised = self._revised(tick.transaction, batch.get(REVISED, ()))
        touched = by_number.keys() | revised.keys()
        self._load(tick.transaction, touched)
        tick.publish(
            FRICTION,
            [
                self._fold(number, by_number.get(number, ()), revised.get(number, ()))
                for number in sorted(touched)
            ],
        )
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
        projects, sessions = [list(part) for part in zip(*unknown, strict=True)]
        for project, session, number in transaction.read(_FIND, [projects, sessions]):
            self._numbers[project, session] = int(number)
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

    def _revised(
        self, transaction: Transaction, entries: Iterable[Revised]
    ) -> dict[int, list[Revised]]:
        found: dict[int, list[Revised]] = {}
        for entry in entries:
            for number in events.numbers_of_entry(transaction, *_name(entry)):
                found.setdefault(number, []).append(entry)
        return found

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
