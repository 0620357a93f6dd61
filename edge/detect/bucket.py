"""Rows that may concern each other, and what they have been said to mean."""

from collections.abc import Iterable

from edge.detect.ledger import settle
from edge.detect.row import Row
from edge.events.event import SignalNormalized

Past = dict[str, SignalNormalized]
"""Signals that were published before a restart, by id, whose rows were not met again yet."""


class Bucket:
    """Rows in event time with the signals that stand on them."""

    __slots__ = ("dirty", "failed", "known", "live", "rows")

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.known: dict[int, Row] = {}
        """Event number → row, where rows are asked for by number."""
        self.live: dict[str, SignalNormalized] = {}
        self.failed = False
        """A script error is or was among the rows."""
        self.dirty: list[int] = []
        """Moments at which something was added since the last look."""

    def settle(
        self, before: Iterable[str], found: dict[str, SignalNormalized], past: Past
    ) -> list[SignalNormalized]:
        """Replace what *before* said by what was *found*, and return what changed."""
        for key in found if past else ():
            if key in past and key not in self.live:
                self.live[key] = past.pop(key)
        return settle(self.live, before, found)

    def restore(self, past: Past) -> list[SignalNormalized]:
        """Take over from *past* the revisions of what these rows say; return what nobody said."""
        found = {key: signal for key, signal in self.live.items() if not signal.void}
        self.live = {key: past.pop(key) for key in self.live if key in past}
        return settle(self.live, (), found)

    @property
    def size(self) -> int:
        """How much is kept."""
        return 1 + len(self.rows) + len(self.live)
