"""One epoch of the edge's journal as the sender reads it: this node's own lanes, no other's."""

from collections.abc import Sequence
from typing import NamedTuple

from edge.events import codec
from edge.journal import account
from edge.journal.entry import Entry, Origin
from edge.journal.journal import Journal

CURSOR = account.HUB
"""Name of the journal's cursor that says what the hub has acknowledged."""
BROKEN = "quarantine"
"""Reason of the gap that stands for an entry whose seal does not hold."""


class Hole(NamedTuple):
    """Numbers that are not to be sent, and why."""

    lo: int
    hi: int
    why: str


class Outbox:
    """
    The log of *origin*, an epoch of this node. Used by the forwarder's thread alone.

    An entry whose seal does not hold is put into quarantine instead of being sent. The
    forwarder gives up that care while the hub, which looks at every seal, refuses none:
    hashing everything twice would cost a seventh of what the whole link costs.
    Heads are kept until the journal commits again, since the sender asks for
    them far more often than they change.
    """

    def __init__(self, journal: Journal, origin: Origin) -> None:
        self.careful = True
        """Look at each seal before the entry is sent."""
        self._journal = journal
        self._origin = origin
        self._heads: dict[int, int] = {}
        self._aside: dict[int, dict[int, str]] = {lane: {} for lane in account.TRAVELLING}
        for lane, seq, why in journal.read(
            "select q.lane, q.seq, q.why from quarantine q join origin o on o.id = q.origin"
            " where o.node = ? and o.epoch = ?",
            (origin.node, origin.epoch),
        ):
            self._aside.setdefault(int(str(lane)), {})[int(str(seq))] = str(why)

    def changed(self) -> None:
        """Forget what a commit may have changed."""
        self._heads.clear()

    def head(self, lane: int) -> int:
        """Return the newest number given."""
        if lane not in self._heads:
            self._heads[lane] = self._journal.head(self._origin, lane)
        return self._heads[lane]

    def tail(self, lane: int) -> int:
        """Return the oldest number kept."""
        return self._journal.tail(self._origin, lane)

    def entries(self, lane: int, after: int, max_bytes: int) -> list[Entry]:
        """Return whole entries behind *after*, at least one where there is one."""
        while True:
            found = self._journal.entries(self._origin, lane, after, max_bytes=max_bytes)
            whole = [entry for entry in found if self._is_whole(entry)]
            if whole or not found:
                return whole
            after = found[-1].seq

    def gaps(self, lane: int, after: int) -> Sequence[Hole]:
        """Return what is not to be sent and ends behind *after*: gaps, and quarantined entries."""
        declared = [
            Hole(gap.lo, gap.hi, gap.why) for gap in self._journal.gaps(self._origin, lane, after)
        ]
        aside = [Hole(seq, seq, why) for seq, why in self._aside[lane].items() if seq > after]
        return sorted(declared + aside)

    def seals(self, lane: int, lo: int, hi: int) -> dict[int, tuple[int, bytes]]:
        """Return number → generation and hash of the entries *lo* to *hi* that are kept."""
        return self._journal.seals(self._origin, lane, lo, hi)

    def acknowledged(self, lane: int) -> int:
        """Return what the hub had acknowledged when that was last recorded."""
        return self._journal.cursor(CURSOR, self._origin, lane)

    def record(self, lane: int, seq: int) -> None:
        """Record that the hub acknowledged up to *seq*; not waited for, the hub knows best."""
        origin = self._origin
        self._journal.submit(lambda tx: account.acknowledge(tx, origin, lane, seq))

    def quarantine(self, lane: int, seq: int, why: str, *, at: int) -> None:
        """Keep an entry from being sent, now and after a restart; not waited for."""
        if seq in self._aside[lane]:
            return
        self._aside[lane][seq] = why
        origin = self._origin
        self._journal.submit(lambda tx: account.quarantine(tx, origin, lane, seq, why, at=at))

    @property
    def quarantined(self) -> dict[int, int]:
        """Return how many entries of each lane are kept from being sent."""
        return {lane: len(aside) for lane, aside in self._aside.items()}

    def _is_whole(self, entry: Entry) -> bool:
        if entry.seq in self._aside[entry.lane]:
            return False
        if not self.careful or codec.seal(entry.body) == entry.hash:
            return True
        self.quarantine(entry.lane, entry.seq, BROKEN, at=entry.at)
        return False
