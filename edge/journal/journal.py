"""
The journal: an append-only log of entries with cursors, in one SQLite file.

The edge's outbox and the hub's inbox are both one of these. All writing goes
through :meth:`Journal.submit` or :meth:`Journal.write`; what is written there is
on disk when the future ends.
"""

import asyncio
import logging
import secrets
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import Future
from importlib import resources
from pathlib import Path
from typing import TypeVar

from edge.errors import FlowbackError
from edge.events.codec import Packer
from edge.journal import database
from edge.journal.entry import Origin
from edge.journal.migrate import SCHEMA, upgrade
from edge.journal.reading import Reading
from edge.journal.transaction import LANES, Transaction
from edge.journal.writer import Waiting, Writer, fail
from edge.latencies import Latencies

T = TypeVar("T")

log = logging.getLogger(__name__)


class WrongNode(FlowbackError):
    """The journal belongs to another node. Point --data at that node's own folder."""


class Journal(Reading):
    """
    One node's log. Open it with :meth:`open`, end it with :meth:`close`.

    ``submit`` and ``write`` may be called from any thread or loop; a work gets a
    :class:`Transaction` on the writer thread and must not keep it.
    """

    def __init__(
        self,
        path: Path,
        connection: sqlite3.Connection,
        own: Origin,
        *,
        max_bytes: int = 0,
        bulk: bool = False,
    ) -> None:
        super().__init__(path)
        self.own = own
        """This node's current origin."""
        self.heads = _heads(connection, own)
        """Lane → number of this node's newest entry in it, as last committed."""
        self.commits = 0
        """Commits since it was opened."""
        self.latencies = Latencies()
        """How long they took."""
        self.failures = 0
        """Commits that failed since it was opened."""
        self.trouble = ""
        """Why the last commit failed, empty where it did not."""
        self._max_bytes = max_bytes
        self._bulk = bulk
        self._connection = connection
        self._packer = Packer()
        self._callbacks: list[Callable[[], None]] = []
        self._on_rollback: list[Callable[[], None]] = []
        self._on_settled: list[Callable[[], None]] = []
        self._writer = Writer(self._commit, self._settled, name=f"journal-{path.stem}")

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        node: str,
        schema: str = "",
        max_bytes: int = 0,
        bulk: bool = False,
    ) -> "Journal":
        """
        Open or make the journal of *node* at *path*; *schema* adds tables of its owner.

        *max_bytes* and *bulk* are :func:`~edge.journal.database.open_writer`'s.
        Raises :class:`~edge.journal.database.JournalNotWritable` and :class:`WrongNode`.
        """
        connection = database.open_writer(path, max_bytes=max_bytes, bulk=bulk)
        upgrade(connection, path)
        connection.executescript(base_schema() + schema)
        own = _own_origin(connection, node)
        return cls(path, connection, own, max_bytes=max_bytes, bulk=bulk)

    def submit(self, work: Callable[[Transaction], T]) -> "Future[T]":
        """Run *work* in the next commit; the future ends when it is on disk. For threads."""
        return self._writer.submit(work)

    def write(self, work: Callable[[Transaction], T]) -> "asyncio.Future[T]":
        """Run *work* in the next commit; the future ends when it is on disk. For loops."""
        return self._writer.write(work)

    def limit(self, max_bytes: int) -> None:
        """Bound the file to *max_bytes* from the next commit on; 0 leaves it unbounded."""
        if max_bytes == self._max_bytes:
            return
        self._max_bytes = max_bytes
        self.submit(lambda tx: database.bound(tx.connection, max_bytes))

    @property
    def queued(self) -> int:
        """Works that wait for a commit."""
        return self._writer.queued

    def on_commit(self, callback: Callable[[], None]) -> None:
        """Call *callback* on the writer thread after each commit; it must not block."""
        self._callbacks.append(callback)

    def on_settled(self, callback: Callable[[], None]) -> None:
        """Call *callback* on the writer thread when the futures of a commit, or of one that
        failed, have ended; it must not block.
        """
        self._on_settled.append(callback)

    def on_rollback(self, callback: Callable[[], None]) -> None:
        """Call *callback* on the writer thread when a commit failed: caches are stale."""
        self._on_rollback.append(callback)

    def close(self) -> None:
        """Finish what is queued, checkpoint and close. Harmless when repeated."""
        self._writer.close()
        super().close()
        self._connection.close()

    def _commit(self, works: list[Waiting]) -> None:
        connection = self._connection
        started = time.perf_counter()
        try:
            connection.execute("begin immediate")
            transaction = Transaction(connection, self.own, self._packer)
            for waiting in works:
                _attempt(transaction, waiting)
            transaction.finish(now=int(time.time() * 1000))
            connection.execute("commit")
        except (sqlite3.Error, FlowbackError, OSError) as error:
            log.warning("commit failed: %s", error)
            self._failed(works, error)
            return
        except Exception as error:
            log.exception("commit failed by what nobody thought of")
            self._failed(works, error)
            return
        self.latencies.note(time.perf_counter() - started)
        self.commits += 1
        if self.trouble and connection.total_changes:
            self.trouble = ""  # the connection is new, and something was written through it
        self.own = transaction.own
        self.heads.update(transaction.sealed)
        if transaction.checkpoint:
            self._checkpoint()
        for callback in self._callbacks:
            callback()

    def _failed(self, works: list[Waiting], error: Exception) -> None:
        self.failures += 1
        self.trouble = str(error) or type(error).__name__
        self._recover()
        fail(works, error)

    def _settled(self) -> None:
        for callback in self._on_settled:
            callback()

    def _checkpoint(self) -> None:
        """Empty the write-ahead log into the file; a reader that holds it is not waited for."""
        try:
            self._connection.execute("pragma busy_timeout = 50")
            self._connection.execute("pragma wal_checkpoint(truncate)").fetchall()
            self._connection.execute("pragma busy_timeout = 5000")
        except sqlite3.Error as error:
            log.warning("the write-ahead log stays as it is: %s", error)

    def _recover(self) -> None:
        """
        Roll back, open the file anew and read what it holds.

        After an I/O error in fsync the outcome is unknown and the old connection's
        view may differ from the file (edge-and-link.md, appendix B).
        """
        for callback in self._on_rollback:
            callback()
        try:
            if self._connection.in_transaction:
                self._connection.execute("rollback")
            self._connection.close()
        except sqlite3.Error as error:
            log.warning("the old connection could not be closed: %s", error)
        try:
            self._connection = database.open_writer(
                self.path, max_bytes=self._max_bytes, bulk=self._bulk
            )
            self.own = _own_origin(self._connection, self.own.node)
            self.heads = _heads(self._connection, self.own)
        except (FlowbackError, sqlite3.Error) as error:
            log.warning("the journal could not be opened again: %s", error)


def base_schema() -> str:
    """Return the tables that every journal has, as SQL."""
    return resources.files("edge.journal").joinpath("schema.sql").read_text()


def _attempt(transaction: Transaction, waiting: Waiting) -> None:
    """Run one work so that its failure undoes only itself."""
    mark = transaction.mark()
    try:
        waiting.result = waiting.work(transaction)
        transaction.release()
    except sqlite3.OperationalError:
        raise  # a full or broken disk concerns the whole commit
    except Exception as error:  # noqa: BLE001 - whatever a work raises is its caller's to see
        transaction.undo(mark)
        waiting.error = error


def _own_origin(connection: sqlite3.Connection, node: str) -> Origin:
    meta = dict(connection.execute("select key, value from meta").fetchall())
    if not meta:
        meta = {"node": node, "epoch": secrets.randbits(63), "position": 0, "schema": SCHEMA}
        connection.executemany("insert into meta values (?, ?)", meta.items())
    if meta["node"] != node:
        raise WrongNode(f"the journal belongs to node {meta['node']}, not to {node}")
    return Origin(node, meta["epoch"])


def _heads(connection: sqlite3.Connection, own: Origin) -> dict[int, int]:
    rows = connection.execute(
        "select h.lane, h.seq from head h join origin o on o.id = h.origin"
        " where o.node = ? and o.epoch = ?",
        (own.node, own.epoch),
    )
    return dict.fromkeys(LANES, 0) | dict(rows.fetchall())
