"""
A batch within its commit: duplicates, consent, clock, lanes, detection, policy.

Runs on the journal's writer thread, one batch after the other; what is derived
commits with what it derives from.
"""

import sqlite3
import traceback
from dataclasses import dataclass

import structlog

from edge.collector import clock
from edge.collector.agents import ethics
from edge.collector.agents.receipts import to_bytes
from edge.collector.agents.sessions import Record, Session, Sessions, Undetected
from edge.collector.agents.sieve import Refusal, sift
from edge.collector.http.access import Sender
from edge.collector.http.batch import Parsed
from edge.events import wire
from edge.events.entry import Group, Stamp
from edge.events.event import BrowserEvent, Event, FeedbackPayload, SignalNormalized, SignalRaw
from edge.events.raw import Backtrack, Leave, Nav, Prompt
from edge.journal.transaction import FIRST, HOME, RAW, Transaction
from edge.policy.residency import travel

CALM = 60_000
"""Ms without a failure after which the detectors count as working again."""

log = structlog.get_logger(__name__)

ALWAYS_FORWARDED = frozenset({Nav, Backtrack, Leave, Prompt, FeedbackPayload})
"""Payloads of the first lane: navigation, exposure, taps (house plan, decision 10)."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where this edge stands, and where its hub."""

    name: str
    hub_country: str = ""

    def lanes(self, sender: Sender) -> tuple[int, int]:
        """
        Return the lanes for signals and for raw events of *sender*.

        What may not leave is written where no forwarder looks (decision 10).
        """
        may = travel(
            sender.region,
            share_raw=sender.project.share_raw,
            hub_country=self.hub_country or None,
        )
        return (FIRST if may.signals else HOME), (RAW if may.raw else HOME)


class Ingest:
    """Writes batches. Owned by the writer thread but for its construction."""

    def __init__(self, sessions: Sessions, site: Site) -> None:
        self.sessions = sessions
        self.site = site
        self.trouble = ""
        """Why the detectors failed last, empty while they work."""
        self.failed_at = 0
        """When that was, ms since 1970."""
        self.undetected = 0
        """Batches that were kept without detection."""
        self.made_up = 0
        """Of which were looked at later."""

    def batch(
        self, tx: Transaction, sender: Sender, parsed: Parsed, *, now: int
    ) -> wire.BatchAnswer:
        """Write *parsed* and return its answer. *now* is the moment of receipt, ms since 1970."""
        try:
            return self._batch(tx, sender, parsed, now)
        except Exception:
            self.sessions.forget(parsed.session_id)  # its row is the truth again
            raise

    def _batch(self, tx: Transaction, sender: Sender, parsed: Parsed, now: int) -> wire.BatchAnswer:
        session = self._session(tx, sender, parsed)
        if session is None:
            return _all_dropped(parsed, "erased")
        on_disk = session.record.skew
        session.record.skew = _skew(session.record, parsed, now)
        refusal = session.refusal
        if refusal is None or not refusal.holds(session.record, sender, parsed.stream, now):
            refusal = session.refusal = Refusal(session.record, sender, parsed.stream, now)
        sifted = sift(
            parsed.events,
            refusal,
            lambda: session.numbers(tx, parsed.stream, now),
            rejected=[rejected.n for rejected in parsed.rejected if rejected.n is not None],
            skew=session.record.skew,
            now=now,
        )
        kept = sifted.kept
        if kept:
            self._write(tx, session, sender, parsed.stream, kept, now)
        policy = ethics.decision_on(refusal.state, session.record, sender, now=now)
        if kept and ethics.has_changed(session.record, policy):
            cause = f"{parsed.stream}:{kept[-1].n}"
            event = ethics.policy_event(session, policy, cause=cause, now=now)
            lane, _ = self.site.lanes(sender)
            said = stamp(self.site, sender, session.id, parsed.stream, now)
            tx.append(lane, Group(stamp=said, events=[event]))
        if sifted.noted:
            self.sessions.save(tx, session, now)
        else:
            session.record.skew = on_disk  # whoever is met again from the row knows no other
        return wire.BatchAnswer(
            accepted=len(kept),
            duplicate=sifted.duplicate,
            dropped=sifted.dropped,
            rejected=[rejected.told for rejected in parsed.rejected],
            policy=policy,
        )

    def _session(self, tx: Transaction, sender: Sender, parsed: Parsed) -> Session | None:
        session = self.sessions.get(tx, parsed.session_id)
        if session is None:
            if is_erased(tx, parsed.session_id):
                return None
            session = self.sessions.make(tx, parsed.session_id, sender.project)
        if session.record.project != sender.project.id:
            return None  # another project's session: as unknown as an erased one
        return session

    def _write(
        self,
        tx: Transaction,
        session: Session,
        sender: Sender,
        stream: str,
        events: list[BrowserEvent],
        now: int,
    ) -> None:
        """Append *events* and what the detectors make of them, each to its lane."""
        raw = [event for event in events if type(event) is SignalRaw]
        signals = self._detect(tx, session, stream, raw, now) if raw else []
        first: list[Event | None] = []
        second: list[Event | None] = []
        for event in events:
            (first if type(event.payload) in ALWAYS_FORWARDED else second).append(event)
        ethics.note_prompts(session.record, raw, now=now)
        first += signals
        lanes = self.site.lanes(sender)
        if lanes != (HOME, HOME):
            session.record.home = False
        said = stamp(self.site, sender, session.id, stream, now)
        for lane, found in zip(lanes, (first, second), strict=True):
            if found:
                tx.append(lane, Group(stamp=said, events=found))
        session.record.settled = True
        session.remember(tx.position, now)

    def _detect(
        self, tx: Transaction, session: Session, stream: str, raw: list[SignalRaw], now: int
    ) -> list[SignalNormalized]:
        """
        Return what the detectors find. If they fail the events are kept all the same.

        The next batch of the session that they take makes up for it.
        """
        before = session.record.undetected
        try:
            signals = session.detect(tx, stream, raw, now=now)
        except sqlite3.Error:
            raise  # a full or broken disk concerns the whole commit
        except Exception as error:  # noqa: BLE001 - no bug of a detector may cost an event
            tried = not isinstance(error, Undetected)
            session.miss(now, tried=tried)
            self.undetected += 1
            if tried:
                self._failed(error, now)
            return []
        if before:
            self.made_up += before
        if self.trouble and now - self.failed_at > CALM:
            self.trouble = ""
        return signals

    def _failed(self, error: Exception, now: int) -> None:
        kind = type(error).__name__
        if not self.trouble:  # once until it is calm again: every batch may fail
            place = traceback.extract_tb(error.__traceback__)[-1]
            # Neither the message nor the variables: they may hold what a visitor did.
            log.error(
                "detection failed; the events are kept and looked at again later",
                error=kind,
                at=f"{place.filename}:{place.lineno}",
            )
        self.trouble = f"a detector failed: {kind}"
        self.failed_at = now


def stamp(site: Site, sender: Sender, session: str | None, stream: str | None, now: int) -> Stamp:
    """Return what the edge adds to the events of one request (decision 3)."""
    return Stamp(
        project=sender.project.id,
        received_at=now,
        session=session,
        stream=stream,
        device=sender.device,
        region=sender.region.row,
        site=site.name,
        verified=sender.verified,
    )


def is_erased(tx: Transaction, session_id: str) -> bool:
    """Return whether the session was erased: its late events are dropped."""
    return bool(
        tx.connection.execute(
            "select 1 from tombstone where id = ?", (to_bytes(session_id),)
        ).fetchone()
    )


def _skew(record: Record, parsed: Parsed, now: int) -> int:
    """Return the skew of a session with one more batch; one without a row is met anew."""
    sent_at = parsed.sent_at
    known = record.skew if record.at else clock.first_skew(sent_at=sent_at, received_at=now)
    return clock.skew(known, sent_at=sent_at, received_at=now, settled=record.settled)


def _all_dropped(parsed: Parsed, reason: str) -> wire.BatchAnswer:
    policy = wire.Policy(allow=False, reason="consent_withdrawn")
    dropped = {reason: len(parsed.events)} if parsed.events else {}
    rejected = [rejected.told for rejected in parsed.rejected]
    return wire.BatchAnswer(
        accepted=0, duplicate=0, dropped=dropped, rejected=rejected, policy=policy
    )
