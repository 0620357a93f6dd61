"""
The eraser: what is left to do once an erased session's rows are gone.

Its events are blanked in the inbox, and the analytics file is written anew, because the
engine leaves the bytes of deleted rows where they were, even after a checkpoint. The
worker calls it between two ticks, a piece at a time, so that what arrives never waits
for long; what a crash cuts off is taken up again from the tombstones.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from edge.events import codec
from edge.journal.database import JournalUnavailable
from edge.journal.entry import Entry
from edge.journal.erase import blank_entries
from edge.journal.journal import Journal
from edge.journal.transaction import Transaction
from hub.stores.analytics import AnalyticsStore, AnalyticsUnavailable
from hub.stores.records.tombstones import Tombstones, Visitor

log = structlog.get_logger(__name__)

CHUNK = 64
"""Entries blanked in one commit."""
CHUNK_BYTES = 4 * 2**20
"""Compressed bytes of the inbox searched in one piece."""
TOGETHER = 32
"""Sessions that are searched for in one pass through the inbox."""
PAUSE_S = 60.0
"""Wait after a failure of a disk."""
REST = 50
"""The file is written anew again after this many times as long as it took: 2 % of the time."""


@dataclass(slots=True)
class _Pass:
    """One way through the inbox, for some sessions at once."""

    visitors: dict[Visitor, int]
    position: int = 0

    @property
    def until(self) -> int:
        return max(self.visitors.values())


class Eraser:
    """Completes erasures, a piece with each :meth:`step`. For the worker's thread."""

    def __init__(
        self,
        inbox: Journal,
        store: AnalyticsStore,
        tombstones: Tombstones,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._inbox = inbox
        self._store = store
        self._tombstones = tombstones
        self._clock = clock
        self._pass: _Pass | None = None
        self._not_before = 0.0
        self._next_purge = 0.0
        self.blanked = 0
        """Events blanked in the inbox since the start."""

    def step(self, applied: int) -> bool:
        """
        Do one piece for tombstones applied up to inbox position *applied*.

        Return whether it did something. A disk that fails is tried again after a minute.
        """
        if self._clock() < self._not_before:
            return False
        try:
            return self._blank_late(applied) or self._search(applied) or self._purge(applied)
        except (JournalUnavailable, AnalyticsUnavailable) as error:
            self._not_before = self._clock() + PAUSE_S
            log.warning("an erasure waits", problem=str(error), seconds=PAUSE_S)
            return False

    def _blank_late(self, applied: int) -> bool:
        """Blank entries that are known to hold events of erased sessions."""
        positions = self._tombstones.late(applied)[:CHUNK]
        if positions:
            self._blank(positions, checkpoint=True)
            self._tombstones.blanked(positions)
        return bool(positions)

    def _search(self, applied: int) -> bool:
        """Search a piece of the inbox; those that ask meanwhile wait for the next pass."""
        if self._pass is None:
            lacking = self._tombstones.lacking("blank", applied)
            if not lacking:
                return False
            self._pass = _Pass(dict(list(lacking.items())[:TOGETHER]))
        current = self._pass
        found = self._inbox.follow(current.position, max_bytes=CHUNK_BYTES)
        entries = [entry for entry in found if entry.position <= current.until]
        marks = [session.encode() for _, session in current.visitors]
        self._blank([entry.position for entry in entries if _holds(entry, marks)])
        if entries:
            current.position = entries[-1].position
        if len(entries) < len(found) or not found:
            self._blank([], checkpoint=True)
            self._tombstones.done("blank", [*current.visitors])
            self._pass = None
        return True

    def _blank(self, positions: Sequence[int], *, checkpoint: bool = False) -> None:
        def work(tx: Transaction) -> int:
            tx.checkpoint = checkpoint
            return blank_entries(tx, positions, self._tombstones.covers)

        if positions or checkpoint:
            self.blanked += self._inbox.submit(work).result()

    def _purge(self, applied: int) -> bool:
        began = self._clock()
        dirty = self._tombstones.lacking("clean", applied)
        if not dirty or began < self._next_purge:
            return False
        self._store.purge()
        self._next_purge = self._clock() + REST * (self._clock() - began)
        self._tombstones.done("clean", [*dirty])
        return True


def _holds(entry: Entry, marks: Sequence[bytes]) -> bool:
    try:
        data = codec.inflate(entry.body)
    except codec.BadEvent:
        return False
    return any(mark in data for mark in marks)
