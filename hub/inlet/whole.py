"""Is the hub's inbox whole? Looked at when the hub starts, as an edge looks at its journal."""

import logging
import sqlite3
import threading
from pathlib import Path

from edge.errors import FlowbackError
from edge.journal.check import LIMIT, Check
from edge.journal.journal import Journal
from hub.inlet.inbox import open_inbox

REMEDY = (
    "stop the hub, put inbox.db and analytics.duckdb of the newest backup in their place, or"
    " move both aside, and start it again: its edges send what it lacks, as far as they keep it"
)

log = logging.getLogger(__name__)


class InboxDamaged(FlowbackError):
    """The inbox cannot be trusted. Put a backup in its place; the message says how."""


def open_whole(path: Path, *, node: str, patience: float = LIMIT) -> "tuple[Journal, Whole]":
    """
    Open or make the inbox at *path*, looking whether it is whole.

    Raises :class:`InboxDamaged`, and what :func:`~hub.inlet.inbox.open_inbox` does.
    """
    whole = Whole(path, patience=patience)
    try:
        return open_inbox(path, node=node), whole
    except sqlite3.OperationalError:
        whole.close()
        raise
    except sqlite3.DatabaseError as error:  # the look had not come to its end
        whole.close()
        raise InboxDamaged(_words(path, str(error))) from error


class Whole:
    """
    A check of the inbox at *path*, by a process of its own.

    One that ends within *patience* seconds stops a start: raises :class:`InboxDamaged`.
    A large file is checked to its end while the hub runs, and :meth:`problem` tells.
    """

    def __init__(self, path: Path, *, patience: float = LIMIT) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._check = Check(path) if path.exists() else None
        self._problem: str | None = None
        self._hear(patience)
        if self._problem is not None:
            raise InboxDamaged(self._problem)

    def problem(self) -> str | None:
        """Return what is wrong, None where nothing is or the check goes on. For any thread."""
        if self._hear(0.0):
            log.error("%s", self._problem)
        return self._problem

    def close(self) -> None:
        """End a check that goes on. Harmless when repeated."""
        with self._lock:
            if self._check is not None:
                self._check.close()
            self._check = None

    def _hear(self, seconds: float) -> bool:
        """Take the verdict once there is one; return whether it is a bad one."""
        with self._lock:
            if self._check is None:
                return False
            verdict = self._check.wait(seconds)
            if verdict.whole is None:
                return False
            self._check.close()
            self._check = None
            if verdict.whole is False:
                self._problem = _words(self._path, verdict.says)
            return not verdict.whole


def _words(path: Path, says: str) -> str:
    return f"{path} is damaged ({says}): {REMEDY}"
