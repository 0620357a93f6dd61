"""
The running hub's part of a backup: nobody else can read the analytics file meanwhile.

The command leaves a file that says that a copy is wanted; the hub makes it beside its own
file and says so in another. Ticks wait for the copy; the inbox keeps what comes.
"""

import threading
from pathlib import Path
from typing import Protocol

import msgspec
import structlog

from edge.errors import FlowbackError
from edge.keys import files

log = structlog.get_logger(__name__)

WANTED = "backup.wanted"
MADE = "backup.made"
COPY = "analytics.copy"
EVERY = 0.25


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What the command asks."""

    name: str


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """What the hub answers: a problem, or nothing where the copy is there."""

    name: str
    problem: str = ""


class Copies(Protocol):
    """A store that can be copied while it is open."""

    def copy(self, path: Path) -> None:
        """Write all that is committed to a new file at *path*."""
        ...


class BackupDesk:
    """Makes copies of *store* when one is wanted in *folder*."""

    def __init__(self, folder: Path, store: Copies) -> None:
        self._folder, self._store = folder, store
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hub-backup", daemon=True)
        (folder / COPY).unlink(missing_ok=True)  # of a command that was cut off

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """End it. Harmless when repeated."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def step(self) -> bool:
        """Make a copy if one is wanted; return whether one was."""
        path = self._folder / WANTED
        if not path.exists():
            return False
        wanted, problem = files.load(path, Wanted, secret=False), ""
        try:
            self._store.copy(self._folder / COPY)
        except FlowbackError as error:
            problem = str(error)
        log.info("the analytics are copied for a backup", problem=problem or None)
        path.unlink(missing_ok=True)
        files.save(self._folder / MADE, Made(name=wanted.name, problem=problem))
        return True

    def _run(self) -> None:
        while not self._stopping.wait(EVERY):
            try:
                self.step()
            except Exception:
                log.exception("a backup could not be served")
                (self._folder / WANTED).unlink(missing_ok=True)
