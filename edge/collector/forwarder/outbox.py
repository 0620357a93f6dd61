"""The edge's journal as the sender reads it: this node's own lanes, and no other's."""

from edge.journal.entry import Entry, Gap
from edge.journal.journal import Journal

CURSOR = "hub"
"""Name of the journal's cursor that says what the hub has acknowledged."""


class Outbox:
    """
    The log of this node. Used by the forwarder's thread alone.

    Heads are kept until the journal commits again, since the sender asks for
    them far more often than they change.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._heads: dict[int, int] = {}

    def changed(self) -> None:
        """Forget what a commit may have changed."""
        self._heads.clear()

    def head(self, lane: int) -> int:
        """Return the newest number given."""
        if lane not in self._heads:
            self._heads[lane] = self._journal.head(self._journal.own, lane)
        return self._heads[lane]

    def tail(self, lane: int) -> int:
        """Return the oldest number kept."""
        return self._journal.tail(self._journal.own, lane)

    def entries(self, lane: int, after: int, max_bytes: int) -> list[Entry]:
        """Return kept entries behind *after*, at least one where there is one."""
        return self._journal.entries(self._journal.own, lane, after, max_bytes=max_bytes)

    def gaps(self, lane: int, after: int) -> list[Gap]:
        """Return recorded gaps that end behind *after*."""
        return self._journal.gaps(self._journal.own, lane, after)

    def acknowledged(self, lane: int) -> int:
        """Return what the hub had acknowledged when that was last recorded."""
        return self._journal.cursor(CURSOR, self._journal.own, lane)

    def record(self, lane: int, seq: int) -> None:
        """Record that the hub acknowledged up to *seq*; not waited for, the hub knows best."""
        own = self._journal.own
        self._journal.submit(lambda transaction: transaction.move_cursor(CURSOR, own, lane, seq))
