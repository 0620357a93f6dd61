"""
The ethics agent: may this session be asked, why, and when next.

The decision itself is pure (:mod:`edge.policy`); here it meets what is
remembered of the session. A change of its reason is published.
"""

import hashlib

from edge.collector.agents.sessions import Record, Session
from edge.collector.http.access import Sender
from edge.events.event import ConsentState, PolicyPayload, PolicyUpdated, SignalRaw
from edge.events.raw import Prompt
from edge.events.wire import Policy
from edge.policy.consent import effective, for_purpose
from edge.policy.decide import decide
from edge.policy.throttle import note


def consents(record: Record, sender: Sender, *, now: int) -> ConsentState:
    """Return what the session's choices mean here and now."""
    return effective(
        record.consent,
        mode=sender.project.consent,
        region=sender.region,
        now=now,
        refused=sender.refused,
    )


def decision(record: Record, sender: Sender, *, now: int) -> Policy:
    """Return the decision for a session at *now*."""
    return decision_on(consents(record, sender, now=now), record, sender, now=now)


def decision_on(state: ConsentState, record: Record, sender: Sender, *, now: int) -> Policy:
    """Return the decision where the choices mean *state*, as :func:`consents` says."""
    return decide(
        now=now,
        consent=for_purpose(state, record.consent.latest, "reaction_prompt"),
        region=sender.region,
        throttle=record.throttle,
        rules=sender.project.prompts,
        mode=sender.project.consent,
    )


def note_prompts(record: Record, events: list[SignalRaw], *, now: int) -> None:
    """Count the questions among *events*, by the server's clock."""
    for event in events:
        if type(event.payload) is Prompt:
            record.throttle = note(record.throttle, event.payload, at=now)


def has_changed(record: Record, policy: Policy) -> bool:
    """Note the reason of *policy* and return whether it is another than before."""
    before, record.reason = record.reason, policy.reason
    return before != policy.reason


def event_id(session: Session, cause: str) -> str:
    """Return the id of a decision: the hash of its cause (decision 2)."""
    return hashlib.blake2b(f"{session.id} {cause}".encode(), digest_size=16).hexdigest()


def policy_event(session: Session, policy: Policy, *, cause: str, now: int) -> PolicyUpdated:
    """Return the event that publishes *policy*, caused by what *cause* names."""
    payload = PolicyPayload(allow=policy.allow, reason=policy.reason, next_at=policy.next_at)
    return PolicyUpdated(timestamp=now, id=event_id(session, f"policy {cause}"), payload=payload)
