"""
All detectors over one session.

Rows are kept in event time and looked at again where something was added, so
that the order in which events arrive changes nothing in the end. No timer, no
clock. The state is bounded by ``MAX_*``: the oldest clicks and views are
forgotten first, what was said of them stands, and later rows about them are
not heard any more.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence
from itertools import chain

from edge.detect import DEFAULT
from edge.detect.detector import Detector
from edge.detect.ledger import settle, to_signal
from edge.detect.plan import Route, plan
from edge.detect.row import Row, order, to_row
from edge.events.event import SignalNormalized, SignalRaw
from edge.events.raw import Click, Reaction

MAX_BURST_ROWS = 512
"""Clicks, errors and selections that a session keeps, over all its streams."""
MAX_EARLY = 256
"""Reactions that a session keeps for clicks which have not arrived."""
MAX_VIEWS = 256
"""Views, one for each detector that reads views, that a session keeps."""
CHUNK = 256
"""Events that are taken in before the detectors look."""
FORGET = 3 / 4
"""Share of the rows that is left when a bound is hit, so that it is not hit at every event."""

ViewKey = tuple[int, str, int]
"""Place of the detector in the list, stream, view."""


class Bucket:
    """Rows that may concern each other, and what they have been said to mean."""

    __slots__ = ("dirty", "known", "live", "rows")

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.known: dict[int, Row] = {}
        self.live: dict[str, SignalNormalized] = {}
        self.dirty: list[int] = []
        """Moments at which something was added since the last look."""


class SessionDetection:
    """The detectors' state of one session."""

    __slots__ = ("_burst_size", "_bursts", "_early", "_horizon", "_id", "_past", "_plan", "_views")

    def __init__(self, session_id: str, detectors: Sequence[Detector] = DEFAULT) -> None:
        self._id = session_id
        self._plan = plan(tuple(detectors))
        self._bursts: dict[str, Bucket] = {}
        self._views: dict[ViewKey, Bucket] = {}
        self._early: dict[tuple[str, int], tuple[int, Reaction]] = {}
        self._burst_size = 0
        self._horizon = -1
        """Burst rows at or before this moment are forgotten."""
        self._past: dict[str, SignalNormalized] = {}
        """Signals published before a restart whose rows were not fed again."""

    def add(self, stream: str, events: Iterable[SignalRaw]) -> list[SignalNormalized]:
        """
        Take in *events* of *stream* and return what changed.

        New signals have revision 0, changed ones a higher revision, withdrawn
        ones ``void``. Ids are stable. An event that was taken in before
        changes nothing, save that a pattern in a single row is told again under
        its id and revision 0.
        """
        changes: list[SignalNormalized] = []
        events = list(events)
        if len(events) > CHUNK:
            events.sort(key=lambda event: (event.timestamp, event.n))
        for start in range(0, len(events), CHUNK):
            views: list[ViewKey] = []
            touched = self._take(stream, events[start : start + CHUNK], views, changes)
            if touched is not None:
                changes += self._look_at_burst(touched)
            for key in dict.fromkeys(views):
                changes += self._look_at_view(key)
            self._forget()
        return changes

    def signals(self) -> list[SignalNormalized]:
        """Return the signals that stand on rows still kept, without the withdrawn ones."""
        buckets = chain(self._bursts.values(), self._views.values())
        return [signal for bucket in buckets for signal in bucket.live.values() if not signal.void]

    def restore(self, published: Iterable[SignalNormalized]) -> list[SignalNormalized]:
        """
        Take over what was *published*, after the journaled events were fed to :meth:`add`.

        Revisions go on from there. Returned is what the rows say and nobody
        published: empty unless the detectors changed in between.
        """
        for signal in published:
            known = self._past.get(signal.id)
            if known is None or known.revision < signal.revision:
                self._past[signal.id] = signal
        changes = []
        for bucket in chain(self._bursts.values(), self._views.values()):
            found = {key: signal for key, signal in bucket.live.items() if not signal.void}
            bucket.live = {key: self._past.pop(key) for key in bucket.live if key in self._past}
            changes += settle(bucket.live, (), found)
        while len(self._past) > MAX_BURST_ROWS:
            del self._past[next(iter(self._past))]
        return changes

    @property
    def size(self) -> int:
        """How much is kept: rows, reactions, views and signals."""
        buckets = list(chain(self._bursts.values(), self._views.values()))
        kept = sum(len(bucket.rows) + len(bucket.live) + 1 for bucket in buckets)
        return kept + len(self._early) + len(self._past)

    def _take(
        self,
        stream: str,
        events: Sequence[SignalRaw],
        views: list[ViewKey],
        changes: list[SignalNormalized],
    ) -> Bucket | None:
        """File *events* and return the bucket of clicks if anything was added to it."""
        routes = self._plan.routes
        touched: Bucket | None = None
        for event in events:
            payload = event.payload
            route = routes.get(type(payload))
            if route is None:
                continue
            if isinstance(payload, Reaction):
                touched = self._react(stream, event.n, payload) or touched
                continue
            for detector in route.rows:
                if detector.wants(payload):
                    found = detector.find((to_row(stream, event),))
                    changes += [to_signal(detector, self._id, finding) for finding in found]
            if route.views:
                self._file_views(stream, event, route, views)
            if route.burst:
                touched = self._file_burst(to_row(stream, event)) or touched
        return touched

    def _file_burst(self, row: Row) -> Bucket | None:
        if row.at <= self._horizon:
            return None
        bucket = self._bursts.get(row.stream)
        if bucket is None:
            bucket = self._bursts[row.stream] = Bucket()
        if row.n in bucket.known:
            return None
        early = self._early.pop((row.stream, row.n), None)
        if early is not None and type(row.payload) is Click:
            row.reaction_n, row.reaction = early
        bucket.known[row.n] = row
        insort(bucket.rows, row, key=order)
        bucket.dirty.append(row.at)
        self._burst_size += 1
        return bucket

    def _react(self, stream: str, n: int, reaction: Reaction) -> Bucket | None:
        bucket = self._bursts.get(stream)
        row = bucket.known.get(reaction.of) if bucket is not None else None
        if bucket is None or row is None:
            self._wait(stream, n, reaction)
            return None
        # One row per click (decision 6); of two, the one with the smaller number counts.
        if type(row.payload) is not Click or (row.reaction is not None and row.reaction_n <= n):
            return None
        row.reaction, row.reaction_n = reaction, n
        bucket.dirty.append(row.at)
        return bucket

    def _wait(self, stream: str, n: int, reaction: Reaction) -> None:
        key = stream, reaction.of
        known = self._early.get(key)
        if known is None or n < known[0]:
            self._early[key] = n, reaction
        if len(self._early) > MAX_EARLY:
            del self._early[min(self._early, key=lambda key: (self._early[key][0], key))]

    def _file_views(
        self, stream: str, event: SignalRaw, route: Route, views: list[ViewKey]
    ) -> None:
        for place, detector in route.views:
            if not detector.wants(event.payload):
                continue
            key = place, stream, detector.view_of(event)
            bucket = self._views.get(key)
            if bucket is None:
                bucket = self._views[key] = Bucket()
            elif not detector.matters(bucket.rows, event):
                continue
            insort(bucket.rows, to_row(stream, event), key=order)
            views.append(key)

    @property
    def _gap(self) -> float:
        return self._plan.gap_ms

    def _look_at_burst(self, bucket: Bucket) -> list[SignalNormalized]:
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
                signal = to_signal(detector, self._id, finding)
                found[signal.id] = signal
        start, end = rows[0].at, rows[-1].at
        before = [key for key, s in bucket.live.items() if start <= s.timestamp <= end]
        self._recall(bucket, found)
        return settle(bucket.live, before, found)

    def _stretch(self, bucket: Bucket) -> tuple[int, int]:
        """Return the slice of rows that can be concerned by what is dirty."""
        rows, gap = bucket.rows, self._gap
        first = bisect_left(rows, (min(bucket.dirty), -1), key=order)
        last = bisect_left(rows, (max(bucket.dirty) + 1, -1), key=order)
        bucket.dirty.clear()
        while first > 0 and rows[first].at - rows[first - 1].at <= gap:
            first -= 1
        while last < len(rows) and rows[last].at - rows[last - 1].at <= gap:
            last += 1
        return first, last

    def _look_at_view(self, key: ViewKey) -> list[SignalNormalized]:
        bucket = self._views[key]
        detector = self._plan.views[key[0]]
        bucket.rows = detector.needed(bucket.rows)
        signals = (to_signal(detector, self._id, f) for f in detector.find(bucket.rows))
        found = {signal.id: signal for signal in signals}
        self._recall(bucket, found)
        return settle(bucket.live, list(bucket.live), found)

    def _recall(self, bucket: Bucket, found: dict[str, SignalNormalized]) -> None:
        if self._past:
            for key in found:
                if key in self._past and key not in bucket.live:
                    bucket.live[key] = self._past.pop(key)

    def _forget(self) -> None:
        if self._burst_size > MAX_BURST_ROWS:
            self._forget_bursts()
        if len(self._views) > MAX_VIEWS:
            oldest = sorted(self._views, key=lambda key: (order(self._views[key].rows[-1]), key))
            for key in oldest[: len(oldest) - int(MAX_VIEWS * FORGET)]:
                del self._views[key]

    def _forget_bursts(self) -> None:
        moments = sorted(row.at for bucket in self._bursts.values() for row in bucket.rows)
        self._horizon = moments[len(moments) - int(MAX_BURST_ROWS * FORGET) - 1]
        for stream in list(self._bursts):
            self._cut(stream)
        if self._burst_size > MAX_BURST_ROWS:
            # One burst without a pause fills it all: it ends here, and the next click begins anew.
            self._horizon = moments[-1]
            for stream in list(self._bursts):
                self._cut(stream)

    def _cut(self, stream: str) -> None:
        """Drop the rows up to the horizon, but none that concern later ones."""
        bucket = self._bursts[stream]
        rows = bucket.rows
        kept = bisect_left(rows, (self._horizon + 1, -1), key=order)
        while 0 < kept < len(rows) and rows[kept].at - rows[kept - 1].at <= self._gap:
            kept -= 1
        for row in rows[:kept]:
            del bucket.known[row.n]
        end = rows[kept - 1].at if kept else -1
        del rows[:kept]
        self._burst_size -= kept
        for key in [key for key, signal in bucket.live.items() if signal.timestamp <= end]:
            del bucket.live[key]
        if not rows:
            del self._bursts[stream]
