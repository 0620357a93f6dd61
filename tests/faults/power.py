"""
A power loss, at any moment: a recorder under SQLite notes each write and each sync of a journal's
two files, and any state that a disk may be left in is put together from that.

It takes the place of SQLite's own methods of the file objects, like ``failing_sync``. What
was written since a file's last sync may be there, in part or not at all, in any order, and
torn inside a page: the disk writes sectors. What was synced before is there. That the disk tells
the truth about its sync, and that a directory's entries last, is believed.
"""

import _sqlite3
import ctypes
import random
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path

SECTOR = 512
_MAIN, _LOG = 7, 28  # SQLITE_FCNTL_FILE_POINTER, SQLITE_FCNTL_JOURNAL_POINTER
_METHODS = 19  # a version number and 18 functions, sqlite3_io_methods version 3
_WRITE, _TRUNCATE, _SYNC = 3, 4, 5
_Write = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_int64
)
_Truncate = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int64)
_Sync = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int)

_library = ctypes.CDLL(getattr(_sqlite3, "__file__", None))
_library.sqlite3_file_control.argtypes = [
    *(ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_void_p)
]


@dataclass(frozen=True, slots=True)
class Step:
    """What happened to a file, or that somebody was promised something."""

    what: str
    """write, truncate, sync or promise."""
    file: str = ""
    """Empty for the journal, ``-wal`` for its log."""
    at: int = 0
    data: bytes = b""


@dataclass
class Recorder:
    """The files as they were when it was put under a connection, and every step since."""

    steps: list[Step] = field(default_factory=list)
    base: dict[str, bytes] = field(default_factory=dict)
    _kept: list[object] = field(default_factory=list)  # C holds pointers to them

    def put_under(self, connection: sqlite3.Connection, path: Path) -> None:
        """Record from now on what *connection* does to the journal at *path*."""
        connection.execute("pragma wal_checkpoint(truncate)").fetchall()
        connection.execute("select count(*) from sqlite_schema").fetchone()  # opens the log
        for name, code in (("", _MAIN), ("-wal", _LOG)):
            part = path.with_name(path.name + name)
            self.base[name] = part.read_bytes() if part.exists() else b""
            self._take_over(connection, name, code)

    def promise(self, number: int) -> None:
        """Note that somebody now relies on *number*."""
        self.steps.append(Step("promise", at=number))

    @property
    def barriers(self) -> list[int]:
        """Return where in the steps a sync was."""
        return [place for place, step in enumerate(self.steps) if step.what == "sync"]

    def promised(self, end: int) -> set[int]:
        """Return what was promised before step *end*."""
        return {step.at for step in self.steps[:end] if step.what == "promise"}

    def left(self, end: int, rng: random.Random, *, keep: float) -> dict[str, bytes]:
        """
        Return the files as a power loss before step *end* may leave them.

        Of what was not synced each sector is on the disk with the probability *keep*.
        """
        return {name: self._file(name, end, rng, keep) for name in self.base}

    def _file(self, name: str, end: int, rng: random.Random, keep: float) -> bytes:
        mine = [step for step in self.steps[:end] if step.file == name and step.what != "promise"]
        last = max((place for place, step in enumerate(mine) if step.what == "sync"), default=-1)
        image = bytearray(self.base[name])
        for step in mine[: last + 1]:
            _apply(image, step)
        for step in mine[last + 1 :]:
            if step.what == "truncate":
                if rng.random() < keep:
                    _apply(image, step)
                continue
            for start in range(0, len(step.data), SECTOR):
                if rng.random() < keep:
                    piece = step.data[start : start + SECTOR]
                    _apply(image, Step("write", name, step.at + start, piece))
        return bytes(image)

    def _take_over(self, connection: sqlite3.Connection, name: str, code: int) -> None:
        file = ctypes.c_void_p()
        # A connection object begins with its header of two words, then the sqlite3 pointer.
        handle = ctypes.c_void_p.from_address(id(connection) + object.__basicsize__)
        rc = _library.sqlite3_file_control(handle, b"main", code, ctypes.byref(file))
        assert (rc, bool(file.value)) == (0, True), "this build of SQLite gives out no file"
        table = ctypes.cast(file, ctypes.POINTER(ctypes.POINTER(ctypes.c_void_p)))
        methods = (ctypes.c_void_p * _METHODS)(*(table[0][at] for at in range(_METHODS)))
        real_write = _Write(methods[_WRITE] or 0)
        real_truncate = _Truncate(methods[_TRUNCATE] or 0)
        real_sync = _Sync(methods[_SYNC] or 0)

        def write(which: int, data: int, size: int, at: int) -> int:
            self.steps.append(Step("write", name, at, ctypes.string_at(data, size)))
            return int(real_write(which, data, size, at))

        def truncate(which: int, size: int) -> int:
            self.steps.append(Step("truncate", name, size))
            return int(real_truncate(which, size))

        def sync(which: int, flags: int) -> int:
            done = int(real_sync(which, flags))
            self.steps.append(Step("sync", name))
            return done

        mine = _Write(write), _Truncate(truncate), _Sync(sync)
        for place, function in zip((_WRITE, _TRUNCATE, _SYNC), mine, strict=True):
            methods[place] = ctypes.cast(function, ctypes.c_void_p).value
        table[0] = ctypes.cast(methods, ctypes.POINTER(ctypes.c_void_p))
        self._kept += [mine, methods]


def _apply(image: bytearray, step: Step) -> None:
    if step.what == "truncate":
        del image[step.at :]
    elif step.what == "write":
        if len(image) < step.at:
            image.extend(bytes(step.at - len(image)))
        image[step.at : step.at + len(step.data)] = step.data
