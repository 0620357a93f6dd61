"""What the hub has not receipted, as records, read beside the process that writes it."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from edge.events import codec
from edge.journal import epochs
from edge.journal.account import HUB, TRAVELLING
from edge.journal.entry import Entry, Origin
from edge.journal.reading import Reading
from edge.protocol.batch import Sealed
from edge.protocol.bundle import records
from edge.protocol.outlane import Hole, OutLane

BATCH_BYTES = 256 * 2**10
MOST_BYTES = 17 * 2**20
"""Bytes of an entry's body that fit a record."""
BROKEN = "quarantine"
LACKS = "lacks"
"""Prefix of the keys in ``meta`` that say from where a hub, restored from a backup, lacks what
it had acknowledged: see :mod:`edge.bundle.receipts`."""

_SIZE = """
select avg(length(body)) from (select e.body from entry e join origin o on o.id = e.origin
where o.node = ? and o.epoch = ? and e.lane = ? and e.seq > ? order by e.seq limit 1000)
"""
_ASIDE = """
select q.seq, q.why from quarantine q join origin o on o.id = q.origin
where o.node = ? and o.epoch = ? and q.lane = ?
"""


class Record(NamedTuple):
    """One record, and what it holds."""

    plain: bytes
    epoch: int
    lane: int
    lo: int
    hi: int
    entries: int
    events: int
    bytes: int
    """Of the entries' bodies."""


class Lane(NamedTuple):
    """Where one lane begins and ends in an export."""

    origin: Origin
    lane: int
    after: int
    """What the hub has receipted."""
    head: int


class _Log:
    """
    One lane as the link's sender reads it, up to the number that was newest at first.

    An entry whose seal does not hold is left out; the hub is told so by a gap, and its
    receipt then puts the entry into quarantine here.
    """

    def __init__(self, reading: Reading, lane: Lane) -> None:
        self._reading = reading
        self._lane = lane
        rows = reading.read(_ASIDE, (lane.origin.node, lane.origin.epoch, lane.lane))
        self._aside = {int(str(seq)): str(why) for seq, why in rows}

    def head(self, _lane: int) -> int:
        return self._lane.head

    def tail(self, lane: int) -> int:
        return self._reading.tail(self._lane.origin, lane)

    def entries(self, lane: int, after: int, max_bytes: int) -> list[Entry]:
        while True:
            found = self._reading.entries(self._lane.origin, lane, after, max_bytes=max_bytes)
            whole = [entry for entry in found if self._is_whole(entry)]
            if whole or not found:
                return whole
            after = found[-1].seq

    def gaps(self, lane: int, after: int) -> Sequence[Hole]:
        declared = self._reading.gaps(self._lane.origin, lane, after)
        gaps = [Hole(gap.lo, gap.hi, gap.why) for gap in declared]
        gaps += [Hole(seq, seq, why) for seq, why in self._aside.items() if seq > after]
        return sorted(gaps, key=lambda hole: (hole.lo, hole.hi))

    def acknowledged(self, lane: int) -> int:
        return self._reading.cursor(HUB, self._lane.origin, lane)

    def _is_whole(self, entry: Entry) -> bool:
        if entry.seq not in self._aside and codec.seal(entry.body) != entry.hash:
            self._aside[entry.seq] = BROKEN
        return entry.seq not in self._aside


def lanes(reading: Reading, node: str) -> list[Lane]:
    """Return the lanes of *node* of which the hub lacks something, the oldest epoch first."""
    rows = reading.read("select key, value from meta where key glob ?", (f"{LACKS}.*",))
    lacks = {str(key): int(str(value)) for key, value in rows}
    owed = epochs.owing(reading, node)
    again = {Origin(node, int(key.split(".")[1])) for key in lacks}
    found = []
    for origin in [*sorted(again - set(owed), key=lambda one: one.epoch), *owed]:
        for lane in TRAVELLING:
            after = reading.cursor(HUB, origin, lane)
            after = min(after, lacks.get(f"{LACKS}.{origin.epoch}.{lane}", after))
            head = reading.head(origin, lane)
            if head > after:
                found.append(Lane(origin, lane, after, head))
    return found


def size_of(reading: Reading, lane: Lane) -> int:
    """Return about how many bytes *lane* has to give; to know it, all would have to be read."""
    where = (lane.origin.node, lane.origin.epoch, lane.lane, lane.after)
    [(mean,)] = reading.read(_SIZE, where)
    return int(float(str(mean or 0)) * (lane.head - lane.after))


def records_of(reading: Reading, lane: Lane) -> Iterator[Record]:
    """Yield all of *lane*: its entries as they lie on disk, and what will never come as gaps."""
    out = OutLane(lane.lane)
    out.restart(lane.after)
    log = _Log(reading, lane)
    while found := out.next(log, BATCH_BYTES, MOST_BYTES):
        record = _record(lane, found)
        out.sent = record.hi
        yield record


def _record(lane: Lane, found: "Sequence[Sealed] | Hole") -> Record:
    epoch, number = lane.origin.epoch, lane.lane
    if isinstance(found, Hole):
        plain = records.gap(epoch, number, found)
        return Record(plain, epoch, number, found.lo, found.hi, 0, 0, 0)
    return Record(
        records.entries(epoch, number, found),
        epoch,
        number,
        found[0].seq,
        found[-1].seq,
        len(found),
        sum(entry.count for entry in found),
        sum(len(entry.body) for entry in found),
    )
