"""
The storage agent: journeys become rows, all in the tick's one transaction.

Most events change no answer's row: a page that was already seen, a pointer that moved.
So the rows of a session are compared with those written last, and only what is new is
appended; where a row has gone, the session's rows of that table are written anew.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence

from hub.agents.correlator import Folded
from hub.bus.bus import Agent, Batch, Tick
from hub.bus.messages import FRICTION, Block, Item, Revised
from hub.projections import PROJECTIONS, comments, events, insights
from hub.projections.rollup import Day, Rolled
from hub.projections.table import DAY, HOUR, MINUTE, Row, Table
from hub.stores.analytics import Transaction

HOT_ROWS = 200_000
"""Rows remembered over all sessions, to be compared with."""

_FORGET_ENTRY = """
delete from event
where node = ? and epoch = ? and lane = ? and seq = ? and number in (select unnest(?))
"""

Rows = dict[str, set[Row]]


class StorageAgent(Agent):
    """Journeys in, rows out. *is_demo* says of a project whether its buckets are minutes."""

    name = "storage"
    topics = (FRICTION,)

    def __init__(
        self,
        is_demo: Callable[[str], bool],
        tables: Sequence[Table] = PROJECTIONS,
        *,
        rolled: Rolled | None = None,
        hot_rows: int = HOT_ROWS,
    ) -> None:
        self._is_demo = is_demo
        self._tables = tables
        self._most = hot_rows
        self._written: OrderedDict[int, Rows] = OrderedDict()
        self._size = 0
        self._regions: set[tuple[str, str]] | None = None
        self._rolled = rolled or Rolled()

    def handle(self, tick: Tick, batch: Batch) -> None:
        """Write the new events, and what changed in the projections."""
        folded: Sequence[Folded] = batch[FRICTION]
        transaction = tick.transaction
        _forget_entries(transaction, folded)
        self._take_back(transaction, [one.number for one in folded if one.erased or one.revised])
        items = [(one.number, item) for one in folded for item in one.new]
        blocks = [(one.number, block) for one in folded for block in one.blocks]
        events.write(transaction, items, blocks)
        self._note_regions(transaction, items, blocks)
        self._project(transaction, folded)
        self._erase(transaction, [one.number for one in folded if one.erased])

    def forget(self) -> None:
        """Drop what was written last: it was not."""
        self._written.clear()
        self._size = 0
        self._regions = None
        self._rolled.forget()

    def _project(self, transaction: Transaction, folded: Sequence[Folded]) -> None:
        stale: dict[str, list[int]] = {table.name: [] for table in self._tables}
        fresh: dict[str, list[Row]] = {table.name: [] for table in self._tables}
        unknown = [one.number for one in folded if one.erased]
        touched: set[Day] = set()
        any_rolled = bool(self._rolled.days(transaction))
        for one in folded:
            if one.erased:
                for numbers in stale.values():
                    numbers.append(one.number)
                continue
            if one.same:
                continue
            width = MINUTE if self._is_demo(one.project) else HOUR
            rows = {t.name: t.rows_of(one.number, one.journey, width) for t in self._tables}
            before = {} if one.first else self._written.get(one.number)
            if before is None:
                unknown.append(one.number)
            if any_rolled:
                touched |= {(one.project, day) for day in _days(before or {}, rows)}
            for name, now in rows.items():
                if before is not None and (old := before.get(name, set())) <= now:
                    fresh[name] += now - old
                else:
                    stale[name].append(one.number)
                    fresh[name] += now
            self._remember(one.number, rows)
        touched |= self._rolled.days_of(transaction, unknown)
        self._rolled.take_away(transaction, touched)
        for table in self._tables:
            _replace(transaction, table, stale[table.name], fresh[table.name])

    def _take_back(self, transaction: Transaction, numbers: Sequence[int]) -> None:
        """Take back insights that quote what is to be erased, while it is known what that is."""
        if numbers:
            insights.forget(transaction, comments.texts_of(transaction, numbers))

    def _erase(self, transaction: Transaction, numbers: Sequence[int]) -> None:
        if not numbers:
            return
        for number in numbers:
            self._size -= _count(self._written.pop(number, {}))
        events.erase(transaction, numbers)
        self._regions = None

    def _remember(self, number: int, rows: Rows) -> None:
        before = self._written.pop(number, {})
        self._size += _count(rows) - _count(before)
        self._written[number] = rows
        while self._size > self._most:
            _, old = self._written.popitem(last=False)
            self._size -= _count(old)

    def _note_regions(
        self,
        transaction: Transaction,
        items: Iterable[tuple[int, Item]],
        blocks: Iterable[tuple[int, Block]],
    ) -> None:
        if self._regions is None:
            rows = transaction.read("select project, region from region_seen")
            self._regions = {(str(project), str(region)) for project, region in rows}
        seen = {(item.project, item.region) for _, item in items}
        seen |= {(block.stamp.project, block.stamp.region) for _, block in blocks}
        new = seen - self._regions
        transaction.append("region_seen", ("project", "region"), sorted(new))
        self._regions |= new


def _forget_entries(transaction: Transaction, folded: Iterable[Folded]) -> None:
    numbers: dict[Revised, list[int]] = {}
    for one in folded:
        for entry in one.revised:
            numbers.setdefault(entry, []).append(one.number)
    for entry, touched in numbers.items():
        name = [entry.node, entry.epoch, entry.lane, entry.seq]
        transaction.execute(_FORGET_ENTRY, [*name, touched])


def _replace(
    transaction: Transaction, table: Table, stale: Sequence[int], fresh: Sequence[Row]
) -> None:
    if stale:
        # The lowest number lets the engine skip older blocks unread.
        transaction.execute(
            f"delete from {table.name} where number >= ? and number in (select unnest(?))",  # noqa: S608
            [min(stale), list(stale)],
        )
    transaction.append(table.name, table.all_columns, sorted(fresh))


def _days(before: Rows, now: Rows) -> set[int]:
    """Return the days whose sums follow no more from the rows of a session."""
    old, new = [{row[2] - row[2] % DAY for row in rows.get("seen", ())} for rows in (before, now)]
    if old != new:
        return old | new
    changed = (row for name, rows in now.items() for row in rows ^ before.get(name, set()))
    return {row[2] - row[2] % DAY for row in changed}


def _count(rows: Rows) -> int:
    return sum(map(len, rows.values()))
