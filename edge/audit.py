"""
Who changed what: an append-only log in which each row seals the one before it.

A row that is edited, deleted or moved breaks the chain at its place; rows cut off at the
end are missed by ``audit.head``, which names the last row, and by the mark that a running
edge keeps of it in its journal. Rows name no visitor.
"""

import contextlib
import fcntl
import getpass
import hashlib
import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edge.errors import FlowbackError

NAME = "audit.log"
HEAD = "audit.head"
_LOCK = "audit.lock"
_FIRST = "0" * 64
"""What the first row seals."""
_TAIL = 2**16
"""Bytes at the end of the file in which its last row is looked for first; doubled until found."""


_UNREADABLE = ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError
"""What comes of JSON that is no row: broken, of another shape, endless or too deep."""


class AuditUnavailable(FlowbackError):
    """The audit log cannot be written. Free some disk space, or change the folder's owner."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """The last row, as it is kept outside the log."""

    n: int
    hash: str


@dataclass(slots=True)
class Report:
    """What a check found."""

    rows: int = 0
    last: Anchor = field(default_factory=lambda: Anchor(0, _FIRST))
    problems: list[str] = field(default_factory=list)
    """Each begins with the row's place in the file, the first is where the chain breaks."""


class AuditLog:
    """The log in *folder*. Any process may write; rows of several do not mix."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
        self._head = folder / HEAD
        self._lock = folder / _LOCK

    def write(self, what: str, **about: Any) -> Anchor:
        """
        Add a row that says *what* happened, and return it as an anchor, once it is on disk.

        *about* are plain values and never a secret or a visitor's id. Raises
        :class:`AuditUnavailable`.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with self._locked():
                last, torn = self._last()
                row = {
                    "n": last.n + 1,
                    "at": int(time.time() * 1000),
                    "who": _who(),
                    "what": what,
                    "about": {**about, **({"torn_bytes": torn} if torn else {})},
                    "prev": last.hash,
                }
                anchor = Anchor(last.n + 1, _hash(row))
                self._append({**row, "hash": anchor.hash}, torn)
                self._anchor(anchor)
        except OSError as error:
            raise AuditUnavailable(f"{self.path} cannot be written: {error.strerror}") from error
        return anchor

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield every row that can be read, as it stands."""
        for line in self._lines():
            with contextlib.suppress(ValueError, RecursionError):
                yield json.loads(line)

    def head(self) -> Anchor | None:
        """Return the last row as ``audit.head`` names it, None where there is none."""
        try:
            found = json.loads(self._head.read_text())
            return Anchor(int(found["n"]), str(found["hash"]))
        except (OSError, *_UNREADABLE):
            return None

    def verify(self, *anchors: Anchor | None) -> Report:
        """Go through all rows; *anchors* are rows that must be there, known from elsewhere."""
        report = Report()
        hashes = {0: _FIRST}
        for place, line in enumerate(self._lines(), 1):
            report.rows = place
            trouble = _trouble(line, report.last)
            if trouble:
                report.problems.append(f"row {place}: {trouble}")
            report.last = _seal_of(line, place)
            hashes[place] = report.last.hash
        if self._head.exists() or report.rows:
            report.problems += self._check_head(report)
        for anchor in anchors:
            if anchor is not None and hashes.get(anchor.n) != anchor.hash:
                report.problems.append(f"row {anchor.n}: it is not the one that the journal marks")
        return report

    def _check_head(self, report: Report) -> list[str]:
        head = self.head()
        if head is None:
            return [f"row {report.rows}: {HEAD} is missing or damaged, so the end is not certain"]
        if head.n > report.rows:
            return [f"row {report.rows + 1}: it and all behind it are missing, up to {head.n}"]
        # A process that ended between row and head leaves the head one behind.
        if head.n < report.rows - 1 or (head.n == report.rows and head != report.last):
            return [f"row {report.rows}: it is not the last row that {HEAD} names"]
        return []

    def _lines(self) -> list[bytes]:
        try:
            return self.path.read_bytes().splitlines()
        except FileNotFoundError:
            return []

    def _last(self) -> tuple[Anchor, int]:
        """Return the last whole row, and how many bytes of one that was cut off follow it."""
        try:
            size = self.path.stat().st_size
        except FileNotFoundError:
            return Anchor(0, _FIRST), 0
        window = _TAIL
        with self.path.open("rb") as file:
            while True:
                file.seek(max(0, size - window))
                whole, newline, rest = file.read().rpartition(b"\n")
                _, before, line = whole.rpartition(b"\n")
                if before or window >= size:
                    break
                window *= 2
        return (_seal_of(line, 0) if newline else Anchor(0, _FIRST)), len(rest)

    def _append(self, row: dict[str, Any], torn: int) -> None:
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "r+b") as file:
            file.seek(-torn, os.SEEK_END)
            file.truncate()  # the beginning of a row of which nobody was told
            file.write(_canonical(row) + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def _anchor(self, anchor: Anchor) -> None:
        partial = self._head.with_suffix(".partial")
        with partial.open("w") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(json.dumps({"n": anchor.n, "hash": anchor.hash}) + "\n")
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self._head)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        handle = os.open(self._lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def _trouble(line: bytes, last: Anchor) -> str:
    """Return what is wrong with *line* behind *last*, empty where nothing is."""
    try:
        row = json.loads(line)
        seal = row.pop("hash")
        n, prev = row["n"], row["prev"]
    except _UNREADABLE:
        return "it cannot be read"
    if _hash(row) != seal or _canonical({**row, "hash": seal}) != line:
        return "it was changed"
    if n != last.n + 1 or prev != last.hash:
        return f"it says it is row {n}, and does not follow the one before it"
    return ""


def _seal_of(line: bytes, place: int) -> Anchor:
    try:
        row = json.loads(line)
        return Anchor(int(row["n"]), str(row["hash"]))
    except _UNREADABLE:
        return Anchor(place, "")


def _canonical(row: dict[str, Any]) -> bytes:
    return json.dumps(row, sort_keys=True, separators=(",", ":")).encode()


def _hash(row: dict[str, Any]) -> str:
    """Return the BLAKE2b-256 that seals *row*, in hex."""
    return hashlib.blake2b(_canonical(row), digest_size=32).hexdigest()


def _who() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return f"uid {os.getuid()}"
