"""The report's shape, camelCase JSON. Moments are ms since 1970, days are of UTC."""

from typing import Any, Literal

from edge.events.event import ConsentState
from edge.events.wire import RegionRow
from hub.api.shapes.base import Answer, HiddenReason


class Period(Answer, frozen=True, kw_only=True):
    """What ``POST /api/reports/compliance`` asks: ms since 1970, end exclusive; else 90 days."""

    start: int | None = None
    end: int | None = None


class HubIdentity(Answer, frozen=True, kw_only=True):
    """Which hub it is: the facts of its card, whose fingerprint people compare."""

    version: str
    fingerprint: str
    """As ``flowback enroll card`` prints it."""
    keys: list[str]
    verify: list[str]
    """Ed25519 keys; the report is signed with one of them."""


class RulesInForce(Answer, frozen=True, kw_only=True):
    """The regional rules of one edge, the hub's own tightening included."""

    edge: str
    node: str
    region: str
    law: str
    rules: RegionRow
    tightened: dict[str, Any]
    """Fields that this hub set stricter than the region's row, by their names in the file."""
    known: Literal["yes", "not yet", "never said", "revoked"]
    """Whether the edge said that it holds all that it was told."""
    complaints: list[str]
    """What it was told and does not hold, and why."""


class ProjectConsent(Answer, frozen=True, kw_only=True):
    """How visitors of a project chose in the report's period."""

    project: str
    demo: bool
    mode: Literal["ask", "regional", "host"]
    k: int
    sessions: int | None
    """Sessions observed; None where hidden."""
    choices: dict[ConsentState, int]
    """Choices that k sessions share, or k denials: a denial is of no session."""
    hidden: dict[ConsentState, HiddenReason]


class Retention(Answer, frozen=True, kw_only=True):
    """How long a project's events stay, and how old the oldest is."""

    project: str
    raw_days: int
    """The strictest row of the regions that its events came from."""
    agg_days: int
    oldest_day: str | None
    """Day of the oldest event here, ``2026-11-25``; None where there is none or it is hidden."""
    overdue: bool | None
    """Whether an event is here longer than it may be; None where hidden."""


class Erasure(Answer, frozen=True, kw_only=True):
    """The receipt of one erasure."""

    project: str
    session_hash: str
    """SHA-256 of the session's id, hex: who holds the id finds the row, nobody else does."""
    heard: int
    """When this hub was told."""
    state: Literal["complete", "under way"]
    """Complete: its bytes are in no file of this hub."""


class ErasuresWaiting(Answer, frozen=True, kw_only=True):
    """What is not at its end."""

    erasures: int
    claims: int
    """Claims of sessions of which no grant has come."""
    errands: int
    """Edges that are still to erase what was claimed elsewhere."""


class Key(Answer, frozen=True, kw_only=True):
    """A key of the link, current or not."""

    of: str
    """``hub``, or the edge's name."""
    node: str
    state: Literal["in use", "next", "admitted", "revoked"]
    fingerprint: str
    made: int
    revoked: int | None


class AuditRow(Answer, frozen=True, kw_only=True):
    """A row of the audit log."""

    n: int
    at: int
    who: str
    what: str
    about: dict[str, Any]


class AuditChain(Answer, frozen=True, kw_only=True):
    """The head of the audit chain: ``flowback audit verify --expect HASH`` finds it again."""

    rows: int
    hash: str
    problems: list[str]
    """Where the chain is broken; empty: it is whole."""


class Report(Answer, frozen=True, kw_only=True):
    """All that is signed."""

    format: int
    made: int
    start: int
    end: int
    """The period of the consent figures, end exclusive."""
    hub: HubIdentity
    rules_as_of: str
    rules: list[RulesInForce]
    consent: list[ProjectConsent]
    retention: list[Retention]
    erasures: list[Erasure]
    waiting: ErasuresWaiting
    keys: list[Key]
    key_history: list[AuditRow]
    audit: AuditChain


class Signature(Answer, frozen=True, kw_only=True):
    """Over the report as JSON with sorted keys, no space, UTF-8; see :mod:`hub.compliance.seal`."""

    algorithm: Literal["Ed25519"]
    key: str
    value: str
    """Base64url, 64 bytes."""


class SignedReport(Answer, frozen=True, kw_only=True):
    """``POST /api/reports/compliance``; the file of ``flowback report compliance``."""

    report: Report
    signature: Signature
