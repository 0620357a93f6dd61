"""
All detectors over one session.

Rows are kept in event time and looked at again where something was added, so
that the order in which events arrive changes nothing in the end. No timer, no
clock. The state is bounded (``MAX_*`` of ``bursts`` and ``views``): the oldest clicks
and views are forgotten first, what was said of them stands, and later rows about
them are not heard any more.
"""

from collections.abc import Iterable, Sequence
from itertools import chain

from edge.detect import DEFAULT
from edge.detect.bucket import Bucket, Past
from edge.detect.bursts import Bursts
from edge.detect.detector import Detector
from edge.detect.ledger import to_signal
from edge.detect.plan import plan
from edge.detect.row import to_row
from edge.detect.views import Key, Views
from edge.events.event import SignalNormalized, SignalRaw
from edge.events.raw import Reaction

CHUNK = 256
"""Events that are taken in before the detectors look."""
MAX_PAST = 512
"""Signals of before a restart that are remembered for their revisions."""


class SessionDetection:
    """The detectors' state of one session."""

    __slots__ = ("_bursts", "_id", "_past", "_plan", "_views")

    def __init__(self, session_id: str, detectors: Sequence[Detector] = DEFAULT) -> None:
        self._id = session_id
        self._plan = plan(tuple(detectors))
        self._past: Past = {}
        self._bursts = Bursts(session_id, self._plan, self._past)
        self._views = Views(session_id, self._plan, self._past)

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
            views: list[Key] = []
            touched = self._take(stream, events[start : start + CHUNK], views, changes)
            if touched is not None:
                changes += self._bursts.look(touched)
            for key in dict.fromkeys(views):
                changes += self._views.look(key)
            self._bursts.forget()
            self._views.forget()
        return changes

    def signals(self) -> list[SignalNormalized]:
        """Return the signals that stand on rows still kept, without the withdrawn ones."""
        return [s for bucket in self._buckets() for s in bucket.live.values() if not s.void]

    def restore(self, published: Iterable[SignalNormalized]) -> list[SignalNormalized]:
        """
        Take over what was *published*, after the journaled events were fed to :meth:`add`.

        Revisions go on from there. Returned is what the rows say and nobody
        published: empty unless the detectors changed in between.
        """
        alone = self._plan.alone
        for signal in published:
            if signal.payload.signal in alone:
                continue  # one row says it all: it is never revised
            known = self._past.get(signal.id)
            if known is None or known.revision < signal.revision:
                self._past[signal.id] = signal
        changes = [change for bucket in self._buckets() for change in bucket.restore(self._past)]
        while len(self._past) > MAX_PAST:
            del self._past[next(iter(self._past))]
        return changes

    @property
    def size(self) -> int:
        """How much is kept: rows, reactions, views and signals."""
        return self._bursts.size + self._views.size + len(self._past)

    def _buckets(self) -> Iterable[Bucket]:
        return chain(self._bursts.buckets, self._views.buckets)

    def _take(
        self,
        stream: str,
        events: Sequence[SignalRaw],
        views: list[Key],
        changes: list[SignalNormalized],
    ) -> Bucket | None:
        """File *events*, note the *views* concerned, and return the bucket of clicks if it is."""
        routes = self._plan.routes
        touched: Bucket | None = None
        for event in events:
            payload = event.payload
            route = routes.get(type(payload))
            if route is None:
                continue
            if isinstance(payload, Reaction):
                touched = self._bursts.react(stream, event.n, payload) or touched
                continue
            for wants, detector in route.rows:
                if wants(payload):
                    found = detector.find((to_row(stream, event),))
                    changes += [to_signal(detector, self._id, finding) for finding in found]
            for place, reader in route.views:
                key = self._views.file(place, reader, stream, event)
                if key is not None:
                    views.append(key)
            if route.burst:
                touched = self._bursts.file(to_row(stream, event)) or touched
        return touched
