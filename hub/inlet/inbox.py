"""The hub's journal as the link writes it: other nodes' entries, as they came."""

import time
from pathlib import Path

from edge.journal.entry import Entry, Origin
from edge.journal.journal import Journal
from edge.journal.reading import Reading
from edge.journal.transaction import Transaction
from edge.protocol.batch import Item
from edge.protocol.frames import LANES, Cursor

CURSOR = "link"
"""Name of the cursor up to which entries and gaps of a lane are held without a hole."""

_SEAL = """
select coalesce(c.generation, e.generation), coalesce(c.hash, e.hash), e.seq
from entry e left join came c on c.position = e.position
where e.origin = {} and e.lane = ? and e.seq between ? and ?
"""
_SEAL_OF_ID = _SEAL.format("?")
_SEALS = _SEAL.format("(select id from origin where node = ? and epoch = ?)")


def open_inbox(path: Path, *, node: str) -> Journal:
    """Open or make the hub's inbox at *path*; raises what :meth:`Journal.open` does."""
    return Journal.open(path, node=node, bulk=True)


class LaneInbox:
    """
    One lane of one origin, within a transaction.

    What is stored is written when the cursor moves to it, all in one statement.
    """

    def __init__(self, transaction: Transaction, origin: Origin, lane: int) -> None:
        self._transaction = transaction
        self._origin = origin
        self._lane = lane
        self._stored: list[Entry] = []

    def cursor(self) -> int:
        """Return the number up to which all is held."""
        return self._transaction.cursor(CURSOR, self._origin, self._lane)

    def seal(self, seq: int) -> tuple[int, bytes] | None:
        """
        Return generation and hash under which the entry *seq* came, None where none is kept.

        What the hub blanked in it since does not count: an edge that erases in another
        order has other bytes in the same generation, and is no forger.
        """
        transaction = self._transaction
        origin = transaction.origin_id(self._origin)
        row = transaction.connection.execute(_SEAL_OF_ID, (origin, self._lane, seq, seq)).fetchone()
        return None if row is None else (int(row[0]), bytes(row[1]))

    def store(self, item: Item) -> None:
        """Keep *item* as it came."""
        self._stored.append(
            Entry(
                self._origin,
                self._lane,
                item.seq,
                item.count,
                item.at,
                item.hash,
                item.body,  # type: ignore[arg-type] # SQLite takes either
                item.generation,
            )
        )

    def declare_gap(self, lo: int, hi: int, why: str) -> None:
        """Record that *lo* to *hi* will never come."""
        now = int(time.time() * 1000)
        self._transaction.declare_gap(self._origin, self._lane, lo, hi, why, at=now)

    def move(self, seq: int) -> None:
        """Move the cursor to *seq*."""
        if self._stored:
            self._transaction.store(*self._stored)
            self._stored.clear()
        self._transaction.move_cursor(CURSOR, self._origin, self._lane, seq)


def tips(journal: Reading, node: str, epoch: int) -> list[Cursor]:
    """Return what *journal* holds of each lane of an origin, and how its newest entry came."""
    origin = Origin(node, epoch)
    found = []
    for lane in LANES:
        seq = journal.cursor(CURSOR, origin, lane)
        newest = journal.entries(origin, lane, seq - 1, max_bytes=1) if seq else []
        if newest and newest[0].seq == seq:
            generation, seal = journal.came(newest[0])
        else:
            generation, seal = 0, b""
        found.append(Cursor(lane, seq, seq, generation, seal))  # type: ignore[arg-type]
    return found


def seals(
    journal: Reading, node: str, epoch: int, lane: int, lo: int, hi: int
) -> dict[int, tuple[int, bytes]]:
    """Return number → generation and hash under which the entries *lo* to *hi* came."""
    found: dict[int, tuple[int, bytes]] = {}
    for generation, seal, seq in journal.read(_SEALS, (node, epoch, lane, lo, hi)):
        assert isinstance(generation, int)
        assert isinstance(seal, bytes)
        assert isinstance(seq, int)
        found[seq] = generation, seal
    return found
