"""
A batch within its commit: duplicates, consent, clock, lanes, detection, policy.

Runs on the journal's writer thread, one batch after the other; what is derived
commits with what it derives from.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from edge.collector import clock
from edge.collector.agents import ethics
from edge.collector.agents.numbers import Numbers, TooScattered
from edge.collector.agents.sessions import Record, Session, Sessions, to_bytes
from edge.collector.http.access import Sender
from edge.collector.http.batch import Parsed
from edge.events import wire
from edge.events.entry import Group, Stamp
from edge.events.event import BrowserEvent, Derived, FeedbackRecorded, SignalRaw
from edge.events.raw import Backtrack, Leave, Nav, Prompt
from edge.journal.transaction import FIRST, HOME, RAW, Transaction
from edge.policy.consent import drop_reason
from edge.policy.residency import travel

ALWAYS_FORWARDED = (Nav, Backtrack, Leave, Prompt)
"""Raw signals of lane 0: navigation and exposure (house plan, decision 10)."""


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
        session = self._session(tx, sender, parsed, now)
        if session is None:
            return _all_dropped(parsed, "erased")
        kept, duplicate, dropped = self._sift(session, sender, parsed, now)
        if kept:
            self._write(tx, session, sender, parsed.stream, kept, now)
        policy = ethics.decision(session.record, sender, now=now)
        if kept:
            if ethics.has_changed(session.record, policy):
                cause = f"{parsed.stream}:{kept[-1].n}"
                event = ethics.policy_event(session, policy, cause=cause, now=now)
                lane, _ = self.site.lanes(sender)
                tx.append(lane, self._group(session, sender, parsed.stream, [event], now))
            self.sessions.save(tx, session, now)
        return wire.BatchAnswer(
            accepted=len(kept),
            duplicate=duplicate,
            dropped=dict(dropped),
            rejected=parsed.rejected,
            policy=policy,
        )

    def _session(self, tx: Transaction, sender: Sender, parsed: Parsed, now: int) -> Session | None:
        session = self.sessions.get(tx, parsed.session_id)
        if session is None:
            if is_erased(tx, parsed.session_id):
                return None
            session = self.sessions.make(parsed.session_id, sender.project.id)
            session.record.skew = clock.first_skew(sent_at=parsed.sent_at, received_at=now)
        if session.record.project != sender.project.id:
            return None  # another project's session: as unknown as an erased one
        session.record.skew = clock.skew(
            session.record.skew, sent_at=parsed.sent_at, received_at=now
        )
        return session

    def _sift(
        self, session: Session, sender: Sender, parsed: Parsed, now: int
    ) -> tuple[list[BrowserEvent], int, Counter[str]]:
        """Return the events to keep, how many came before, and how many must go, by reason."""
        record = session.record
        kept: list[BrowserEvent] = []
        dropped: Counter[str] = Counter()
        duplicate = 0
        numbers: Numbers | None = None
        refusal = self._refusal(record, sender, parsed.stream, now)
        for event in parsed.events:
            why = refusal(event)
            moment = clock.correct(event.timestamp, record.skew, received_at=now)
            if why is not None or moment is None:
                dropped[why or "too_old"] += 1
                continue
            numbers = numbers or session.numbers(parsed.stream, now)
            try:
                if not numbers.add(event.n):
                    duplicate += 1
                    continue
            except TooScattered:
                dropped["too_scattered"] += 1
                continue
            event.timestamp = moment
            kept.append(event)
        return kept, duplicate, dropped

    def _refusal(
        self, record: Record, sender: Sender, stream: str, now: int
    ) -> Callable[[BrowserEvent], str | None]:
        """Return what says why an event must not be kept, or None (decision 4)."""
        region, mode = sender.region, sender.project.consent
        signals, taps, comments = (
            ethics.consent_for(record, sender, purpose, now=now)
            for purpose in ("interaction", "reaction_prompt", "comment")
        )

        def refusal(event: BrowserEvent) -> str | None:
            state = signals
            if isinstance(event, FeedbackRecorded):
                state = comments if event.payload.comment else taps
            return drop_reason(
                state, record.consent, mode=mode, region=region, stream=stream, n=event.n
            )

        return refusal

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
        raw = [event for event in events if isinstance(event, SignalRaw)]
        signals = session.detection(tx).add(stream, raw) if raw else []
        first: list[BrowserEvent | Derived] = []
        second: list[BrowserEvent | Derived] = []
        for event in events:
            (first if _is_always_forwarded(event) else second).append(event)
        ethics.note_prompts(session.record, raw, now=now)
        first += signals
        lanes = self.site.lanes(sender)
        for lane, found in zip(lanes, (first, second), strict=True):
            tx.append(lane, self._group(session, sender, stream, found, now))
        session.remember(tx.position, now)

    def _group(
        self,
        session: Session,
        sender: Sender,
        stream: str | None,
        events: "list[BrowserEvent | Derived]",
        now: int,
    ) -> Group:
        return Group(stamp=stamp(self.site, sender, session.id, stream, now), events=events)  # type: ignore[arg-type]


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


def _is_always_forwarded(event: BrowserEvent) -> bool:
    return isinstance(event, FeedbackRecorded) or isinstance(event.payload, ALWAYS_FORWARDED)


def _all_dropped(parsed: Parsed, reason: str) -> wire.BatchAnswer:
    policy = wire.Policy(allow=False, reason="consent_withdrawn")
    dropped = {reason: len(parsed.events)} if parsed.events else {}
    return wire.BatchAnswer(
        accepted=0, duplicate=0, dropped=dropped, rejected=parsed.rejected, policy=policy
    )
