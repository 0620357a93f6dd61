"""
Take what can be read of a damaged journal, row by row, into a new one.

An entry is taken where its seal holds, under the number that it had: the hub then knows
which of them it has. What is missing and was not delivered becomes a gap.
"""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from edge.events import codec
from edge.journal import account, damaged, highwater
from edge.journal.entry import Origin
from edge.journal.journal import Journal, base_schema
from edge.journal.transaction import LANES, Transaction

WHY = "salvage"
"""Reason of the gaps."""
CHUNK = 500
"""Entries written in one commit."""
_REBUILT = frozenset({"meta", "entry", "head", "gap", "origin"})
"""Tables that are not copied as they are."""


@dataclass(slots=True)
class Salvaged:
    """What came of it."""

    entries: int = 0
    broken: int = 0
    """Entries that were there and whose seal does not hold."""
    lost: int = 0
    """Entries that were neither delivered nor found, as far as their numbers are known."""
    rows: int = 0
    """Rows of other tables."""


def salvage(
    bad: Path, journal: Journal, *, schema: str, mark: highwater.Mark | None, now: int
) -> Salvaged:
    """
    Fill the new and empty *journal* from the file *bad*, which is only read.

    *schema* names the tables of its owner, *mark* is the high-water mark that stood
    beside it. Damage raises nothing: what cannot be read is lost, and said so.
    """
    result = Salvaged()
    scratch = journal.path.with_name(journal.path.name + ".salvage")
    with damaged.opened(bad, scratch, base_schema() + schema) as source:
        origins = _origins(source, journal.own.node, mark)
        journal.submit(lambda tx: _copy_tables(tx, source, origins, result)).result()
        for chunk in _chunks(source, origins):
            journal.submit(lambda tx, chunk=chunk: _store(tx, chunk, origins, result)).result()  # type: ignore[misc]
        heads = _heads(source, origins, mark)
        journal.submit(lambda tx: _close(tx, heads, result, now)).result()
    return result


def _origins(
    source: sqlite3.Connection, node: str, mark: highwater.Mark | None
) -> dict[int, Origin]:
    """Return the origins by their number; the mark's epoch stands in where the table is lost."""
    found = {
        number: Origin(whose, epoch)
        for number, whose, epoch in damaged.rows(source, "select id, node, epoch from origin")
    }
    if not found and mark is not None:
        found[1] = Origin(node, mark.epoch)
    return found


def _copy_tables(
    tx: Transaction, source: sqlite3.Connection, origins: dict[int, Origin], result: Salvaged
) -> None:
    """Copy every table but those that are rebuilt: cursors, sessions, tombstones and the like."""
    number = {old: tx.origin_id(origin) for old, origin in origins.items()}
    for row in damaged.rows(source, "select origin, lane, lo, hi, why, at, events from gap"):
        if row[0] in number:
            tx.connection.execute(
                "insert or ignore into gap values (?, ?, ?, ?, ?, ?, ?)",
                (number[row[0]], *row[1:]),
            )
    tables = tx.connection.execute("select name from sqlite_schema where type = 'table'").fetchall()
    for (table,) in tables:
        if table in _REBUILT or table.startswith("sqlite_"):
            continue
        names = [row[1] for row in tx.connection.execute(f"pragma table_info({table})")]
        marks = ", ".join("?" * len(names))
        origin_at = names.index("origin") if "origin" in names else None
        for row in damaged.rows(source, f"select {', '.join(names)} from {table}"):  # noqa: S608
            values = list(row)
            if origin_at is not None:
                if values[origin_at] not in number:
                    continue
                values[origin_at] = number[values[origin_at]]
            done = tx.connection.execute(
                f"insert or ignore into {table} values ({marks})",  # noqa: S608
                values,
            )
            result.rows += done.rowcount


def _chunks(source: sqlite3.Connection, origins: dict[int, Origin]) -> Iterator[list[damaged.Row]]:
    chunk: list[damaged.Row] = []
    for row in damaged.entries(source):
        if row[1] in origins:
            chunk.append(row)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _store(
    tx: Transaction,
    chunk: list[damaged.Row],
    origins: dict[int, Origin],
    result: Salvaged,
) -> None:
    for position, origin, lane, seq, generation, count, at, digest, body in chunk:
        if not isinstance(body, bytes) or codec.seal(body) != digest:
            result.broken += 1
            continue
        number = tx.origin_id(origins[origin])
        done = tx.connection.execute(
            f"insert or ignore into entry ({damaged.ENTRY}) values (?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
            (position, number, lane, seq, generation, count, at, digest, body),
        )
        result.entries += done.rowcount


_Known = dict[tuple[Origin, int], tuple[int, int]]
"""Origin and lane → newest number and events, as far as they are known."""


def _heads(
    source: sqlite3.Connection, origins: dict[int, Origin], mark: highwater.Mark | None
) -> _Known:
    heads: _Known = {(origin, lane): (0, 0) for origin in origins.values() for lane in LANES}
    for number, lane, seq, events in damaged.rows(
        source, "select origin, lane, seq, events from head"
    ):
        if number in origins:
            heads[origins[number], lane] = (seq, events)
    for origin in origins.values():
        if mark is not None and origin.epoch == mark.epoch:
            for lane, seq in enumerate(mark.heads):
                known, events = heads[origin, lane]
                heads[origin, lane] = (max(seq, known), events)
    return heads


def _close(tx: Transaction, heads: _Known, result: Salvaged, now: int) -> None:
    """Set every head, and declare as a gap what is missing and was not delivered."""
    for (origin, lane), (known, events) in heads.items():
        number = tx.origin_id(origin)
        (found,) = tx.connection.execute(
            "select coalesce(max(seq), 0) from entry where origin = ? and lane = ?", (number, lane)
        ).fetchone()
        head = max(known, found)
        if not head:
            continue
        tx.connection.execute(
            "insert or replace into head values (?, ?, ?, 0)", (number, lane, head)
        )
        own = origin.node == tx.own.node and lane in account.TRAVELLING
        missing = _missing(tx, number, lane, tx.cursor(account.HUB, origin, lane), head)
        for lo, hi in missing if own else ():
            account.declare_gap(tx, origin, lane, lo, hi, WHY, at=now)
            result.lost += hi - lo + 1
        _balance(tx, number, lane, events, lost=bool(missing))
    (position,) = tx.connection.execute("select coalesce(max(position), 0) from entry").fetchone()
    tx.advance(position)


def _missing(
    tx: Transaction, origin: int, lane: int, after: int, head: int
) -> list[tuple[int, int]]:
    """Return the ranges behind *after* that are neither there nor declared."""
    known = [
        (seq, seq)
        for (seq,) in tx.connection.execute(
            "select seq from entry where origin = ? and lane = ? and seq > ?", (origin, lane, after)
        )
    ]
    known += tx.connection.execute(
        "select lo, hi from gap where origin = ? and lane = ? and hi > ?", (origin, lane, after)
    ).fetchall()
    holes: list[tuple[int, int]] = []
    expected = after + 1
    for lo, hi in sorted(known):
        if lo > expected:
            holes.append((expected, lo - 1))
        expected = max(expected, hi + 1)
    if expected <= head:
        holes.append((expected, head))
    return holes


def _balance(tx: Transaction, origin: int, lane: int, events: int, *, lost: bool) -> None:
    """
    Set what a lane accepted.

    Where its head said it, the difference to what is there is what the last gap lost;
    where it did not, what is there is all that is known.
    """
    of = {"origin": origin, "lane": lane, "hub": account.HUB}
    (there,) = tx.connection.execute(_THERE, of).fetchone()
    if lost and events > there:
        tx.connection.execute(
            "update gap set events = events + :more where origin = :origin and lane = :lane"
            " and why = 'salvage' and lo = (select max(lo) from gap where origin = :origin"
            " and lane = :lane and why = 'salvage')",
            {**of, "more": events - there},
        )
    tx.connection.execute(
        "update head set events = :events where origin = :origin and lane = :lane",
        {**of, "events": max(events, there) if lost else there},
    )


_THERE = """
with acked as (select coalesce((select seq from cursor
  where name = :hub and origin = :origin and lane = :lane), 0) as seq)
select
  (select coalesce(sum(events), 0) from cursor
    where name = :hub and origin = :origin and lane = :lane)
  + (select coalesce(sum(events), 0) from gap where origin = :origin and lane = :lane)
  + (select coalesce(sum(events), 0) from quarantine where origin = :origin and lane = :lane)
  + (select coalesce(sum(e.count), 0) from entry e, acked
    where e.origin = :origin and e.lane = :lane and e.seq > acked.seq and not exists
    (select 1 from quarantine q where q.origin = e.origin and q.lane = e.lane and q.seq = e.seq))
"""
