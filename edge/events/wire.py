"""
What a browser sends and what it is answered (decisions 1, 4 and 7; camelCase JSON).
"""

from typing import Annotated, Literal

from msgspec import Meta, Raw, Struct

from edge.events.event import ConsentSource, ConsentState, Moment, PolicyReason, Purpose
from edge.events.raw import EventNumber

ProjectId = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}\Z")]
SessionId = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{22}\Z")]
"""128 random bits as base64url, made after consent."""
StreamId = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{11}\Z")]
"""64 random bits as base64url, one per page load."""
ReceiptHash = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{43}\Z")]
"""SHA-256 of the visitor's 256-bit secret, as base64url (decision 5)."""

MAX_EVENTS = 500
"""Events in one batch; a widget sends 50."""


class Batch(Struct, frozen=True, kw_only=True, rename="camel"):
    """``POST /events``. ``events`` are decoded one by one, so that a bad one costs only itself."""

    project_id: ProjectId
    session_id: SessionId
    stream: StreamId
    sent_at: Moment
    """The sender's clock when this attempt was made; corrects the events' timestamps."""
    events: Annotated[list[Raw], Meta(max_length=MAX_EVENTS)]


class ConsentRequest(Struct, frozen=True, kw_only=True, rename="camel"):
    """
    ``POST /consent``. A denial carries no session, no stream and no receipt and
    is only counted; a grant is ordered by ``n`` before the events that it covers.
    """

    project_id: ProjectId
    state: Literal["granted", "denied", "withdrawn"]
    source: ConsentSource
    policy_version: Annotated[str, Meta(pattern=r"^[A-Za-z0-9._-]{0,32}\Z")]
    """A version, never words: a denial is kept without anybody's name in it."""
    sent_at: Moment
    at: Moment | None = None
    """When the visitor chose, by the sender's clock; absent: when it was sent."""
    purposes: Annotated[list[Purpose], Meta(max_length=3)] = []
    session_id: SessionId | None = None
    stream: StreamId | None = None
    n: EventNumber | None = None
    receipt_hash: ReceiptHash | None = None
    override: bool = False
    """The visitor overrides GPC or DNT explicitly."""


class Policy(Struct, frozen=True, kw_only=True, rename="camel"):
    """May this session be asked: in every answer and by ``GET /policy``."""

    allow: bool
    reason: PolicyReason
    next_at: Moment | None = None


class RegionRow(Struct, frozen=True, kw_only=True, rename="camel"):
    """The merged row of ``regional_rules.json``: the stricter of edge's and visitor's region."""

    row: str
    """Ids of the rows merged, such as ``DE+FR``."""
    model: Literal["opt_in", "opt_out"]
    capture_before_choice: bool
    store_before_choice: bool
    counts_before_choice: bool
    prompt: Literal["after_choice", "yes"]
    reprompt_min_days: int
    consent_ttl_days: int
    raw_days: int
    agg_days: int
    k_min: int
    residency: Literal["in_country", "edge", "any"]
    gpc: Literal["policy", "must"] = "policy"
    """GPC is honoured as the law says, or because Flowback does so everywhere."""
    dnt: Literal["policy", "must"] = "policy"
    voice: Literal["separate_opt_in", "forbidden"] = "separate_opt_in"
    hub_raw: bool = True
    """Raw events may reach a hub at all."""
    home: list[str] = []
    """Countries whose hubs may have the events where ``residency`` is ``in_country``."""


class ConsentAnswer(Struct, frozen=True, kw_only=True, rename="camel"):
    """The answer to ``POST /consent``."""

    state: ConsentState
    region: RegionRow
    policy: Policy


class Rejected(Struct, frozen=True, kw_only=True, rename="camel"):
    """An event that was not understood. The widget drops it."""

    n: int | None
    error: str


class BatchAnswer(Struct, frozen=True, kw_only=True, rename="camel"):
    """
    The 202 of ``POST /events``: all but ``rejected`` is on disk, was there
    before, or was dropped for a reason. The widget forgets the whole batch.
    """

    accepted: int
    duplicate: int
    dropped: dict[str, int]
    rejected: list[Rejected]
    policy: Policy
