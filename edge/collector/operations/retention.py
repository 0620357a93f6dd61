"""
What the law ends: entries older than the region row's raw days, rows of sessions that
can send nothing any more, tombstones of which nothing late can come.

An entry that no hub holds yet leaves a declared gap with its reason (decision 8).
"""

import time
from itertools import groupby
from operator import itemgetter

from edge.collector.agents import receipts, streams
from edge.collector.agents.sessions import RETRY_LIFE, Sessions, decode
from edge.collector.consent import rights
from edge.journal import account
from edge.journal.entry import Origin
from edge.journal.journal import Journal
from edge.journal.transaction import LANES, Transaction

DAY = 86_400_000  # ms
RETENTION = "retention"
"""Reason of the gaps."""
TOMBSTONES = 1095 * DAY
"""Kept as long as the audit log (regional_rules.json, audit_days)."""
CHUNK = 2_000
"""Entries deleted in one commit."""


def end(tx: Transaction, *, raw_days: int, now: int) -> int:
    """Delete one chunk of what is over and return how many entries that were."""
    deadline = now - raw_days * DAY
    ended = 0
    for lane in LANES:
        rows = tx.connection.execute(
            "select position, origin, seq from entry where lane = ? and at < ?"
            " order by position limit ?",
            (lane, deadline, CHUNK),
        ).fetchall()
        ended += len(rows)
        remove(tx, lane, rows, why=RETENTION, now=now)
    receipts.end(tx, held=deadline, deleted=now - TOMBSTONES)
    tx.connection.execute("delete from tombstone where done = 1 and at < ?", (now - TOMBSTONES,))
    tx.checkpoint = ended > 0
    return ended


def forget_sessions(tx: Transaction, sessions: Sessions, *, now: int) -> int:
    """
    Drop one chunk of rows of sessions that can send nothing any more; return how many.

    Whose they are stays, for as long as an entry may hold them.
    """
    rows = tx.connection.execute(
        "select id, at, record from session where at < ? limit ?", (now - RETRY_LIFE, CHUNK)
    ).fetchall()
    for session, at, record in rows:
        left = rights.left_of(decode(record))._replace(at=at)
        if left.hash and left.first:
            receipts.save(tx, session, left)
        sessions.forget(receipts.to_text(session))
    streams.end(tx, before=now - RETRY_LIFE, most=CHUNK)
    gone = [(session,) for session, _, _ in rows]
    tx.connection.executemany("delete from session where id = ?", gone)
    return len(rows)


def remove(
    tx: Transaction, lane: int, rows: list[tuple[int, int, int]], *, why: str, now: int
) -> int:
    """
    Delete entries of a lane, given as (position, origin, seq), the oldest first.

    What is due at the hub and was not delivered leaves a gap with its reason. Returns how
    many entries those were.
    """
    undelivered = 0
    for number, group in groupby(rows, key=itemgetter(1)):
        seqs = [seq for _, _, seq in group]
        origin = _origin(tx, number)
        acked = tx.cursor(account.HUB, origin, lane)
        unsent = [seq for seq in seqs if seq > acked]
        if unsent and lane in account.TRAVELLING and origin.node == tx.own.node:
            account.declare_gap(tx, origin, lane, unsent[0], unsent[-1], why, at=now)
            undelivered += len(unsent)
    tx.connection.executemany(
        "delete from entry where position = ?", [(position,) for position, _, _ in rows]
    )
    return undelivered


def _origin(tx: Transaction, number: int) -> Origin:
    row = tx.connection.execute("select node, epoch from origin where id = ?", (number,)).fetchone()
    return Origin(row[0], row[1])


def oldest(journal: Journal) -> float:
    """Return the age of the oldest entry in seconds, 0 where there is none."""
    [(at,)] = journal.read("select at from entry order by position limit 1") or [(None,)]
    return 0.0 if at is None else max(0.0, time.time() - int(str(at)) / 1000)
