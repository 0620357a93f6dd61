"""
A visitor's choice within its commit (house plan, decision 4).

A grant names its session; a denial names nobody and is only counted. Choices of
one stream are ordered by their number, not by time, so that a grant and its
events can both be made offline. A withdrawal is final for its session.
"""

import secrets

from edge.collector import clock
from edge.collector.agents import ethics
from edge.collector.agents.ingest import Site, is_erased, stamp
from edge.collector.agents.numbers import TooScattered
from edge.collector.agents.sessions import Session, Sessions
from edge.collector.http.access import Sender
from edge.collector.http.errors import NotABatch
from edge.events import wire
from edge.events.entry import Group
from edge.events.event import ConsentPayload, PolicyPayload, PolicyUpdated
from edge.journal.transaction import Transaction
from edge.policy.consent import choose


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
        event = PolicyUpdated(
            timestamp=now,
            id=secrets.token_hex(16),
            payload=PolicyPayload(
                allow=False,
                reason="consent_denied",
                consent=ConsentPayload(
                    state="denied",
                    source=request.source,
                    policy_version=request.policy_version,
                    row=sender.region.row,
                ),
            ),
        )
        lane, _ = self.site.lanes(sender)
        tx.append(lane, Group(stamp=stamp(self.site, sender, None, None, now), events=[event]))
        policy = wire.Policy(allow=False, reason="consent_denied")
        return wire.ConsentAnswer(state="denied", region=sender.region, policy=policy)

    def _of_session(
        self, tx: Transaction, sender: Sender, request: wire.ConsentRequest, now: int
    ) -> wire.ConsentAnswer:
        session = self._session(tx, sender, request, now)
        if session is None:
            policy = wire.Policy(allow=False, reason="consent_withdrawn")
            return wire.ConsentAnswer(state="withdrawn", region=sender.region, policy=policy)
        changed = _apply(session, request, now)
        policy = ethics.decision(session.record, sender, now=now)
        if changed:
            ethics.has_changed(session.record, policy)
            event = _event(session, sender, policy, now)
            group = Group(
                stamp=stamp(self.site, sender, session.id, request.stream, now), events=[event]
            )
            lane, _ = self.site.lanes(sender)
            tx.append(lane, group)
            session.remember(tx.position, now)
            self.sessions.save(tx, session, now)
        return wire.ConsentAnswer(
            state=session.record.consent.state, region=sender.region, policy=policy
        )

    def _session(
        self, tx: Transaction, sender: Sender, request: wire.ConsentRequest, now: int
    ) -> Session | None:
        session_id = str(request.session_id)
        session = self.sessions.get(tx, session_id)
        if session is None:
            if is_erased(tx, session_id):
                return None
            session = self.sessions.make(session_id, sender.project)
            session.record.skew = clock.first_skew(sent_at=request.sent_at, received_at=now)
        return session if session.record.project == sender.project.id else None


def _event(session: Session, sender: Sender, policy: wire.Policy, now: int) -> PolicyUpdated:
    record = session.record
    consent = record.consent
    return PolicyUpdated(
        timestamp=now,
        id=ethics.event_id(session, f"consent {consent.stream}:{consent.n}"),
        payload=PolicyPayload(
            allow=policy.allow,
            reason=policy.reason,
            next_at=policy.next_at,
            consent=ConsentPayload(
                state=consent.state,
                purposes=[*consent.purposes],
                source=record.source,
                policy_version=record.policy_version,
                receipt_hash=record.receipt_hash,
                row=sender.region.row,
            ),
        ),
    )


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


def _apply(session: Session, request: wire.ConsentRequest, now: int) -> bool:
    """Move the session's choice; return whether it moved."""
    record = session.record
    try:
        session.numbers(str(request.stream), now).add(request.n or 0)
    except TooScattered as error:
        raise NotABatch(str(error)) from error
    chosen = choose(record.consent, request, now=now)
    if chosen is record.consent:
        return False
    record.consent = chosen
    record.source = request.source
    record.policy_version = request.policy_version
    record.receipt_hash = request.receipt_hash or record.receipt_hash
    return True
