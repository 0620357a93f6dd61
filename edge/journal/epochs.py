"""
Epochs: same epoch, same history.

A journal that was restored, or that lost its end, must never give a number again that
the hub holds under another body. What of it is new then goes on in a new epoch.
"""

import secrets
from collections.abc import Mapping
from hashlib import blake2b

from edge.journal.account import HUB, TRAVELLING, acknowledge, events
from edge.journal.entry import Origin
from edge.journal.journal import Journal
from edge.journal.reading import Reading
from edge.journal.transaction import LANES, Transaction

_SINCE = "since"
"""Prefix of the keys in ``meta`` that say where each lane stood when the file was first
opened after the hub last confirmed it: what is behind that is this history's alone."""


def begin(tx: Transaction, *, after: Origin | None = None) -> Origin:
    """
    Begin a new epoch of this node within the commit, and return it.

    One that is new to everybody, or the first behind *after* that is new to this journal.
    """
    tx.own = Origin(tx.own.node, secrets.randbits(63)) if after is None else _following(tx, after)
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


def fork(tx: Transaction, common: Mapping[int, int] | None = None) -> Origin:
    """
    Begin a new epoch and move into it what is this journal's alone.

    For a journal that the hub knows better than itself: it was restored from a backup, and
    what came since bears numbers that the hub knows for other entries. *common* says of each
    lane up to where both hold the same. Without it, what the file held when it was opened
    counts as the same.

    The new epoch follows from the old one: a backup that is put back a second time comes to the
    same epoch, and what of it the hub got meanwhile is found there.
    """
    old = tx.own
    marks = since(tx)
    new = begin(tx, after=old)
    for lane in LANES:
        head = tx.head(old, lane)
        _move(tx, old, new, lane, min(head, (common or {}).get(lane, marks.get(lane, head))))
    confirm(tx)
    for lane in LANES:  # all of it is this history's alone
        tx.connection.execute("insert into meta values (?, 0)", (f"{_SINCE}{lane}",))
    return new


def leave(tx: Transaction, old: Origin, common: Mapping[int, int] | None) -> bool:
    """
    End the epoch *old*, of which the hub knows more than this journal.

    What goes on is another one: see :func:`fork`. Of a former epoch, too, what the hub does
    not hold goes on. Returns whether a new epoch was begun.
    """
    forked = True
    if old == tx.own:
        fork(tx, common)
    elif alone := {lane: seq for lane, seq in (common or {}).items() if tx.head(old, lane) > seq}:
        new = begin(tx, after=old)
        for lane, seq in alone.items():
            _move(tx, old, new, lane, seq)
    else:
        forked = False
    settle(tx, old)
    return forked


def since(tx: Transaction) -> dict[int, int]:
    """Return lane → where it stood at the opening, as :func:`mark_opening` noted it."""
    rows = tx.connection.execute(f"select key, value from meta where key glob '{_SINCE}*'")  # noqa: S608
    return {int(key.removeprefix(_SINCE)): int(value) for key, value in rows}


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


def _following(tx: Transaction, old: Origin) -> Origin:
    known = "select 1 from origin where node = ? and epoch = ?"
    epoch = old.epoch
    while tx.connection.execute(known, (old.node, epoch)).fetchone():
        digest = blake2b(f"{old.node} {epoch}".encode(), digest_size=8).digest()
        epoch = int.from_bytes(digest, "big") >> 1
    return Origin(old.node, epoch)


def _move(tx: Transaction, old: Origin, new: Origin, lane: int, since: int) -> None:
    source, target = tx.origin_id(old), tx.origin_id(new)
    head = tx.head(old, lane)
    if head <= since:
        return
    execute = tx.connection.execute
    _take_back(tx, old, lane, since)
    execute(  # a gap across the mark is of both
        "insert into gap (origin, lane, lo, hi, why, at)"
        " select origin, lane, ? + 1, hi, why, at from gap"
        " where origin = ? and lane = ? and lo <= ? and hi > ?",
        (since, source, lane, since, since),
    )
    execute(
        "update gap set hi = ? where origin = ? and lane = ? and lo <= ? and hi > ?",
        (since, source, lane, since, since),
    )
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


def _take_back(tx: Transaction, origin: Origin, lane: int, seq: int) -> None:
    """Let the hub's cursor of a lane go back to *seq*: what is kept behind it is not delivered."""
    where = (HUB, tx.origin_id(origin), lane)
    acked = tx.cursor(HUB, origin, lane)
    if acked > seq:
        tx.connection.execute(
            "update cursor set seq = ?, events = events - ?"
            " where name = ? and origin = ? and lane = ?",
            (seq, events(tx, origin, lane, seq + 1, acked), *where),
        )
