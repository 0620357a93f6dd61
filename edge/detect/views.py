"""The views of a session: for each detector that reads views, the rows that still matter."""

from bisect import insort
from collections.abc import ValuesView

from edge.detect.bucket import Bucket, Past
from edge.detect.detector import ViewDetector
from edge.detect.ledger import to_signal
from edge.detect.plan import Plan
from edge.detect.row import order, to_row
from edge.events.event import SignalNormalized, SignalRaw

MAX_VIEWS = 256
"""Views, one for each detector that reads views, that a session keeps."""
LEFT = MAX_VIEWS * 3 // 4
"""Views that are left when the bound is hit."""

Key = tuple[int, str, int]
"""Place of the detector in the list, stream, view."""


class Views:
    """Rows of view detectors, a bucket for each detector and view."""

    __slots__ = ("_buckets", "_past", "_plan", "_session")

    def __init__(self, session: str, plan: Plan, past: Past) -> None:
        self._session = session
        self._plan = plan
        self._past = past
        self._buckets: dict[Key, Bucket] = {}

    @property
    def buckets(self) -> ValuesView[Bucket]:
        """All that is kept of rows."""
        return self._buckets.values()

    @property
    def size(self) -> int:
        """How much is kept."""
        return sum(bucket.size for bucket in self.buckets)

    def file(self, place: int, detector: ViewDetector, stream: str, event: SignalRaw) -> Key | None:
        """Put *event* where *detector*, *place*-th of all, keeps its view; return what is new."""
        if not detector.wants(event.payload):
            return None
        key = place, stream, detector.view_of(event)
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = Bucket()
        elif not detector.matters(bucket.rows, event):
            return None
        insort(bucket.rows, to_row(stream, event), key=order)
        return key

    def look(self, key: Key) -> list[SignalNormalized]:
        """Judge a view again, and return what changed."""
        bucket = self._buckets[key]
        detector = self._plan.views[key[0]]
        bucket.rows = detector.needed(bucket.rows)
        signals = (to_signal(detector, self._session, f) for f in detector.find(bucket.rows))
        found = {signal.id: signal for signal in signals}
        changes = bucket.settle(list(bucket.live), found, self._past)
        if len(bucket.live) > len(bucket.rows):
            _forget_void(bucket)
        return changes

    def forget(self) -> None:
        """Drop the views that have been quiet for longest if there are too many."""
        if len(self._buckets) > MAX_VIEWS:
            oldest = sorted(
                self._buckets, key=lambda key: (order(self._buckets[key].rows[-1]), key)
            )
            for key in oldest[: len(oldest) - LEFT]:
                del self._buckets[key]


def _forget_void(bucket: Bucket) -> None:
    """Drop what was withdrawn and cannot come back: its first row is not needed any more."""
    kept = {row.id for row in bucket.rows}
    bucket.live = {
        key: signal
        for key, signal in bucket.live.items()
        if not signal.void or signal.payload.evidence[0] in kept
    }
