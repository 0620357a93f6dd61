"""
The account of a node's own events: accepted = delivered + pending + quarantined + gap
(house plan, promise 2).

Each term is counted where its event happens: accepted when an entry is sealed,
delivered from the rows that the hub acknowledged, quarantined and gap when they are
declared; pending is counted from the rows that are there. So an entry that left in any
other way shows as a difference.
"""

from dataclasses import dataclass

from edge.journal.entry import Origin
from edge.journal.journal import Journal
from edge.journal.transaction import Transaction

HUB = "hub"
"""The cursor that says how far the hub holds a lane."""
TRAVELLING = (0, 1)
"""Lanes whose events are due at the hub; what may not leave is in no account."""

_OWN = """
with own as materialized (
  select o.id, l.lane, coalesce((select c.seq from cursor c
    where c.name = 'hub' and c.origin = o.id and c.lane = l.lane), 0) as acked
  from origin o, (select 0 as lane union all select 1) l where o.node = ?
)
"""
_ACCOUNT = f"""{_OWN} select
  (select coalesce(sum(h.events), 0) from own join head h on h.origin = own.id and h.lane = own.lane),
  (select coalesce(sum(c.events), 0) from own join cursor c
    on c.name = 'hub' and c.origin = own.id and c.lane = own.lane),
  (select coalesce(sum(e.count), 0) from own join entry e
    on e.origin = own.id and e.lane = own.lane and e.seq > own.acked
    where not exists (select 1 from quarantine q
      where q.origin = e.origin and q.lane = e.lane and q.seq = e.seq)),
  (select coalesce(sum(q.events), 0) from own join quarantine q
    on q.origin = own.id and q.lane = own.lane),
  (select coalesce(sum(g.events), 0) from own join gap g on g.origin = own.id and g.lane = own.lane)
"""  # noqa: E501, S608
_ROWS = """
from entry e where e.origin = ? and e.lane = ? and e.seq between ? and ? and not exists
(select 1 from quarantine q where q.origin = e.origin and q.lane = e.lane and q.seq = e.seq)
"""
_OLDEST = f"""{_OWN}
select own.lane, min(e.at) from own join entry e
on e.origin = own.id and e.lane = own.lane and e.seq = (select min(x.seq) from entry x
  where x.origin = own.id and x.lane = own.lane and x.seq > own.acked) group by own.lane
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Account:
    """Events of this node, over all its epochs."""

    accepted: int = 0
    delivered: int = 0
    pending: int = 0
    quarantined: int = 0
    gap: int = 0

    @property
    def unaccounted(self) -> int:
        """Return what is in none of the terms: 0, or something was lost or counted twice."""
        known = self.delivered + self.pending + self.quarantined + self.gap
        return self.accepted - known


def measure(journal: Journal) -> Account:
    """
    Return the account as last committed, all terms from one state of the file.

    Its cost grows with what is pending: rows that the hub does not hold are looked at.
    """
    [row] = journal.read(_ACCOUNT, (journal.own.node,))
    return Account(*(int(str(value)) for value in row))


def oldest_pending(journal: Journal) -> dict[int, int]:
    """Return lane → when its oldest entry was made that the hub does not hold, ms since 1970."""
    rows = journal.read(_OLDEST, (journal.own.node,))
    return {int(str(lane)): int(str(at)) for lane, at in rows}


def acknowledge(tx: Transaction, origin: Origin, lane: int, seq: int) -> None:
    """Move the hub's cursor of a lane to *seq* and count what was delivered by that."""
    before = tx.cursor(HUB, origin, lane)
    if seq <= before:
        return
    delivered = events(tx, origin, lane, before + 1, seq)
    tx.move_cursor(HUB, origin, lane, seq)
    tx.connection.execute(
        "update cursor set events = events + ? where name = ? and origin = ? and lane = ?",
        (delivered, HUB, tx.origin_id(origin), lane),
    )


def declare_gap(
    tx: Transaction, origin: Origin, lane: int, lo: int, hi: int, why: str, *, at: int
) -> None:
    """
    Declare that entries *lo* to *hi* leave undelivered, with the events that they hold now.

    Call it before they are deleted. A gap that goes on from the last one for the same
    reason becomes part of it.
    """
    gone = events(tx, origin, lane, lo, hi)
    number = tx.origin_id(origin)
    last = tx.connection.execute(
        "select lo, hi, why from gap where origin = ? and lane = ? order by lo desc limit 1",
        (number, lane),
    ).fetchone()
    start = last[0] if last and last[1] == lo - 1 and last[2] == why else lo
    tx.declare_gap(origin, lane, start, hi, why, at=at)
    tx.connection.execute(
        "update gap set events = events + ? where origin = ? and lane = ? and lo = ?",
        (gone, number, lane, start),
    )


def quarantine(tx: Transaction, origin: Origin, lane: int, seq: int, why: str, *, at: int) -> None:
    """Keep entry *seq* from being sent, and count it apart. Harmless when repeated."""
    if seq <= tx.cursor(HUB, origin, lane):
        return
    tx.connection.execute(
        "insert or ignore into quarantine values (?, ?, ?, ?, ?, ?)",
        (tx.origin_id(origin), lane, seq, events(tx, origin, lane, seq, seq), why, at),
    )


def events(tx: Transaction, origin: Origin, lane: int, lo: int, hi: int) -> int:
    """Return how many events the kept entries *lo* to *hi* hold that are not in quarantine."""
    row = tx.connection.execute(
        f"select coalesce(sum(e.count), 0) {_ROWS}",
        (tx.origin_id(origin), lane, lo, hi),
    ).fetchone()
    return int(row[0])
