"""
What the law ends in the inbox: entries that are older than their regions' raw days.

An entry goes once all that stands before it in its lane is over too, so that no number is
missing between two that are kept; the newest of a lane stays, emptied, because the link compares
its seal. Where regions differ, what is over is blanked in entries that others still need.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from edge.events import codec
from edge.journal.erase import blank_stamped, holds
from edge.journal.journal import Journal
from edge.journal.transaction import Transaction

CHUNK = 2_000
"""Entries deleted in one commit …"""
CHUNK_BYTES = 8 * 2**20
"""… and their bytes: each is overwritten, and the inlet waits for the commit."""
LOOKED = 10_000
"""Entries looked at in one piece …"""
OPENED_BYTES = 4 * 2**20
"""… and compressed bytes of those that are opened."""
AHEAD = 60_000
"""ms by which an event may lie ahead of what it was received in: the edge allows no more."""

_LANES = "select origin, lane, seq from head order by origin, lane"
_FIRST = """
select position, at, length(body) from entry where origin = ? and lane = ? and seq < ?
order by seq limit ?
"""
_BEHIND = """
select position, at, length(body) from entry where position > ? and position <= ?
order by position limit ?
"""


@dataclass(frozen=True, slots=True)
class Looked:
    """One piece of the inbox."""

    until: int
    """The last position that was looked at."""
    found: Sequence[int]
    """Positions of entries with something that is over."""


def end(tx: Transaction, *, before: int, applied: int) -> int:
    """
    Delete one chunk of entries that were made before *before*, ms since 1970; return how many.

    Entries behind the inbox position *applied* stay.
    """
    run = tx.connection.execute
    for origin, lane, newest in run(_LANES).fetchall():
        gone: list[tuple[int]] = []
        left = CHUNK_BYTES
        rows = run(_FIRST, (origin, lane, newest, CHUNK))
        for position, at, size in rows:
            left -= size
            if at >= before - AHEAD or position > applied or (gone and left < 0):
                break
            gone.append((position,))
        rows.close()
        if gone:
            for table in ("entry", "came"):
                tx.connection.executemany(f"delete from {table} where position = ?", gone)  # noqa: S608
            return len(gone)
    tx.checkpoint = True
    return 0


def look(inbox: Journal, after: int, *, untils: Mapping[str, int], applied: int) -> Looked | None:
    """Look through a piece of the inbox behind *after*; return None where it ends."""
    last, left, until = max(untils.values()) - AHEAD, OPENED_BYTES, 0
    old: list[int] = []
    for position, at, size in inbox.read(_BEHIND, (after, applied, LOOKED)):
        assert isinstance(position, int)
        assert isinstance(at, int)
        assert isinstance(size, int)
        if at < last:
            left -= size
            if old and left < 0:
                break
            old.append(position)
        until = position
    if not until:
        return None
    goes = _over(untils)
    return Looked(until, [one.position for one in inbox.at(old) if _holds(one.body, goes)])


def blank(tx: Transaction, positions: Sequence[int], untils: Mapping[str, int]) -> int:
    """
    Blank in these entries the groups of before *untils*, by region; return their events.

    A group is as old as it was received at its edge.
    """
    return blank_stamped(tx, positions, _over(untils))


def oldest(inbox: Journal) -> int | None:
    """Return when the oldest entry was made, ms since 1970; None where there is none."""
    rows = inbox.read("select at from entry order by position limit 1")
    return int(str(rows[0][0])) if rows else None


def _over(untils: Mapping[str, int]) -> Callable[[Mapping[str, Any]], bool]:
    def goes(stamp: Mapping[str, Any]) -> bool:
        until = untils.get(str(stamp.get("region", "")))
        received = stamp.get("receivedAt")
        return until is not None and isinstance(received, int) and received < until - AHEAD

    return goes


def _holds(body: bytes, goes: Callable[[Mapping[str, Any]], bool]) -> bool:
    try:
        return holds(body, goes)
    except codec.BadEvent:
        return False
