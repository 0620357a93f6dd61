"""
A file handed to the process that runs: the owner of the journal alone writes to it.

``in/`` holds files to take, ``done/`` what came of each, ``state/`` how far it is, and
``refused/`` what was dropped into ``in/`` by others and could not be taken. Whoever may
write in the data folder may hand over; nobody else.
"""

import contextlib
import json
import os
import secrets
import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import structlog

from edge.bundle import files
from edge.bundle.export import FOLDER
from edge.bundle.inspect import kind_of
from edge.errors import FlowbackError
from edge.journal.database import JournalUnavailable
from edge.lock import FolderInUse, held

SUFFIXES = (".fbx", ".fbr")
HAND = "hand-"
"""Begin of the names of files that a command handed over and waits for."""
LOOK = 0.2
"""Seconds between two looks of a command that waits."""
SILENCE = 10.0
"""Seconds without a sign after which it is asked whether the process still lives."""
KEPT = 50
"""Answers, and refused files, that are kept."""
_TELL = 0.25

On = Callable[[str, int, int], None]
"""What is done, bytes so far, bytes in all."""
Take = Callable[[Path, On], Mapping[str, Any]]
"""Takes a file; returns what came of it as plain data, raises FlowbackError to refuse it."""

log = structlog.get_logger(__name__)


class Refused(FlowbackError):
    """The process that runs refused the file. The message says why."""

    def __init__(self, answer: Mapping[str, Any]) -> None:
        super().__init__(str(answer["error"]))
        self.answer = answer


class Gone(FlowbackError):
    """The process that was to take the file ended first."""


class Spool:
    """The place beneath the data folder *data* where files are handed over."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._folder = data / FOLDER
        self._told = 0.0

    # The process that runs

    def take_all(self, take: Take) -> int:
        """Take what waits, the oldest name first; return how many files that were."""
        taken = 0
        for path in self._waiting():
            try:
                answer = dict(take(path, self._teller(path)))
            except JournalUnavailable as error:
                if not path.name.startswith(HAND):
                    log.warning("a bundle waits", file=path.name, why=str(error))
                    continue  # the disk is full: whoever dropped it will not come again
                answer = {"error": str(error), "why": "unavailable"}
            except FlowbackError as error:
                answer = {"error": str(error), "why": getattr(error, "why", "error")}
                self._refuse(path, str(error))
            except Exception as error:
                log.exception("a bundle could not be taken", file=path.name)
                answer = {"error": f"it could not be taken: {error}", "why": "error"}
                self._refuse(path, str(error))
            self._answer(path, answer)
            taken += 1
        return taken

    def _waiting(self) -> list[Path]:
        try:
            names = [
                path for path in (self._folder / "in").iterdir() if path.suffix.lower() in SUFFIXES
            ]
        except OSError:
            return []
        return sorted(names)

    def _answer(self, path: Path, answer: Mapping[str, Any]) -> None:
        if path.name.startswith(HAND) or "error" in answer:
            data = json.dumps(answer).encode()
            done = self._folder / "done"
            done.mkdir(parents=True, exist_ok=True, mode=0o700)
            files.write(done / f"{path.name}.json", data, mode=0o600)
        _keep_newest(self._folder / "done")
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
            (self._folder / "state" / f"{path.name}.json").unlink(missing_ok=True)

    def _refuse(self, path: Path, why: str) -> None:
        """Keep what nobody else may have; a command that handed a copy over has the file."""
        log.warning("a bundle is refused", file=path.name, why=why)
        if path.name.startswith(HAND):
            return
        refused = self._folder / "refused"
        with contextlib.suppress(OSError):
            refused.mkdir(exist_ok=True, mode=0o700)
            path.replace(refused / path.name)
            _keep_newest(refused)

    def _teller(self, path: Path) -> On:
        state = self._folder / "state" / f"{path.name}.json"

        def tell(step: str, done: int, total: int) -> None:
            now = time.monotonic()
            if now < self._told + _TELL:
                return
            self._told = now
            with contextlib.suppress(OSError):
                state.parent.mkdir(exist_ok=True, mode=0o700)
                fresh = state.with_suffix(".new")
                fresh.write_text(json.dumps([step, done, total]))
                fresh.replace(state)

        return tell

    # The command

    def hand_over(self, path: Path, on: On) -> Mapping[str, Any]:
        """
        Let the process that runs take a copy of *path*; return what came of it.

        Raises :class:`Refused`, :class:`Gone`, BadBundle where its name says that it is not
        finished, and what copying raises.
        """
        end = {"receipt": ".fbr", "entries": ".fbx"}[kind_of(path)]
        ticket = f"{HAND}{time.time_ns()}-{secrets.token_hex(4)}{end}"
        total = self._room_for(path)
        inbox = self._folder / "in" / ticket
        files.copy(path, inbox, lambda done: on("copying", done, total))
        self._own(inbox)
        return self._wait(ticket, on)

    def _room_for(self, path: Path) -> int:
        for name in ("", "in", "done", "state"):
            folder = self._folder / name
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._own(folder)
        with files.reading(path) as file:
            return os.fstat(file.fileno()).st_size

    def _wait(self, ticket: str, on: On) -> Mapping[str, Any]:
        done = self._folder / "done" / f"{ticket}.json"
        state = self._folder / "state" / f"{ticket}.json"
        seen, since = "", time.monotonic()
        while not done.exists():
            time.sleep(LOOK)
            with contextlib.suppress(OSError, ValueError):
                text = state.read_text()
                if text != seen:
                    seen, since = text, time.monotonic()
                    on(*json.loads(text))
            if time.monotonic() - since > SILENCE:
                since = time.monotonic()
                self._look_for_the_process(ticket)
        answer: Mapping[str, Any] = json.loads(done.read_bytes())
        done.unlink(missing_ok=True)
        if "error" in answer:
            raise Refused(answer)
        return answer

    def _look_for_the_process(self, ticket: str) -> None:
        with contextlib.suppress(FolderInUse), held(self._data):
            (self._folder / "in" / ticket).unlink(missing_ok=True)
            raise Gone("the process that runs here ended before it took the file; try again")

    def _own(self, path: Path) -> None:
        """Let the owner of the data folder have what root hands over."""
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            facts = self._data.stat()
            with contextlib.suppress(OSError):
                shutil.chown(path, facts.st_uid, facts.st_gid)


def _keep_newest(folder: Path) -> None:
    with contextlib.suppress(OSError):
        found = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime)
        for old in found[:-KEPT]:
            old.unlink(missing_ok=True)
