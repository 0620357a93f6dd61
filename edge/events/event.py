"""
The seven event types, one struct each; the tag ``type`` is the topic's last words.

An event says what happened; the :class:`~edge.events.entry.Stamp` of the group
it travels in says where, when received and by whom. All moments are ms since
1970. Events that a browser made are named by (session, stream, n), events that
an agent made by ``id``, a hash of their cause (decision 2 of the house plan).
"""

from typing import Annotated, Literal, get_args

from msgspec import Meta, Struct

from edge.events.raw import EventNumber, Ms, Name, Path, RawPayload, Selector

Moment = Annotated[int, Meta(ge=0, le=2**53 - 1)]
"""ms since 1970."""
EventId = Annotated[str, Meta(max_length=64)]
"""``stream:n`` of an event that a browser made, or the hash of a derived one."""

SIGNALS = (
    "rage_click",
    "error_click",
    "dead_click",
    "slow_click",
    "hesitation",
    "backtrack",
    "quick_back",
    "thrash",
    "scroll_milestone",
    "form_abandon",
)
SignalName = Literal[
    "rage_click",
    "error_click",
    "dead_click",
    "slow_click",
    "hesitation",
    "backtrack",
    "quick_back",
    "thrash",
    "scroll_milestone",
    "form_abandon",
]
Reaction3 = Literal["thumbs_up", "thumbs_down", "confused"]
ConsentState = Literal["pending", "granted", "denied", "withdrawn"]
ConsentSource = Literal["banner", "api", "gpc", "dnt", "tcf", "gcm", "host", "region"]
Purpose = Literal["interaction", "reaction_prompt", "comment"]
PURPOSES: tuple[Purpose, ...] = get_args(Purpose)
PolicyReason = Literal[
    "throttle_ready",
    "throttle_active",
    "session_cap",
    "suppressed",
    "consent_pending",
    "consent_denied",
    "consent_withdrawn",
    "regional_block",
]


class Base(Struct, kw_only=True, omit_defaults=True, rename="camel", tag_field="type", gc=False):
    """What all seven share."""

    timestamp: Moment
    """When it happened. From a browser: by its clock; behind the edge: corrected."""
    page: Path = ""
    """The page as scrubbed path; empty where none is concerned."""
    view: Annotated[int, Meta(ge=0, le=10**6)] = 0
    """The view of the stream in which it happened, counted from 0."""


class FromBrowser(Base, kw_only=True, rename="camel", tag_field="type", forbid_unknown_fields=True):
    """An event that a widget made."""

    n: EventNumber


class SignalRaw(FromBrowser, kw_only=True, tag="signal.raw"):
    """One interaction."""

    payload: RawPayload


class Answers(
    Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    rename="camel",
    forbid_unknown_fields=True,
):
    """What a tap answers: the detector whose question was asked and its evidence."""

    detector: Name
    evidence: Annotated[list[EventId], Meta(max_length=32)] = []
    target: Selector | None = None


class FeedbackPayload(
    Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    rename="camel",
    forbid_unknown_fields=True,
):
    """A tap and what belongs to it."""

    reaction: Reaction3
    comment: Annotated[str, Meta(max_length=4_000)] | None = None
    answers: Answers | None = None
    follows: EventNumber | None = None
    """``n`` of the tap that this comment completes; the tap itself is not counted again."""


class FeedbackRecorded(FromBrowser, kw_only=True, tag="feedback.recorded"):
    """A tap: 👍 👎 😕."""

    payload: FeedbackPayload


class Derived(Base, kw_only=True, rename="camel", tag_field="type"):
    """
    An event that an agent made. ``id`` hashes its cause; a later ``revision``
    replaces an earlier one; ``void`` withdraws it.
    """

    id: EventId
    revision: Annotated[int, Meta(ge=0)] = 0
    void: bool = False


class NormalizedPayload(Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """A pattern that a detector found."""

    signal: SignalName
    version: int
    """Version of the detector."""
    target: Selector | None = None
    name: Name | None = None
    count: int = 1
    """Clicks of a rage, direction changes of a thrash; 1 elsewhere."""
    duration: Ms = 0
    evidence: list[EventId] = []
    metrics: dict[str, float] = {}


class SignalNormalized(Derived, kw_only=True, tag="signal.normalized"):
    """A pattern in the raw signals of one session."""

    payload: NormalizedPayload


class ContextPayload(Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Where an event belongs."""

    of: EventId
    """The event that it enriches."""
    route: Path
    """The page with ids replaced by placeholders."""
    device: str
    cohort: str = ""
    consent: ConsentState
    region: str
    site: str
    bot: bool = False


class ContextEnriched(Derived, kw_only=True, tag="context.enriched"):
    """An event plus page, device, cohort, consent, region, site."""

    payload: ContextPayload


class ConsentPayload(Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """A choice, as it is recorded: never an address, never a user agent."""

    state: ConsentState
    purposes: list[Purpose] = []
    source: ConsentSource = "banner"
    policy_version: str = ""
    receipt_hash: str = ""
    row: str = ""
    """Id of the region row in force."""


class PolicyPayload(Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """May this session be asked, why, and when next."""

    allow: bool
    reason: PolicyReason
    next_at: Moment | None = None
    """The first moment at which the answer can change by itself; absent: it cannot."""
    consent: ConsentPayload | None = None
    """Present when a choice caused this decision."""
    erased: bool = False
    """A tombstone: the visitor had the session deleted, and every node removes it."""
    claim: str = ""
    """
    Hash of the secret with which the visitor asked. Without ``erased`` it is a claim of a
    session that the edge does not know: whoever holds its grant compares.
    """
    signatures: list[str] = []
    """Of a tombstone: the edge's, by each signing key that it keeps."""


class PolicyUpdated(Derived, kw_only=True, tag="policy.updated"):
    """A decision of the ethics agent, with its reason. A denial carries no session."""

    payload: PolicyPayload


class FrictionStep(Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """One step of a journey."""

    at: Moment
    page: Path
    what: str
    """``nav``, ``click``, a signal's name, a reaction, …"""
    target: Selector | None = None
    name: Name | None = None
    evidence: list[EventId] = []


class FrictionPayload(Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """``score = 1 - exp(-sum(contributions))``, contributions = weight x count per signal."""

    score: Annotated[float, Meta(ge=0, le=1)]
    counts: dict[str, int]
    contributions: dict[str, float]
    path: list[Path]
    steps: list[FrictionStep]


class SessionFriction(Derived, kw_only=True, tag="session.friction"):
    """A session's journey and its friction."""

    payload: FrictionPayload


class InsightPayload(Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """A cluster in words; every number can be recomputed from ``evidence``."""

    title: str
    description: str
    hypothesis: str
    trend: Literal["new", "rising", "steady", "falling", "unclear"]
    pages: list[Path]
    recommendations: list[str]
    evidence: list[EventId]
    numbers: dict[str, float] = {}
    made_by: str = "rules"
    friction: str = "ux"
    """Payment, checkout, navigation, performance, ux, or a type of the project's own."""
    level: int | None = None
    """Of the vectors that grouped its comments; absent where there are none."""


class InsightSummary(Derived, kw_only=True, tag="insight.summary"):
    """What the insight agent found."""

    payload: InsightPayload


BrowserEvent = SignalRaw | FeedbackRecorded
DerivedEvent = SignalNormalized | ContextEnriched | PolicyUpdated | SessionFriction | InsightSummary
Event = (
    SignalRaw
    | SignalNormalized
    | FeedbackRecorded
    | ContextEnriched
    | PolicyUpdated
    | SessionFriction
    | InsightSummary
)

TOPICS: dict[type[Base], str] = {
    SignalRaw: "flowback.signal.raw",
    SignalNormalized: "flowback.signal.normalized",
    FeedbackRecorded: "flowback.feedback.recorded",
    ContextEnriched: "flowback.context.enriched",
    PolicyUpdated: "flowback.policy.updated",
    SessionFriction: "flowback.session.friction",
    InsightSummary: "flowback.insight.summary",
}
"""Event type → the topic it is published on, in the order of the house plan."""
