"""
The clicks of a session, with what lies between them and what followed them.

A late row is put in its place in event time, and only the stretch around it is
looked at again: rows further apart than any detector's ``gap_ms`` do not concern
each other.
"""

from bisect import bisect_left, insort
from collections.abc import ValuesView

from edge.detect.bucket import Bucket, Past
from edge.detect.ledger import to_signal
from edge.detect.plan import Plan
from edge.detect.row import Row, order
from edge.events.event import SignalNormalized
from edge.events.raw import Click, Error, Reaction

MAX_ROWS = 512
"""Clicks, errors and selections that a session keeps, over all its streams."""
MAX_EARLY = 256
"""Reactions that a session keeps for clicks which have not arrived."""
LEFT = MAX_ROWS * 3 // 4
"""Rows that are left when the bound is hit, so that it is not hit at every event."""


class Bursts:
    """Rows of burst detectors, a bucket for each stream."""

    __slots__ = ("_buckets", "_early", "_horizon", "_past", "_plan", "_session", "_size")

    def __init__(self, session: str, plan: Plan, past: Past) -> None:
        self._session = session
        self._plan = plan
        self._past = past
        self._buckets: dict[str, Bucket] = {}
        self._early: dict[tuple[str, int], tuple[int, Reaction]] = {}
        self._size = 0
        self._horizon = -1
        """Rows at or before this moment are forgotten."""

    @property
    def buckets(self) -> ValuesView[Bucket]:
        """All that is kept of rows."""
        return self._buckets.values()

    @property
    def size(self) -> int:
        """How much is kept."""
        return sum(bucket.size for bucket in self.buckets) + len(self._early)

    def file(self, row: Row) -> Bucket | None:
        """Put *row* in its place; return its bucket if that is news."""
        if row.at <= self._horizon:
            return None
        bucket = self._buckets.get(row.stream)
        if bucket is None:
            bucket = self._buckets[row.stream] = Bucket()
        if row.n in bucket.known:
            return None
        early = self._early.pop((row.stream, row.n), None)
        if early is not None and type(row.payload) is Click:
            row.reaction_n, row.reaction = early
        bucket.known[row.n] = row
        bucket.failed = bucket.failed or type(row.payload) is Error
        rows = bucket.rows
        if rows and order(row) < order(rows[-1]):
            insort(rows, row, key=order)
        else:
            rows.append(row)
        bucket.dirty.append(row.at)
        self._size += 1
        return bucket

    def react(self, stream: str, n: int, reaction: Reaction) -> Bucket | None:
        """Give *reaction*, event *n* of *stream*, to its click; return the bucket if it is news."""
        bucket = self._buckets.get(stream)
        row = bucket.known.get(reaction.of) if bucket is not None else None
        if bucket is None or row is None:
            self._wait((stream, reaction.of), n, reaction)
            return None
        # One row per click (decision 6); of two, the one with the smaller number counts.
        if type(row.payload) is not Click or (row.reaction is not None and row.reaction_n <= n):
            return None
        row.reaction, row.reaction_n = reaction, n
        bucket.dirty.append(row.at)
        return bucket

    def _wait(self, key: tuple[str, int], n: int, reaction: Reaction) -> None:
        known = self._early.get(key)
        if known is None or n < known[0]:
            self._early[key] = n, reaction
        if len(self._early) > MAX_EARLY:
            del self._early[min(self._early, key=lambda key: (self._early[key][0], key))]

    def look(self, bucket: Bucket) -> list[SignalNormalized]:
        """Judge again what is dirty in *bucket*, and return what changed."""
        first, last = self._stretch(bucket)
        rows = bucket.rows[first:last]
        taken: set[int] = set()
        found: dict[str, SignalNormalized] = {}
        for detector in self._plan.bursts:
            for finding in detector.find(rows):
                clicks = {row.n for row in finding.rows if type(row.payload) is Click}
                if detector.exclusive and taken & clicks:
                    continue
                taken |= clicks
                signal = to_signal(detector, self._session, finding)
                found[signal.id] = signal
        start, end = rows[0].at, rows[-1].at
        before = [key for key, s in bucket.live.items() if start <= s.timestamp <= end]
        return bucket.settle(before, found, self._past)

    def _stretch(self, bucket: Bucket) -> tuple[int, int]:
        """Return the slice of rows that can be concerned by what is dirty."""
        rows = bucket.rows
        gap = self._plan.gap_ms if bucket.failed else self._plan.calm_ms
        first = bisect_left(rows, (min(bucket.dirty), -1), key=order)
        last = bisect_left(rows, (max(bucket.dirty) + 1, -1), key=order)
        bucket.dirty.clear()
        while first > 0 and rows[first].at - rows[first - 1].at <= gap:
            first -= 1
        while last < len(rows) and rows[last].at - rows[last - 1].at <= gap:
            last += 1
        return first, last

    def forget(self) -> None:
        """Drop the oldest rows if there are too many, whole bursts where possible."""
        if self._size <= MAX_ROWS:
            return
        moments = sorted(row.at for bucket in self.buckets for row in bucket.rows)
        self._cut(moments[-LEFT - 1])
        if self._size > MAX_ROWS:
            # One burst without a pause fills it all: it ends here, and the next click begins anew.
            self._cut(moments[-1])

    def _cut(self, horizon: int) -> None:
        self._horizon = horizon
        for stream in list(self._buckets):
            self._cut_stream(stream)

    def _cut_stream(self, stream: str) -> None:
        """Drop the rows up to the horizon, but none that concern later ones."""
        bucket = self._buckets[stream]
        rows = bucket.rows
        cut = bisect_left(rows, (self._horizon + 1, -1), key=order)
        while 0 < cut < len(rows) and rows[cut].at - rows[cut - 1].at <= self._plan.gap_ms:
            cut -= 1
        for row in rows[:cut]:
            del bucket.known[row.n]
        end = rows[cut - 1].at if cut else -1
        del rows[:cut]
        self._size -= cut
        for key in [key for key, signal in bucket.live.items() if signal.timestamp <= end]:
            del bucket.live[key]
        if not rows:
            del self._buckets[stream]
