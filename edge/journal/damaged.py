"""Read a damaged journal: whatever rows SQLite still gives, and no error for the others."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from edge.journal.database import PAGE_BYTES
from edge.journal.migrate import upgrade

ENTRY = "position, origin, lane, seq, generation, count, at, hash, body"
"""Columns of :func:`entries`, in order."""
_STEPS = 64
"""Rows tried one by one in a damaged region before the steps grow."""
_REST = 10_000
"""Rows tried one by one behind the last step."""

Row = tuple[Any, ...]


@contextmanager
def opened(bad: Path, scratch: Path, schema: str) -> Iterator[sqlite3.Connection]:
    """
    Open a copy of the file *bad* at *scratch*, which is removed again.

    Where its first page cannot be read it gets another, of a new file with *schema*.
    Where nothing helps the connection is to an empty database.
    """
    work = scratch
    parts = ("", "-wal", "-shm")
    try:
        for part in parts[:2]:
            if bad.with_name(bad.name + part).exists():
                shutil.copyfile(bad.with_name(bad.name + part), work.with_name(work.name + part))
        if not _readable(work):
            _graft(work, schema)
        connection = sqlite3.connect(
            work if _readable(work) else ":memory:", isolation_level=None, check_same_thread=False
        )
        with closing(connection):
            connection.execute("pragma cell_size_check = on")
            with suppress(sqlite3.Error):  # what it lacks is read as nothing
                upgrade(connection, work)
            yield connection
    finally:
        for part in parts:
            work.with_name(work.name + part).unlink(missing_ok=True)


def _readable(path: Path) -> bool:
    try:
        with closing(sqlite3.connect(path)) as connection:
            return bool(connection.execute("select count(*) from sqlite_schema").fetchone()[0])
    except sqlite3.Error:
        return False


def _graft(path: Path, schema: str) -> None:
    """
    Give *path* the first page of a new file with the tables of *schema*.

    They are made in the same order in every new file, so their roots lie in the same
    places. Where that guess is wrong, no seal holds and nothing is taken.
    """
    template = path.with_name(path.name + "-template")
    try:
        with closing(sqlite3.connect(template)) as fresh:
            fresh.execute("pragma journal_mode = wal")
            fresh.executescript(schema)
            fresh.execute("pragma wal_checkpoint(truncate)")
        page = bytearray(template.read_bytes()[:PAGE_BYTES])
    finally:
        for part in ("", "-wal", "-shm"):
            template.with_name(template.name + part).unlink(missing_ok=True)
    pages = path.stat().st_size // PAGE_BYTES
    page[28:32] = pages.to_bytes(4, "big")  # size of the file in pages
    page[92:96] = page[24:28]  # which is valid for this change counter
    page[32:40] = bytes(8)  # no free pages are known
    with path.open("r+b") as file:
        file.write(page)


def entries(source: sqlite3.Connection) -> Iterator[Row]:
    """Yield every entry that can be read; behind a damaged page, go on where rows are whole."""
    position = 0
    last = _last(source)
    while True:
        behind = f"select {ENTRY} from entry where position > {position} order by position"  # noqa: S608
        for row in rows(source, behind):
            if not isinstance(row[0], int) or row[0] <= position:
                break
            position = row[0]
            yield row
        if position >= last:
            return
        beyond = _beyond(source, position, last)
        if beyond is None:
            return
        yield from beyond
        position = beyond[-1][0]


def _beyond(source: sqlite3.Connection, position: int, last: int) -> list[Row] | None:
    """Return the next whole rows behind a damaged place, None where there are none."""
    step, at, before = 1, position + 1, position
    while at <= last:
        row = _one(source, at)
        if row is not None:
            skipped = [_one(source, each) for each in range(before + 1, at)] if step > 1 else []
            return [*(each for each in skipped if each is not None), row]
        before, at = at, at + step
        if at - position > _STEPS:
            step *= 2
    rest = [_one(source, each) for each in range(before + 1, min(last, before + _REST) + 1)]
    return [each for each in rest if each is not None] or None


def _one(source: sqlite3.Connection, position: int) -> Row | None:
    row = next(rows(source, f"select {ENTRY} from entry where position = {position}"), None)  # noqa: S608
    return row if row is not None and row[0] == position else None


def _last(source: sqlite3.Connection) -> int:
    """Return the greatest position that there may be."""
    known = [0]
    for question in (
        "select max(position) from entry",
        "select value from meta where key = 'position'",
    ):
        known += [row[0] for row in rows(source, question) if isinstance(row[0], int)]
    return max(known)


def rows(source: sqlite3.Connection, question: str) -> Iterator[Row]:
    """Yield the rows of a question, as far as they can be read."""
    try:
        yield from source.execute(question)
    except (sqlite3.Error, UnicodeDecodeError):
        return
