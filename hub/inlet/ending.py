"""
What the law ends in the inbox: entries that are older than their regions' raw days.

An entry goes once all that stands before it in its lane is over too, so that no number is
missing between two that are kept; the newest of a lane stays, emptied, because the link compares
its seal. Where regions differ, what is over is blanked in entries that others still need.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from edge.journal.erase import blank_stamped
from edge.journal.journal import Journal
from edge.journal.transaction import Transaction

CHUNK = 2_000
"""Entries deleted in one commit."""
BLANKED = 64
"""Entries that are searched in one commit."""

_LANES = "select origin, lane, seq from head order by origin, lane"
_FIRST_KEPT = """
select seq from entry where origin = ? and lane = ? and (at >= ? or position > ?)
order by seq limit 1
"""
_OVER = """
select position from entry where origin = ? and lane = ? and seq < ? order by seq limit ?
"""
_MIXED = """
select position from entry where position > ? and position <= ? and at < ?
order by position limit ?
"""


def end(tx: Transaction, *, before: int, applied: int) -> int:
    """
    Delete one chunk of entries that were made before *before*, ms since 1970; return how many.

    Entries behind the inbox position *applied* stay.
    """
    run = tx.connection.execute
    for origin, lane, newest in run(_LANES).fetchall():
        kept = run(_FIRST_KEPT, (origin, lane, before, applied)).fetchone()
        below = min(newest, kept[0]) if kept else newest
        gone = run(_OVER, (origin, lane, below, CHUNK)).fetchall()
        if gone:
            for table in ("entry", "came"):
                tx.connection.executemany(f"delete from {table} where position = ?", gone)  # noqa: S608
            return len(gone)
    tx.checkpoint = True
    return 0


def mixed(inbox: Journal, after: int, *, before: int, applied: int) -> list[int]:
    """Return positions behind *after* of some entries that may hold what is over."""
    rows = inbox.read(_MIXED, (after, applied, before, BLANKED))
    return [int(str(position)) for (position,) in rows]


def blank(tx: Transaction, positions: Sequence[int], untils: Mapping[str, int]) -> int:
    """
    Blank in these entries the groups of before *untils*, by region; return their events.

    A group is as old as it was received at its edge.
    """

    def goes(stamp: Mapping[str, Any]) -> bool:
        until = untils.get(str(stamp.get("region", "")))
        received = stamp.get("receivedAt")
        return until is not None and isinstance(received, int) and received < until

    return blank_stamped(tx, positions, goes)


def oldest(inbox: Journal) -> int | None:
    """Return when the oldest entry was made, ms since 1970; None where there is none."""
    rows = inbox.read("select at from entry order by position limit 1")
    return int(str(rows[0][0])) if rows else None
