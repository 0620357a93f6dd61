"""The disk under the journal: how it looks, and how room is made on it."""

import os
from dataclasses import dataclass
from pathlib import Path

from edge.collector.operations import retention
from edge.collector.operations.disk import Figures
from edge.journal import account
from edge.journal.database import PAGE_BYTES
from edge.journal.journal import Journal
from edge.journal.transaction import FIRST, HOME, RAW, Transaction

WHY = "disk_policy"
"""Reason of the gaps."""
ORDER = (RAW, HOME, FIRST)
"""Signals, taps and choices go last."""
LEAST = 2**20
"""Bytes that a start needs to write."""
ROWS = 500
"""Entries deleted in one commit, at the most."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What the operator allows; bytes, 0 where there is no limit."""

    budget: int = 0
    reserve: int = 0
    wal_cap: int = 0


def look(journal: Journal, limits: Limits) -> Figures:
    """Return how the disk looks. For any thread but the event loop's: it reads files."""
    [(pages,)] = journal.read("pragma page_count")
    [(unused,)] = journal.read("pragma freelist_count")
    system = os.statvfs(journal.path.parent)
    return Figures(
        live=(int(str(pages)) - int(str(unused))) * PAGE_BYTES,
        file=int(str(pages)) * PAGE_BYTES,
        wal=wal_bytes(journal.path),
        free=system.f_bavail * system.f_frsize,
        reserve=limits.reserve,
        budget=limits.budget,
        wal_cap=limits.wal_cap,
        writable=not journal.trouble,
    )


def is_full(folder: Path) -> bool:
    """Return whether the file system under *folder* has no room for a commit."""
    if not folder.is_dir():
        return False
    system = os.statvfs(folder)
    return system.f_bavail * system.f_frsize < LEAST


def wal_bytes(path: Path) -> int:
    """Return the size of the write-ahead log beside *path*."""
    try:
        return path.with_name(path.name + "-wal").stat().st_size
    except FileNotFoundError:
        return 0


def shed(tx: Transaction, *, most: int, now: int) -> int:
    """
    Delete what the hub holds, the oldest first, about *most* bytes in one commit.

    Returns the bytes; 0 where there is nothing more.
    """
    lanes = tx.connection.execute(
        "select c.origin, c.lane, c.seq from cursor c join origin o on o.id = c.origin"
        " where c.name = ? and o.node = ? order by c.lane desc, c.origin",
        (account.HUB, tx.own.node),
    ).fetchall()
    return _remove(
        tx,
        [
            (lane, "origin = ? and lane = ? and seq <= ? order by seq", (origin, lane, seq))
            for origin, lane, seq in lanes
        ],
        most,
        now,
    )


def drop_oldest(tx: Transaction, *, most: int, now: int) -> int:
    """
    Delete the oldest entries, delivered or not, about *most* bytes in one commit.

    Only where the operator chose so. What was not delivered leaves a gap.
    """
    return _remove(tx, [(lane, "lane = ? order by position", (lane,)) for lane in ORDER], most, now)


def _remove(
    tx: Transaction, questions: list[tuple[int, str, tuple[int, ...]]], most: int, now: int
) -> int:
    """Delete what the *questions*, each of one lane, find, in their order."""
    total = 0
    for lane, where, arguments in questions:
        if total >= most:
            break
        found = tx.connection.execute(
            f"select position, origin, seq, length(body) from entry where {where} limit ?",  # noqa: S608
            (*arguments, ROWS),
        ).fetchall()
        rows = []
        for position, origin, seq, size in found:
            if total >= most:
                break
            rows.append((position, origin, seq))
            total += size
        retention.remove(tx, lane, rows, why=WHY, now=now)
    tx.checkpoint = tx.checkpoint or total > 0
    return total
