"""
Epochs: same epoch, same history.

A journal that was restored, or that lost its end, must never give a number again that
the hub holds under another body. What of it is new then goes on in a new epoch.
"""

import secrets

from edge.journal.account import HUB, TRAVELLING, acknowledge
from edge.journal.entry import Origin
from edge.journal.journal import Journal
from edge.journal.reading import Reading
from edge.journal.transaction import LANES, Transaction

_SINCE = "since"
"""Prefix of the keys in ``meta`` that say where each lane stood when the file was first
opened after the hub last confirmed it: what is behind that is this history's alone."""


def begin(tx: Transaction) -> Origin:
    """Begin a new epoch of this node within the commit, and return it."""
    tx.own = Origin(tx.own.node, secrets.randbits(63))
    tx.sealed = dict.fromkeys(LANES, 0)
    tx.origin_id(tx.own)
    tx.connection.execute("update meta set value = ? where key = 'epoch'", (tx.own.epoch,))
    return tx.own


def mark_opening(tx: Transaction) -> None:
    """Note where each lane stands at the first opening since :func:`confirm`."""
    for lane in LANES:
        tx.connection.execute(
            "insert or ignore into meta values (?, ?)", (f"{_SINCE}{lane}", tx.head(tx.own, lane))
        )


def confirm(tx: Transaction) -> None:
    """Note that the hub knows this history as it is."""
    tx.connection.execute(f"delete from meta where key glob '{_SINCE}*'")  # noqa: S608


def fork(tx: Transaction) -> Origin:
    """
    Begin a new epoch and move into it what was written since the file was opened.

    For a journal that the hub knows better than itself: it was restored from a backup,
    what the backup holds the hub holds too, and what came since bears numbers that the
    hub knows for other entries.
    """
    old = tx.own
    since = dict(tx.connection.execute(f"select key, value from meta where key glob '{_SINCE}*'"))  # noqa: S608
    new = begin(tx)
    for lane in LANES:
        _move(tx, old, new, lane, int(since.get(f"{_SINCE}{lane}", tx.head(old, lane))))
    confirm(tx)
    mark_opening(tx)
    return new


def waiting(journal: Journal) -> list[Origin]:
    """Return this node's former epochs of which the hub lacks something, the oldest first."""
    owed = owing(journal, journal.own.node)
    return [origin for origin in owed if origin != journal.own]


def owing(journal: Reading, node: str) -> list[Origin]:
    """Return the epochs of *node* of which the hub lacks something, the oldest first."""
    rows = journal.read(
        "select distinct o.epoch, o.id from origin o join head h on h.origin = o.id"
        " where o.node = ? and h.lane in (0, 1) and h.seq > coalesce("
        " (select c.seq from cursor c where c.name = ? and c.origin = o.id and c.lane = h.lane), 0)"
        " order by o.id",
        (node, HUB),
    )
    return [Origin(node, int(str(epoch))) for epoch, _ in rows]


def former(journal: Journal) -> list[Origin]:
    """Return this node's former epochs of which something is still kept, the oldest first."""
    rows = journal.read(
        "select o.epoch from origin o where o.node = ? and o.epoch != ? and exists"
        " (select 1 from entry e where e.origin = o.id and e.lane in (0, 1)) order by o.id",
        (journal.own.node, journal.own.epoch),
    )
    return [Origin(journal.own.node, int(str(epoch))) for (epoch,) in rows]


def settle(tx: Transaction, origin: Origin) -> None:
    """Note that nothing of a former epoch is to be sent any more: the hub knows it better."""
    for lane in TRAVELLING:
        acknowledge(tx, origin, lane, tx.head(origin, lane))


def _move(tx: Transaction, old: Origin, new: Origin, lane: int, since: int) -> None:
    source, target = tx.origin_id(old), tx.origin_id(new)
    head = tx.head(old, lane)
    if head <= since:
        return
    execute = tx.connection.execute
    total = 0
    for table, column, first in (("entry", "count", "seq"), ("gap", "events", "lo")):
        (events,) = execute(
            f"select coalesce(sum({column}), 0) from {table}"  # noqa: S608
            f" where origin = ? and lane = ? and {first} > ?",
            (source, lane, since),
        ).fetchone()
        total += int(events)
    for table, shift in (
        ("entry", "seq = seq - :by"),
        ("gap", "lo = lo - :by, hi = hi - :by"),
        ("quarantine", "seq = seq - :by"),
    ):
        first = "lo" if table == "gap" else "seq"
        execute(
            f"update {table} set origin = :to, {shift}"  # noqa: S608
            f" where origin = :of and lane = :lane and {first} > :by",
            {"to": target, "of": source, "lane": lane, "by": since},
        )
    execute(
        "insert into head (origin, lane, seq, events) values (?, ?, ?, ?)",
        (target, lane, head - since, total),
    )
    execute(
        "update head set seq = ?, events = events - ? where origin = ? and lane = ?",
        (since, total, source, lane),
    )
    tx.sealed[lane] = head - since
