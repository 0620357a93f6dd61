"""Check a journal: every seal, every count, and that no number is missing undeclared."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from edge.errors import FlowbackError
from edge.events import codec
from edge.journal.database import open_reader

CHUNK = 200
"""Entries looked at in one read."""


class NotAJournal(FlowbackError):
    """The file is no journal of Flowback."""


@dataclass(slots=True)
class Report:
    """What a check found."""

    entries: int = 0
    events: int = 0
    gaps: int = 0
    problems: list[str] = field(default_factory=list)


def verify(path: Path) -> Report:
    """Return what is in the journal at *path* and what is wrong with it."""
    connection = open_reader(path)
    report = Report()
    try:
        report.gaps = connection.execute("select count(*) from gap").fetchone()[0]
        last: dict[tuple[int, int], int] = {}
        for origin, lane, seq, count, digest, body in _entries(connection):
            _check_entry(report, f"lane {lane}, entry {seq}", count, digest, body)
            before = last.get((origin, lane))
            if before is not None and seq != before + 1:
                _check_hole(connection, report, origin, lane, before + 1, seq - 1)
            last[origin, lane] = seq
    except sqlite3.DatabaseError as error:
        raise NotAJournal(f"{path} cannot be read as a journal: {error}") from error
    finally:
        connection.close()
    return report


def _entries(connection: sqlite3.Connection) -> Iterator[tuple[int, int, int, int, bytes, bytes]]:
    """Yield all in order, a few at a time: one long look would keep a log from being emptied."""
    place = (-1, -1, -1)
    while True:
        rows = connection.execute(
            "select origin, lane, seq, count, hash, body from entry"
            " where (origin, lane, seq) > (?, ?, ?) order by origin, lane, seq limit ?",
            (*place, CHUNK),
        ).fetchall()
        yield from rows
        if len(rows) < CHUNK:
            return
        place = rows[-1][:3]


def _check_entry(report: Report, where: str, count: int, digest: bytes, body: bytes) -> None:
    report.entries += 1
    report.events += count
    if codec.seal(body) != digest:
        report.problems.append(f"{where}: the seal is broken")
        return
    try:
        found = sum(len(group.events) for group in codec.unpack(body))
    except codec.BadEvent as error:
        report.problems.append(f"{where}: {error}")
        return
    if found != count:
        report.problems.append(f"{where}: holds {found} events, says {count}")


def _check_hole(
    connection: sqlite3.Connection, report: Report, origin: int, lane: int, lo: int, hi: int
) -> None:
    # What was delivered may be ended at any time, also while this goes on.
    declared = connection.execute(
        "select 1 from gap where origin = :origin and lane = :lane and lo <= :lo and hi >= :hi"
        " union all select 1 from cursor where name = 'hub' and origin = :origin"
        " and lane = :lane and seq >= :hi",
        {"origin": origin, "lane": lane, "lo": lo, "hi": hi},
    ).fetchone()
    if not declared:
        report.problems.append(f"lane {lane}: entries {lo} to {hi} are missing, undeclared")
