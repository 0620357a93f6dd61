"""
What a journal says to readers. None of it writes, so it may be asked beside the process
that owns the file: see :func:`beside`.
"""

import contextlib
import sqlite3
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from edge.errors import FlowbackError
from edge.journal import database
from edge.journal.entry import Entry, Gap, Origin

T = TypeVar("T")

_ENTRY = "select origin, lane, seq, count, at, hash, body, generation, position from entry"
"""An entry's fields in the order of :class:`Entry`, with the row id of its origin."""
_BODY = 6


class Unreadable(FlowbackError):
    """The journal cannot be read. `flowback journal verify` says what is wrong with it."""


class Reading:
    """A journal's file at *path*, read from any thread, each by a connection of its own."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._local = threading.local()
        self._readers: list[database.Reader] = []
        self._readers_lock = threading.Lock()
        self._closed = False
        self._origins: dict[int, Origin] = {}
        """Row ids of the origins, as far as entries of them were read."""

    def entries(
        self, origin: Origin, lane: int, after: int, *, max_bytes: int = 2**20
    ) -> list[Entry]:
        """Return entries of one lane behind *after*, at least one, else up to *max_bytes*."""
        sql = (
            f"{_ENTRY} where origin = (select id from origin where node = ? and epoch = ?)"  # noqa: S608
            " and lane = ? and seq > ? order by seq"
        )
        return self._entries(sql, (origin.node, origin.epoch, lane, after), max_bytes)

    def follow(self, position: int, *, max_bytes: int = 4 * 2**20) -> list[Entry]:
        """Return entries of all origins behind *position*, in the order of their commits."""
        sql = f"{_ENTRY} where position > ? order by position"
        return self._entries(sql, (position,), max_bytes)

    def at(self, positions: list[int]) -> list[Entry]:
        """Return the entries at *positions* that are still kept, in order."""
        marks = ",".join("?" * len(positions))
        sql = f"{_ENTRY} where position in ({marks}) order by position"
        return self._entries(sql, tuple(positions), 2**40)

    def seals(self, origin: Origin, lane: int, lo: int, hi: int) -> dict[int, tuple[int, bytes]]:
        """Return number → generation and hash of the entries *lo* to *hi* that are kept."""
        return self._read(
            "select seq, generation, hash from entry where lane = ? and seq between ? and ?"
            " and origin = (select id from origin where node = ? and epoch = ?)",
            (lane, lo, hi, origin.node, origin.epoch),
            lambda rows: {seq: (generation, seal) for seq, generation, seal in rows},
        )

    def came(self, entry: Entry) -> tuple[int, bytes]:
        """
        Return generation and hash under which *entry* came from its node.

        They are not its own where something in it was erased here since.
        """
        rows = self.read("select generation, hash from came where position = ?", (entry.position,))
        for generation, seal in rows:
            assert isinstance(generation, int)
            assert isinstance(seal, bytes)
            return generation, seal
        return entry.generation, entry.hash

    def head(self, origin: Origin, lane: int) -> int:
        """Return the newest sequence number given in a lane, 0 before the first."""
        return self._number(
            "select seq from head where lane = ? and origin ="
            " (select id from origin where node = ? and epoch = ?)",
            (lane, origin.node, origin.epoch),
        )

    def tail(self, origin: Origin, lane: int) -> int:
        """Return the oldest sequence number still kept in a lane, head + 1 when none is."""
        oldest = self._number(
            "select min(seq) from entry where lane = ? and origin ="
            " (select id from origin where node = ? and epoch = ?)",
            (lane, origin.node, origin.epoch),
        )
        return oldest or self.head(origin, lane) + 1

    def cursor(self, name: str, origin: Origin, lane: int) -> int:
        """Return how far the reader *name* of a lane has come."""
        return self._number(
            "select seq from cursor where name = ? and lane = ? and origin ="
            " (select id from origin where node = ? and epoch = ?)",
            (name, lane, origin.node, origin.epoch),
        )

    def gaps(self, origin: Origin, lane: int, after: int = 0) -> list[Gap]:
        """Return the declared gaps of a lane that end behind *after*."""
        return self._read(
            "select g.lo, g.hi, g.why, g.at from gap g join origin o on o.id = g.origin"
            " where o.node = ? and o.epoch = ? and g.lane = ? and g.hi > ? order by g.lo",
            (origin.node, origin.epoch, lane, after),
            lambda rows: [Gap(origin, lane, *row) for row in rows],
        )

    def read(self, sql: str, arguments: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
        """Return the rows of a query of the owner's own tables, as last committed."""
        return self._read(sql, arguments, sqlite3.Cursor.fetchall)

    def close(self) -> None:
        """End what is being asked, and close. Harmless when repeated."""
        with self._readers_lock:
            self._closed = True
            while self._readers:
                self._readers.pop().close()

    def _read(
        self, sql: str, arguments: tuple[object, ...], take: Callable[[sqlite3.Cursor], T]
    ) -> T:
        reader: database.Reader | None = getattr(self._local, "reader", None)
        if reader is None:
            reader = self._local.reader = database.Reader(self.path)
            with self._readers_lock:
                self._readers.append(reader)
                if self._closed:
                    reader.close()
        return reader.ask(sql, arguments, take)

    def _entries(self, sql: str, arguments: tuple[object, ...], max_bytes: int) -> list[Entry]:
        rows = self._read(sql, arguments, partial(_up_to, max_bytes))
        if any(row[0] not in self._origins for row in rows):
            found = self.read("select id, node, epoch from origin")
            self._origins = {row[0]: Origin(*row[1:]) for row in found}  # type: ignore[misc,arg-type]
        origins = self._origins
        return [Entry(origins[origin], *fields) for origin, *fields in rows]

    def _number(self, sql: str, arguments: tuple[object, ...]) -> int:
        row = self._read(sql, arguments, sqlite3.Cursor.fetchone)
        return int(row[0]) if row and row[0] is not None else 0


@contextlib.contextmanager
def beside(path: Path) -> Iterator[Reading]:
    """
    Read the journal at *path* whether or not a process has it open, and close it again.

    Raises :class:`Unreadable`, also where a question asked meanwhile fails.
    """
    if not path.exists():
        raise Unreadable(f"there is no journal {path}: is this the folder of a node that ran?")
    reading = Reading(path)
    try:
        yield reading
    except sqlite3.Error as error:
        raise Unreadable(
            f"{path} cannot be read: {error}; `flowback journal verify` says more"
        ) from error
    finally:
        reading.close()


def _up_to(max_bytes: int, rows: sqlite3.Cursor) -> list[Any]:
    found: list[Any] = []
    size = 0
    for row in rows:
        size += len(row[_BODY])
        if found and size > max_bytes:
            break
        found.append(row)
    rows.close()
    return found
