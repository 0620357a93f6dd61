"""
Making a backup, whether or not the hub runs.

The order is what makes the files fit together: the analytics first, then the inbox, which
holds all that they were made of and more, then the records with every tombstone that was
written until then.
"""

import contextlib
import os
import secrets
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import msgspec

from edge import VERSION
from edge.errors import FlowbackError
from edge.journal.database import open_reader
from edge.keys import files
from edge.lock import NAME as LOCK
from edge.lock import FolderInUse, held
from hub.backup import manifest as manifests
from hub.backup.desk import COPY, MADE, WANTED, Made, Wanted
from hub.backup.manifest import Manifest, Told
from hub.commands.folder import INBOX
from hub.stores.analytics.duck import DuckStore

ANALYTICS = "analytics.duckdb"
RECORDS = "records.sqlite"
PATIENCE = 20.0
"""Seconds in which a running hub must begin with the copy of its analytics."""
_PAGES = 2_000
_PRAGMAS = ("page_count", "page_size")
_SQLITE = b"SQLite format 3\0"
_LEFT_OUT = {LOCK, COPY, WANTED, MADE, ANALYTICS, manifests.NAME}
Done = Callable[[int], None]
"""Bytes of one file that are copied."""
_ENDS = ("-wal", "-shm", ".wal", ".new", ".partial", ".lock")


class CannotBackUp(FlowbackError):
    """No backup was made. The message says why; what was there before is as it was."""


def back_up(folder: Path, target: Path, told: Told = lambda _done, _total: None) -> Manifest:
    """
    Make a backup of the hub in *folder* as the new folder *target*.

    Raises :class:`CannotBackUp`, and then leaves nothing behind.
    """
    partial = target.with_name(target.name + ".partial")
    if target.exists():
        raise CannotBackUp(f"{target} is there already: name a new folder")
    shutil.rmtree(partial, ignore_errors=True)
    began = int(time.time() * 1000)
    try:
        partial.mkdir(parents=True, mode=0o700)
        _analytics(folder, partial / ANALYTICS)
        names = _names(folder)
        sizes = [_size(folder / name) for name in names]
        total, done = sum(sizes), 0
        for name, size in zip(names, sizes, strict=True):
            _copy(folder / name, partial / name, _behind(done, total, told))
            done += size
            told(done, total)
        made = _finish(partial, [ANALYTICS, *names], began)
        partial.rename(target)
        _sync(target.parent)
    except (OSError, sqlite3.Error) as error:
        raise CannotBackUp(f"{target} could not be made: {error}") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return made


def _behind(done: int, total: int, told: Told) -> Done:
    return lambda more: told(done + more, total)


def position_of(analytics: Path) -> int:
    """Return the inbox position that a copy of the analytics holds. Raises CannotBackUp."""
    try:
        with duckdb.connect(str(analytics), read_only=True) as file:
            rows = file.execute("select coalesce(max(position), 0) from positions").fetchall()
            return int(rows[0][0])
    except duckdb.Error as error:
        raise CannotBackUp(f"the copy of the analytics cannot be read: {error}") from error


def tip_of(inbox: Path) -> int:
    """Return the newest position of an inbox."""
    with contextlib.closing(open_reader(inbox)) as connection:
        rows = connection.execute("select value from meta where key = 'position'").fetchall()
        return int(rows[0][0]) if rows else 0


def _analytics(folder: Path, to: Path) -> None:
    try:
        with held(folder):
            store = DuckStore(folder / ANALYTICS)
            try:
                store.copy(folder / COPY)
            finally:
                store.close()
    except FolderInUse:
        _ask(folder)
    shutil.move(folder / COPY, to)


def _ask(folder: Path) -> None:
    """Let the running hub copy its analytics."""
    name, wanted, made = secrets.token_hex(8), folder / WANTED, folder / MADE
    made.unlink(missing_ok=True)
    files.save(wanted, Wanted(name=name))
    until = time.monotonic() + PATIENCE
    try:
        while True:
            if made.exists():
                found = files.load(made, Made, secret=False)
                if found.name == name:
                    break
            growing = any(folder.glob(f"{ANALYTICS}.new*"))
            if growing:
                until = time.monotonic() + PATIENCE
            if time.monotonic() > until:
                raise CannotBackUp(
                    f"the hub in {folder} makes no copy of its analytics: see its log"
                )
            time.sleep(0.05)
    finally:
        wanted.unlink(missing_ok=True)
        made.unlink(missing_ok=True)
    if found.problem:
        raise CannotBackUp(found.problem)


def _names(folder: Path) -> list[str]:
    """Return the files to copy: the inbox behind the small ones, the records last."""
    last = [name for name in ("agents.sqlite", INBOX, RECORDS) if (folder / name).exists()]
    found = []
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        left_out = name in _LEFT_OUT or name.endswith(_ENDS) or name.startswith("bundles" + os.sep)
        if path.is_file() and not path.is_symlink() and not left_out and name not in last:
            found.append(name)
    return [*found, *last]


def _is_database(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_SQLITE)) == _SQLITE


def _size(path: Path) -> int:
    """Return the bytes that a copy of *path* will have; what is in a log beside it counts too."""
    if not _is_database(path):
        return path.stat().st_size
    with contextlib.closing(open_reader(path)) as connection:
        pages, size = (connection.execute(f"pragma {name}").fetchone()[0] for name in _PRAGMAS)
        return int(pages) * int(size)


def _copy(source: Path, target: Path, told: Done) -> None:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if _is_database(source):
        _copy_database(source, target, told)
    else:
        shutil.copyfile(source, target)
    target.chmod(0o600)
    _sync(target)


def _copy_database(source: Path, target: Path, told: Done) -> None:
    with _snapshot(source) as connection, contextlib.closing(sqlite3.connect(target)) as copy:
        size = int(connection.execute("pragma page_size").fetchone()[0])

        def progress(_status: int, left: int, total: int) -> None:
            told((total - left) * size)

        connection.backup(copy, pages=_PAGES, progress=progress)
        copy.execute("pragma journal_mode = delete").fetchall()


@contextlib.contextmanager
def _snapshot(path: Path) -> Iterator[sqlite3.Connection]:
    """Return a connection that sees one moment, however long it reads and whoever writes."""
    with contextlib.closing(open_reader(path)) as connection:
        connection.execute("begin")
        connection.execute("select count(*) from sqlite_schema").fetchall()
        yield connection


def _finish(partial: Path, names: list[str], began: int) -> Manifest:
    applied, tip = position_of(partial / ANALYTICS), tip_of(partial / INBOX)
    if applied > tip:
        raise CannotBackUp(f"the analytics are at {applied}, the inbox only at {tip}: try again")
    described = {name: manifests.describe(partial / name) for name in names}
    made = Manifest(version=VERSION, at=began, applied=applied, held=tip, files=described)
    path = partial / manifests.NAME
    path.write_bytes(msgspec.json.format(msgspec.json.encode(made)) + b"\n")
    path.chmod(0o600)
    _sync(path)
    return made


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
