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
from typing import TypeVar

from edge.errors import FlowbackError
from edge.journal import database
from edge.journal.entry import Entry, Gap, Origin

T = TypeVar("T")

_COLUMNS = "e.position, e.lane, e.seq, e.generation, e.count, e.at, e.hash, e.body"


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

    def entries(
        self, origin: Origin, lane: int, after: int, *, max_bytes: int = 2**20
    ) -> list[Entry]:
        """Return entries of one lane behind *after*, at least one, else up to *max_bytes*."""
        return self._read(
            f"select o.node, o.epoch, {_COLUMNS} from entry e join origin o on o.id = e.origin"  # noqa: S608
            " where o.node = ? and o.epoch = ? and e.lane = ? and e.seq > ? order by e.seq",
            (origin.node, origin.epoch, lane, after),
            partial(_up_to, max_bytes),
        )

    def follow(self, position: int, *, max_bytes: int = 4 * 2**20) -> list[Entry]:
        """Return entries of all origins behind *position*, in the order of their commits."""
        return self._read(
            f"select o.node, o.epoch, {_COLUMNS} from entry e join origin o on o.id = e.origin"  # noqa: S608
            " where e.position > ? order by e.position",
            (position,),
            partial(_up_to, max_bytes),
        )

    def at(self, positions: list[int]) -> list[Entry]:
        """Return the entries at *positions* that are still kept, in order."""
        marks = ",".join("?" * len(positions))
        return self._read(
            f"select o.node, o.epoch, {_COLUMNS} from entry e join origin o on o.id = e.origin"  # noqa: S608
            f" where e.position in ({marks}) order by e.position",
            tuple(positions),
            partial(_up_to, 2**40),
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


def _up_to(max_bytes: int, rows: sqlite3.Cursor) -> list[Entry]:
    found: list[Entry] = []
    size = 0
    for node, epoch, position, lane, seq, generation, count, at, digest, body in rows:
        size += len(body)
        if found and size > max_bytes:
            break
        found.append(
            Entry(Origin(node, epoch), lane, seq, count, at, digest, body, generation, position)
        )
    rows.close()
    return found
