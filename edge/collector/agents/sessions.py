"""
What the edge remembers of each session.

A record is one row, written in the commit of the events that changed it. The
detectors' state is not in it: it is rebuilt from the journal when a session is
met again after a restart, through the positions that the record keeps. Its life has
one rule, :meth:`Trail.is_over`, in memory as on disk, so that neither a restart nor a
full cache changes what is found.
"""

from collections import OrderedDict
from typing import TYPE_CHECKING

import msgspec

from edge.collector.agents import rebuild, receipts
from edge.collector.agents import streams as older
from edge.collector.agents.numbers import Numbers
from edge.collector.agents.receipts import to_bytes
from edge.collector.agents.trail import Trail
from edge.detect import DEFAULT
from edge.detect.presets import BadDefinition, Definition, detectors_of
from edge.detect.session import SessionDetection
from edge.events.event import ConsentSource, SignalNormalized, SignalRaw
from edge.journal.transaction import Transaction
from edge.policy.consent import NO_CHOICE, Consent
from edge.policy.throttle import ThrottleState
from edge.projects import Project

if TYPE_CHECKING:
    from edge.collector.agents.sieve import Refusal

RETRY_LIFE = 7 * 86_400_000  # ms in which a widget may retry (decision 2)
REST = 60_000
"""Ms after a failure of a session's detectors until they are tried again."""
MAX_STREAMS = 256
"""Page loads whose numbers a session's row holds."""

_SAVE = (
    "insert into session values (?, ?, ?) on conflict (id)"
    " do update set at = excluded.at, record = excluded.record"
)


class Stream(msgspec.Struct, array_like=True):
    """The numbers that came of one page load."""

    bounds: list[int] = []
    at: int = 0


class Record(msgspec.Struct, array_like=True):
    """A session's row. All moments are ms since 1970, by the server's clock."""

    project: str
    at: int = 0
    skew: int = 0
    """What corrects this device's clock."""
    consent: Consent = NO_CHOICE
    source: ConsentSource = "banner"
    policy_version: str = ""
    receipt_hash: str = ""
    throttle: ThrottleState = msgspec.field(default_factory=ThrottleState)
    streams: dict[str, Stream] = {}
    trail: Trail = msgspec.field(default_factory=Trail)
    """First position of each commit with events that the detectors' state is made of."""
    reason: str = ""
    """The policy's reason as last published."""
    first: int = 0
    """Position of the first commit with events of this session; 0 before it."""
    undetected: int = 0
    """Batches that the detectors have not looked at, since they failed."""
    settled: bool = False
    """Events lie on disk with ``skew``."""
    detect: Definition | None = None
    """The project's definition when the session began; None: Flowback's own."""
    home: bool = False
    """Nothing of it was ever written where a forwarder looks: no hub has heard of it."""
    older_streams: bool = False
    """There were more page loads than a row holds: see :mod:`edge.collector.agents.streams`."""


decode = msgspec.msgpack.Decoder(Record).decode
"""A row's bytes to its record."""


class Undetected(Exception):
    """The detectors failed before, and it is not yet time to try again."""


class Session:
    """A record in memory, with its detectors."""

    def __init__(self, session_id: str, record: Record, *, fresh: bool) -> None:
        self.id = session_id
        self.key = to_bytes(session_id)
        """Names its row."""
        self.record = record
        self.refusal: Refusal | None = None
        """What its latest batch was judged by."""
        self.fresh = fresh
        """Nothing of it is in the journal yet."""
        self._detection: SessionDetection | None = self._begin() if fresh else None
        self._rests_until = 0

    def numbers(self, tx: Transaction, stream: str, now: int) -> Numbers:
        """Return the numbers that came of *stream*."""
        record, streams = self.record, self.record.streams
        if stream not in streams:
            while len(streams) >= MAX_STREAMS:
                oldest = next(iter(streams))
                known = streams.pop(oldest)
                older.put(tx, self.key, oldest, known.bounds, known.at)
                record.older_streams = True
            found = older.find(tx, self.key, stream) if record.older_streams else Numbers()
            streams[stream] = Stream(found.bounds)
        streams[stream].at = now
        return Numbers(streams[stream].bounds)

    def detect(
        self, tx: Transaction, stream: str, raw: list[SignalRaw], *, now: int
    ) -> list[SignalNormalized]:
        """
        Return what the detectors make of *raw*, and of what they missed before.

        They are rebuilt from the journal where they are not in memory. Raises whatever
        they raise, and :class:`Undetected` where it is too early to rebuild them.
        """
        self._renew(now)
        record = self.record
        missed: list[SignalNormalized] = []
        if self._detection is None:
            if record.undetected and now < self._rests_until:
                raise Undetected
            self._detection, unpublished = self._rebuild(tx)
            # What only newer detectors see is for `detect --replay`.
            missed = unpublished if record.undetected else []
        signals = [*missed, *self._detection.add(stream, raw)]
        record.undetected = 0
        return signals

    def miss(self, now: int, *, tried: bool) -> None:
        """
        Note that a batch was kept without detection; it is made up for later.

        *tried*: the detectors failed just now and rest for a while.
        """
        if tried:
            self._rests_until = now + REST
        self._detection = None
        self.record.undetected += 1

    def remember(self, position: int, now: int) -> None:
        """Note the commit in which events of this session are written."""
        self._renew(now)
        record = self.record
        record.first = record.first or position
        record.trail.add(position, now)

    def _renew(self, now: int) -> None:
        """Begin anew where the state is over."""
        if self.record.trail.is_over(now):
            self.record.trail = Trail()
            self._detection = self._begin()

    def _begin(self) -> SessionDetection:
        try:
            detectors = detectors_of(self.record.detect)
        except BadDefinition:
            detectors = DEFAULT  # an older version's parameter: rather these than none
        return SessionDetection(self.id, detectors)

    def _rebuild(self, tx: Transaction) -> tuple[SessionDetection, list[SignalNormalized]]:
        """
        Feed the journaled events to new detectors, which then know what is published.

        Returns also what the rows say and nobody published.
        """
        detection = self._begin()
        published: list[SignalNormalized] = []
        for commit in rebuild.commits(tx, self.id, self.record.trail):
            for stream, events in commit.raw.items():
                detection.add(stream, events)
            published += commit.published
        return detection, detection.restore(published)


class Sessions:
    """The sessions in memory: the latest *limit* of them; the others are in their rows."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._cache: OrderedDict[str, Session] = OrderedDict()
        self._encoder = msgspec.msgpack.Encoder()

    def __len__(self) -> int:
        return len(self._cache)

    def get(self, tx: Transaction, session_id: str) -> Session | None:
        """Return a session that has been met, or None."""
        session = self._cache.get(session_id)
        if session is not None:
            self._cache.move_to_end(session_id)
            return session
        record = self._saved(tx, session_id)
        if record is None:
            return None
        return self._keep(Session(session_id, decode(record), fresh=False))

    def make(self, tx: Transaction, session_id: str, project: Project) -> Session:
        """
        Return a new session of *project*; how it is judged stays for its life.

        One that was forgotten keeps its project and its receipt.
        """
        record = Record(project=project.id, detect=project.detect, home=True)
        left = receipts.find(tx, session_id)
        if left is not None:
            record.project, record.receipt_hash = left.project, left.hash
            record.first, record.home = left.first, bool(left.home)
        return self._keep(Session(session_id, record, fresh=True))

    def save(self, tx: Transaction, session: Session, now: int) -> None:
        """Write a session's row within the commit, once for all its batches."""
        session.record.at = now
        record = self._encoder.encode(session.record)
        tx.put(_SAVE, session.id, (session.key, now, record))

    def erase(self, tx: Transaction, session_id: str) -> None:
        """Drop a session from memory and its row from the file."""
        self.forget(session_id)
        tx.drop(_SAVE, session_id)
        tx.connection.execute("delete from session where id = ?", (to_bytes(session_id),))
        older.erase(tx, to_bytes(session_id))

    def forget(self, session_id: str) -> None:
        """Drop a session from memory; its row stays."""
        self._cache.pop(session_id, None)

    def clear(self) -> None:
        """Drop all from memory: a commit failed, and the rows are the truth."""
        self._cache.clear()

    def _saved(self, tx: Transaction, session_id: str) -> bytes | None:
        waiting = tx.waiting(_SAVE, session_id)
        if waiting is not None:
            return bytes(waiting[2])
        row = tx.connection.execute(
            "select record from session where id = ?", (to_bytes(session_id),)
        ).fetchone()
        return None if row is None else bytes(row[0])

    def _keep(self, session: Session) -> Session:
        self._cache[session.id] = session
        while len(self._cache) > self._limit:
            self._cache.popitem(last=False)
        return session
