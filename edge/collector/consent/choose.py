"""
A visitor's choice within its commit (house plan, decision 4).

A grant names its session; a denial names nobody and is only counted. A grant of a
browser that says no by GPC or DNT is that denial: the session's row remembers it, what is
published names nobody. The receipt of a session's first choice stands; a choice with
another one changes nothing and learns nothing. A withdrawal is final for its session; it
needs no receipt, since one that cannot be made is worse than one too many, and it shows
nothing to whoever makes it.
"""

import secrets

from edge.collector import clock
from edge.collector.agents import ethics
from edge.collector.agents.ingest import Site, is_erased, stamp
from edge.collector.agents.sessions import Record, Session, Sessions
from edge.collector.http.access import Sender
from edge.collector.http.errors import NotABatch
from edge.events import wire
from edge.events.entry import Group
from edge.events.event import ConsentPayload, ConsentSource, PolicyPayload, PolicyUpdated
from edge.journal.transaction import HOME, Transaction
from edge.policy.consent import Consent, choose


class Consents:
    """Writes choices. Owned by the writer thread but for its construction."""

    def __init__(self, sessions: Sessions, site: Site) -> None:
        self.sessions = sessions
        self.site = site

    def choose(
        self, tx: Transaction, sender: Sender, request: wire.ConsentRequest, *, now: int
    ) -> wire.ConsentAnswer:
        """Record *request* and return its answer. *now* is the moment of receipt."""
        if request.session_id is None:
            return self._denied(tx, sender, request, now)
        try:
            return self._of_session(tx, sender, request, now)
        except Exception:
            self.sessions.forget(request.session_id)
            raise

    def _denied(
        self, tx: Transaction, sender: Sender, request: wire.ConsentRequest, now: int
    ) -> wire.ConsentAnswer:
        self._count(tx, sender, request.source, request.policy_version, now)
        policy = wire.Policy(allow=False, reason="consent_denied")
        return wire.ConsentAnswer(state="denied", region=sender.region, policy=policy)

    def _count(
        self, tx: Transaction, sender: Sender, source: ConsentSource, version: str, now: int
    ) -> None:
        """Write a denial, which names nobody."""
        consent = ConsentPayload(
            state="denied", source=source, policy_version=version, row=sender.region.row
        )
        event = PolicyUpdated(
            timestamp=now,
            id=secrets.token_hex(16),
            payload=PolicyPayload(allow=False, reason="consent_denied", consent=consent),
        )
        lane, _ = self.site.lanes(sender)
        tx.append(lane, Group(stamp=stamp(self.site, sender, None, None, now), events=[event]))

    def _of_session(
        self, tx: Transaction, sender: Sender, request: wire.ConsentRequest, now: int
    ) -> wire.ConsentAnswer:
        session = self._session(tx, sender, request, now)
        if session is None:
            policy = wire.Policy(allow=False, reason="consent_withdrawn")
            return wire.ConsentAnswer(state="withdrawn", region=sender.region, policy=policy)
        record = session.record
        if _is_anothers(record, request):
            # Whoever knows a session's id must learn nothing of it: answered as if it were new.
            record = Record(project=record.project)
            _apply(record, sender, request, now)
            return _answer(record, sender, now)
        before = record.consent
        _note_number(tx, session, request, now)
        if _apply(record, sender, request, now):
            self._write(tx, session, sender, request, before, now)
        return _answer(record, sender, now)

    def _write(
        self,
        tx: Transaction,
        session: Session,
        sender: Sender,
        request: wire.ConsentRequest,
        before: Consent,
        now: int,
    ) -> None:
        record = session.record
        if record.consent.refused != before.refused:
            self._count(tx, sender, record.source, record.policy_version, now)
        else:
            policy = ethics.decision(record, sender, now=now)
            ethics.has_changed(record, policy)
            event = _event(session, sender, request, policy, now)
            group = Group(
                stamp=stamp(self.site, sender, session.id, request.stream, now), events=[event]
            )
            lane, _ = self.site.lanes(sender)
            record.home = record.home and lane == HOME
            tx.append(lane, group)
            session.remember(tx.position, now)
        self.sessions.save(tx, session, now)

    def _session(
        self, tx: Transaction, sender: Sender, request: wire.ConsentRequest, now: int
    ) -> Session | None:
        session_id = str(request.session_id)
        session = self.sessions.get(tx, session_id)
        if session is None:
            if is_erased(tx, session_id):
                return None
            session = self.sessions.make(tx, session_id, sender.project)
        if not session.record.at:  # it has no row: whatever came before left nothing
            session.record.skew = clock.first_skew(sent_at=request.sent_at, received_at=now)
        return session if session.record.project == sender.project.id else None


def _event(
    session: Session, sender: Sender, request: wire.ConsentRequest, policy: wire.Policy, now: int
) -> PolicyUpdated:
    record = session.record
    latest = record.consent.latest
    return PolicyUpdated(
        timestamp=now,
        id=ethics.event_id(session, f"consent {request.stream}:{request.n}"),
        payload=PolicyPayload(
            allow=policy.allow,
            reason=policy.reason,
            next_at=policy.next_at,
            consent=ConsentPayload(
                state=record.consent.state,
                purposes=[*latest.purposes] if latest else [],
                source=record.source,
                policy_version=record.policy_version,
                receipt_hash=record.receipt_hash,
                row=sender.region.row,
            ),
        ),
    )


def _answer(record: Record, sender: Sender, now: int) -> wire.ConsentAnswer:
    policy = ethics.decision(record, sender, now=now)
    return wire.ConsentAnswer(state=record.consent.state, region=sender.region, policy=policy)


def check(request: wire.ConsentRequest) -> None:
    """Raise :class:`NotABatch` where a choice carries what it must not, or lacks what it needs."""
    named = (request.session_id, request.stream, request.n)
    if request.state == "denied":
        if any(part is not None for part in (*named, request.receipt_hash)):
            raise NotABatch("a denial carries no session, stream, number or receipt")
    elif any(part is None for part in named):
        raise NotABatch(f"`{request.state}` needs sessionId, stream and n")
    elif request.state == "granted" and request.receipt_hash is None:
        raise NotABatch("`granted` needs receiptHash")


def _is_anothers(record: Record, request: wire.ConsentRequest) -> bool:
    """Say whether *request* comes with another receipt than the session's first, which stands."""
    return bool(record.receipt_hash and request.receipt_hash) and (
        record.receipt_hash != request.receipt_hash
    )


def _note_number(tx: Transaction, session: Session, request: wire.ConsentRequest, now: int) -> None:
    numbers = session.numbers(tx, str(request.stream), now)
    numbers.add(request.n or 0)
    numbers.bound()


def _apply(record: Record, sender: Sender, request: wire.ConsentRequest, now: int) -> bool:
    """Move the session's choice; return whether it moved."""
    refused = sender.refused
    chosen = choose(record.consent, request, now=now, skew=record.skew, refused=refused)
    if chosen is record.consent:
        return False
    record.source = request.source
    if refused and chosen.refused != record.consent.refused:
        record.source = refused
    record.consent = chosen
    record.policy_version = request.policy_version
    record.receipt_hash = record.receipt_hash or request.receipt_hash or ""
    return True
