"""
One way to open an SQLite file, since only ``journal_mode`` persists in it.

Every other pragma holds for one connection and is set on each
(edge-and-link.md, appendix B).
"""

import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from edge.errors import FlowbackError

T = TypeVar("T")

PAGE_BYTES = 4096
WAL_LIMIT = 16 * 2**20  # bytes to which the write-ahead log shrinks after a checkpoint
CHECKPOINT, BULK_CHECKPOINT = 1000, WAL_LIMIT // PAGE_BYTES
"""
Pages in the write-ahead log at which a commit empties it into the file: SQLite's default, and
four times as many where a drain writes a page in several commits and nobody waits for an answer.
"""
CACHE, BULK_CACHE = 16_000, 2_000
"""
KiB of pages kept in memory. Where nearly all are new and soon on disk, few stay in the
processor's own cache, and a commit costs a tenth less.
"""

_MOST_PAGES = 1_073_741_823  # SQLite's own default
READ_PATIENCE = 60.0
"""Seconds that one question of a reader may take."""


class JournalUnavailable(FlowbackError):
    """The journal cannot be written now. What was not acknowledged is not stored; try again."""


class JournalNotWritable(FlowbackError):
    """The data folder cannot be written. Choose another with --data, or change its owner."""


def open_writer(path: Path, *, max_bytes: int = 0, bulk: bool = False) -> sqlite3.Connection:
    """
    Return the one connection that writes to and checkpoints *path*.

    Every commit reaches the disk before it returns (``synchronous=full``).
    *max_bytes* bounds the file; 0 leaves it unbounded. *bulk* suits one that is appended to in
    large pieces. Raises :class:`JournalNotWritable`.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        connection = sqlite3.connect(
            path, isolation_level=None, check_same_thread=False, cached_statements=256
        )
        _set(connection, "journal_mode=wal", "synchronous=full")
        _set(connection, f"wal_autocheckpoint={BULK_CHECKPOINT if bulk else CHECKPOINT}")
        _set(connection, f"cache_size=-{BULK_CACHE if bulk else CACHE}")
        _set(connection, f"journal_size_limit={WAL_LIMIT}", "foreign_keys=off", "mmap_size=0")
        _set(connection, "trusted_schema=off", "cell_size_check=on")
        _set(connection, "temp_store=memory")  # what may be undone lies in no other file
        _set(connection, "secure_delete=on")  # what is erased leaves no bytes in free pages
        bound(connection, max_bytes)
        path.chmod(0o600)
    except (OSError, sqlite3.OperationalError) as error:
        raise JournalNotWritable(f"{path.parent} cannot be written: {error}") from error
    return connection


def bound(connection: sqlite3.Connection, max_bytes: int) -> None:
    """Let the file of *connection* grow to *max_bytes*, never below what it has; 0: unbounded."""
    pages = max_bytes // PAGE_BYTES if max_bytes else _MOST_PAGES
    _set(connection, f"max_page_count={pages}")


def open_reader(path: Path) -> sqlite3.Connection:
    """Return a connection to *path* that can neither write nor checkpoint."""
    connection = sqlite3.connect(
        f"file:{path}?mode=ro", uri=True, isolation_level=None, check_same_thread=False
    )
    _set(connection, "query_only=on", "wal_autocheckpoint=0", "mmap_size=0")
    _set(connection, "trusted_schema=off", "busy_timeout=5000")
    return connection


class Reader:
    """
    A reading connection of one thread, whose questions end after *patience* seconds.

    A reader that goes on for long keeps the write-ahead log from being emptied
    (edge-and-link.md, appendix B), so it gets ``sqlite3.OperationalError: interrupted``.
    """

    def __init__(self, path: Path, *, patience: float = READ_PATIENCE) -> None:
        self._connection = open_reader(path)
        self._patience = patience
        self._until = 0.0
        self._asking = threading.Lock()
        self._closed = False
        self._connection.set_progress_handler(self._is_over, 100_000)

    def ask(
        self, sql: str, arguments: tuple[object, ...], take: Callable[[sqlite3.Cursor], T]
    ) -> T:
        """Ask *sql* and return what *take* makes of the rows; the time runs from now on."""
        with self._asking:
            self._until = time.monotonic() + self._patience
            return take(self._connection.execute(sql, arguments))

    def close(self) -> None:
        """End the question that is asked, if there is one, and close. For any thread."""
        self._closed = True
        with self._asking:
            self._connection.close()

    def _is_over(self) -> bool:
        return self._closed or time.monotonic() > self._until


def _set(connection: sqlite3.Connection, *pragmas: str) -> None:
    for pragma in pragmas:
        connection.execute(f"pragma {pragma}")
