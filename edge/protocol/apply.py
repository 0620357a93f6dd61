"""
What one batch or gap does to the hub's inbox: the whole of "nothing twice".

Entries and cursor move in one transaction (edge-and-link.md, 4.4), so a crash
leaves both or neither. The wire and the bundle import both come through here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from edge.protocol.batch import Item


class Inbox(Protocol):
    """One lane of one origin within an open transaction of the hub's journal."""

    def cursor(self) -> int:
        """Return the number up to which entries and gaps are held without a hole."""
        ...

    def seal(self, seq: int) -> tuple[int, bytes] | None:
        """Return generation and hash of the entry *seq*, None where none is kept."""
        ...

    def store(self, item: Item) -> None:
        """Keep *item*; a number that is already there is a bug and raises."""
        ...

    def declare_gap(self, lo: int, hi: int, why: str) -> None:
        """Record that *lo* to *hi* will never come."""
        ...

    def move(self, seq: int) -> None:
        """Move the cursor to *seq*."""
        ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a batch or a gap."""

    cursor: int
    verdict: Literal["applied", "duplicate", "early", "forked"]
    stored: int = 0
    """Entries that are new."""
    equivocal: tuple[int, ...] = ()
    """Numbers that came again with other bytes in the same generation: an alarm."""


def apply_batch(inbox: Inbox, items: Sequence[Item]) -> Outcome:
    """
    Store what is new of *items*, unless numbers before them are missing.

    Where one of them is held already with other bytes nothing is stored: what follows it is
    of another history too, of an edge that was put back from a backup or that is cloned.
    """
    cursor = inbox.cursor()
    if items[0].seq > cursor + 1:
        return Outcome(cursor, "early")
    equivocal = tuple(item.seq for item in items if item.seq <= cursor and _differs(inbox, item))
    if equivocal:
        return Outcome(cursor, "forked", equivocal=equivocal)
    fresh = [item for item in items if item.seq > cursor]
    for item in fresh:
        inbox.store(item)
    if not fresh:
        return Outcome(cursor, "duplicate")
    inbox.move(fresh[-1].seq)
    return Outcome(fresh[-1].seq, "applied", len(fresh))


def apply_gap(inbox: Inbox, lo: int, hi: int, why: str) -> Outcome:
    """Record what of the gap *lo* to *hi* lies behind the cursor, in order like entries."""
    cursor = inbox.cursor()
    if lo > cursor + 1:
        return Outcome(cursor, "early")
    if hi <= cursor:
        return Outcome(cursor, "duplicate")
    inbox.declare_gap(max(lo, cursor + 1), hi, why)
    inbox.move(hi)
    return Outcome(hi, "applied")


def _differs(inbox: Inbox, item: Item) -> bool:
    known = inbox.seal(item.seq)
    return known is not None and known[0] == item.generation and known[1] != item.hash
