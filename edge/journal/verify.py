"""Check a journal: every seal, every count, and that no number is missing undeclared."""

import sqlite3
from dataclasses import dataclass, field
from pathlib import Path

from edge.errors import FlowbackError
from edge.events import codec
from edge.journal.database import open_reader


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
        rows = connection.execute(
            "select origin, lane, seq, count, hash, body from entry order by origin, lane, seq"
        )
        last: dict[tuple[int, int], int] = {}
        for origin, lane, seq, count, digest, body in rows:
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
    declared = connection.execute(
        "select 1 from gap where origin = ? and lane = ? and lo <= ? and hi >= ?",
        (origin, lane, lo, hi),
    ).fetchone()
    if not declared:
        report.problems.append(f"lane {lane}: entries {lo} to {hi} are missing, undeclared")
