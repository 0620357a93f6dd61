"""
What a set of rows has been said to mean: signals by id, so that a later look at
the same rows tells only what changed (decision 2: revisions count up, voids withdraw).
"""

from collections.abc import Iterable, Mapping
from hashlib import blake2b

from edge.detect.detector import Detector
from edge.detect.row import Finding
from edge.events.event import NormalizedPayload, SignalNormalized

MAX_EVIDENCE = 32
"""Event ids that one signal carries; its count says how many there were."""


def signal_id(detector: Detector, session: str, evidence: str) -> str:
    """Return the id of a derived event: a BLAKE2b-128 of its cause, in hex."""
    cause = f"{detector.signal}|{detector.version}|{session}|{evidence}"
    return blake2b(cause.encode(), digest_size=16).hexdigest()


def to_signal(detector: Detector, session: str, finding: Finding) -> SignalNormalized:
    """Return *finding* as the first revision of its signal."""
    first = finding.rows[0]
    evidence = [row.id for row in finding.rows[:MAX_EVIDENCE]]
    for row in finding.rows:
        if row.reaction is not None and len(evidence) < MAX_EVIDENCE:
            evidence.append(f"{row.stream}:{row.reaction_n}")
    payload = NormalizedPayload(
        signal=detector.signal,
        version=detector.version,
        target=finding.target,
        name=finding.name,
        count=finding.count,
        duration=finding.duration,
        evidence=evidence,
        metrics=dict(finding.metrics),
    )
    return SignalNormalized(
        id=signal_id(detector, session, evidence[0]),
        timestamp=first.at,
        page=first.page,
        view=first.view,
        payload=payload,
    )


def settle(
    live: dict[str, SignalNormalized],
    before: Iterable[str],
    found: Mapping[str, SignalNormalized],
) -> list[SignalNormalized]:
    """
    Bring *live* up to date and return what changed.

    *before* are the ids in *live* that these rows had brought about, *found*
    is what they bring about now. A withdrawn signal stays in *live* as a void,
    so that its revisions go on counting if it comes back.
    """
    changes = []
    for key in before:
        old = live[key]
        if key not in found and not old.void:
            changes.append(_revised(old, old.revision + 1, void=True))
    for key, new in found.items():
        known = live.get(key)
        if known is None:
            changes.append(new)
        elif known.void or not same(known, new):
            changes.append(_revised(new, known.revision + 1, void=False))
    for change in changes:
        live[change.id] = change
    return changes


def same(one: SignalNormalized, other: SignalNormalized) -> bool:
    """Say whether two revisions tell the same."""
    return (
        one.payload == other.payload
        and one.timestamp == other.timestamp
        and one.page == other.page
        and one.view == other.view
    )


def _revised(signal: SignalNormalized, revision: int, *, void: bool) -> SignalNormalized:
    return SignalNormalized(
        id=signal.id,
        revision=revision,
        void=void,
        timestamp=signal.timestamp,
        page=signal.page,
        view=signal.view,
        payload=signal.payload,
    )
