"""
A second witness of how far the journal had come.

SQLite reports a log whose tail was lost as ``ok``: frames behind a damaged one are
dropped in silence (edge-and-link.md, appendix B). This file beside it is written after
each commit, so that a journal that falls short of it is noticed at the next start.
"""

import logging
import os
import struct
import threading
import zlib
from dataclasses import dataclass
from pathlib import Path

from edge.journal.transaction import LANES

NAME = "journal.high"
_SLOT = struct.Struct(f"<4sQ{len(LANES)}QQ")
_SEAL = struct.Struct("<I")
_APART = 512  # bytes between the two slots, so that a torn write harms one of them only

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a journal had come."""

    epoch: int
    heads: tuple[int, ...]
    """Newest number of each lane."""
    count: int = 0
    """Marks made before; the greater of two is the newer."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look at the file found."""

    mark: Mark | None
    """The newest whole mark."""
    trouble: str = ""
    """Why there is none, empty where there is one."""
    never: bool = False
    """Nothing was ever written: the file is missing or empty. One that was lost looks alike."""


def look(path: Path) -> Seen:
    """Return what *path* holds. Raises nothing: a file that cannot be read has no mark."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return Seen(None, "is missing", never=True)
    except OSError as error:
        return Seen(None, f"cannot be read ({error.strerror})")
    if not data:
        return Seen(None, "is empty", never=True)
    marks = [mark for at in (0, _APART) if (mark := _unpack(data[at:])) is not None]
    if not marks:
        return Seen(None, "is damaged")
    return Seen(max(marks, key=lambda mark: mark.count))


def read(path: Path) -> Mark | None:
    """Return the newest whole mark in *path*, None where there is none."""
    return look(path).mark


class HighWater:
    """The file while its journal is open. ``note`` is for the writer's thread."""

    def __init__(self, path: Path) -> None:
        last = read(path)
        self._count = last.count if last is not None else 0
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._noted: Mark | None = None
        self._synced = self._count
        self._syncing = threading.Lock()
        self._open = True
        self.failed = ""
        """Why the last mark could not be written, empty where it could."""

    def note(self, epoch: int, heads: tuple[int, ...]) -> None:
        """Write a mark where it differs from the last one; it is not waited for."""
        last = self._noted
        if last is not None and (last.epoch, last.heads) == (epoch, heads):
            return
        self._count += 1
        self._noted = Mark(epoch, heads, self._count)
        try:
            os.pwrite(self._file, _pack(self._noted), (self._count % 2) * _APART)
            self.failed = ""
        except OSError as error:
            if not self.failed:
                log.warning("the high-water mark cannot be written: %s", error)
            self.failed = str(error)

    def sync(self) -> None:
        """Put the marks so far on the disk. For any thread; costs nothing where none is new."""
        with self._syncing:
            count = self._count
            if self._open and count != self._synced:
                os.fsync(self._file)
                self._synced = count

    def close(self) -> None:
        """Sync and close. Harmless when repeated."""
        try:
            self.sync()
        finally:
            with self._syncing:
                if self._open:
                    self._open = False
                    os.close(self._file)


def _pack(mark: Mark) -> bytes:
    data = _SLOT.pack(b"FBHW", mark.epoch, *mark.heads, mark.count)
    return data + _SEAL.pack(zlib.crc32(data))


def _unpack(data: bytes) -> Mark | None:
    if len(data) < _SLOT.size + _SEAL.size or data[:4] != b"FBHW":
        return None
    (seal,) = _SEAL.unpack_from(data, _SLOT.size)
    if zlib.crc32(data[: _SLOT.size]) != seal:
        return None
    _, epoch, *heads, count = _SLOT.unpack_from(data)
    return Mark(epoch, tuple(heads), count)
