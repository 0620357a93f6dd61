"""
What the law ends: entries older than the region row's raw days, rows of sessions that
can send nothing any more, tombstones of which nothing late can come.

An entry that no hub holds yet leaves a declared gap with its reason (decision 8).
"""

import time

from edge.collector.agents.sessions import RETRY_LIFE
from edge.journal.journal import Journal
from edge.journal.transaction import HOME, LANES, Transaction

DAY = 86_400_000  # ms
HUB = "hub"
"""The cursor that says how far the hub holds a lane."""
TOMBSTONES = 1095 * DAY
"""Kept as long as the audit log (regional_rules.json, audit_days)."""
CHUNK = 2_000
"""Entries deleted in one commit."""


def end(tx: Transaction, journal: Journal, *, raw_days: int, now: int, to_hub: bool) -> int:
    """Delete one chunk of what is over and return how many entries that were."""
    deadline = now - raw_days * DAY
    ended = 0
    for lane in LANES:
        rows = tx.connection.execute(
            "select position, seq from entry where lane = ? and at < ? order by position limit ?",
            (lane, deadline, CHUNK),
        ).fetchall()
        if not rows:
            continue
        ended += len(rows)
        acked = tx.cursor(HUB, journal.own, lane)
        unsent = [seq for _, seq in rows if seq > acked]
        if unsent and to_hub and lane != HOME:
            tx.declare_gap(journal.own, lane, unsent[0], unsent[-1], "retention", at=now)
        tx.connection.executemany(
            "delete from entry where position = ?", [(position,) for position, _ in rows]
        )
    tx.connection.execute("delete from session where at < ?", (now - RETRY_LIFE,))
    tx.connection.execute("delete from tombstone where done = 1 and at < ?", (now - TOMBSTONES,))
    tx.checkpoint = ended > 0
    return ended


def oldest(journal: Journal) -> float:
    """Return the age of the oldest entry in seconds, 0 where there is none."""
    [(at,)] = journal.read("select at from entry order by position limit 1") or [(None,)]
    return 0.0 if at is None else max(0.0, time.time() - int(str(at)) / 1000)
