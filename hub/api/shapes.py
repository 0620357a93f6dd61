"""
The shapes of the hub's answers, camelCase JSON; the dashboard's types are made from them.

Moments are ms since 1970. A score lies in 0…1. A row whose ``hidden`` is set
carries no figure at all: what may not be shown is said, never zero.
"""

from typing import Literal

from msgspec import Struct

from edge.events.event import ConsentState, Reaction3, SignalName


class Answer(Struct, frozen=True, kw_only=True, rename="camel"):
    """Base of all answers."""


HiddenReason = Literal["few", "complement", "unchanged"]
"""Fewer than k sessions · the rest would be fewer than k · fewer than k new ones since shown."""


class Scope(Answer, frozen=True, kw_only=True):
    """What was asked, as it was understood: repeated in every answer."""

    project_id: str
    start: int
    end: int
    """Exclusive."""
    k: int
    """Sessions below which nothing is shown; 1 only for a demo project."""
    sessions: int | None
    """Sessions in scope; None where hidden."""


class Problem(Answer, frozen=True, kw_only=True):
    """RFC 9457, ``application/problem+json``."""

    type: str
    title: str
    status: int
    detail: str


class Project(Answer, frozen=True, kw_only=True):
    """A web property."""

    id: str
    name: str
    demo: bool
    k: int
    consent: Literal["ask", "regional", "host"]
    time_zone: str


class Projects(Answer, frozen=True, kw_only=True):
    """``GET /api/projects``."""

    rows: list[Project]


class Interval(Answer, frozen=True, kw_only=True):
    """A value with its 95 % interval."""

    value: float
    low: float
    high: float


class Precision(Answer, frozen=True, kw_only=True):
    """How often visitors who were asked confirmed a signal, with Wilson's 95 % interval."""

    value: float
    low: float
    high: float
    verdicts: int
    """Taps that answered such a signal, one for each session and element."""
    confirmed: int
    """Those that confirmed it: 👎 or 😕. A 👍 refutes it."""
    weight: float
    """What one such signal counts in the score, 0…1; 1 until it was refuted."""


class Hotspot(Answer, frozen=True, kw_only=True):
    """A page, or an element of one, and how much it hurts."""

    page: str
    target: str | None = None
    """Selector; None for a whole page."""
    name: str | None = None
    hidden: HiddenReason | None = None
    sessions: int | None = None
    """Sessions exposed to it."""
    score: Interval | None = None
    """Mean over the exposed sessions, shrunk towards the project's mean; each signal
    counts as much as its detector was found right."""
    session_score: float | None = None
    """Mean over the exposed sessions as it is: not shrunk, each signal counted in full."""
    signals: dict[SignalName, int] = {}
    contributions: dict[SignalName, float] = {}
    """Mean contribution of each signal to the sum within the score's exponent."""
    reactions: dict[Reaction3, int] = {}
    precision: Precision | None = None
    """Of the signals here, all detectors together; None until k sessions judged one."""
    precisions: dict[SignalName, Precision] = {}
    """Of each detector here."""


class Hotspots(Answer, frozen=True, kw_only=True):
    """``GET /api/hotspots``: most friction first, hidden rows last."""

    scope: Scope
    by: Literal["page", "element"]
    mean: float | None
    """The mean of the places' scores; the mean over sessions is in ``Overview.score``."""
    rows: list[Hotspot]
    hidden: int
    """How many rows are hidden."""
    detectors: dict[SignalName, Precision] = {}
    """The precision of each detector over the whole project, in the last 30 days."""
    next: str | None = None
    """Cursor of the next page."""


class SentimentPoint(Answer, frozen=True, kw_only=True):
    """The taps of one bucket of time."""

    at: int
    hidden: HiddenReason | None = None
    thumbs_up: int | None = None
    thumbs_down: int | None = None
    confused: int | None = None


class Sentiment(Answer, frozen=True, kw_only=True):
    """``GET /api/sentiment``: buckets without taps are left out."""

    scope: Scope
    bucket: Literal["minute", "hour", "day"]
    """The finest is the hour; a demo project may be finer."""
    rows: list[SentimentPoint]
    total: SentimentPoint
    asked: int | None
    """Questions shown; the base of the response rate."""


class Step(Answer, frozen=True, kw_only=True):
    """One step of a pattern or of a journey."""

    after: int
    """ms since the first step."""
    what: str
    """``nav``, ``click``, a signal's name, ``thumbs_up`` …, ``consent``."""
    page: str
    target: str | None = None
    name: str | None = None
    count: int = 1


class Pattern(Answer, frozen=True, kw_only=True):
    """Steps that ``sessions`` sessions share, without ids and with relative times."""

    id: str
    """Hash of the pattern."""
    hidden: HiddenReason | None = None
    sessions: int | None = None
    score: float | None = None
    page: str | None = None
    """The page where its friction sits."""
    steps: list[Step] = []


class Evidence(Answer, frozen=True, kw_only=True):
    """``GET /api/evidence``: patterns shared by most sessions first."""

    scope: Scope
    rows: list[Pattern]
    hidden: int
    next: str | None = None


class Consent(Answer, frozen=True, kw_only=True):
    """A session's consent as recorded."""

    state: ConsentState
    purposes: list[str]
    source: str
    policy_version: str
    region_row: str
    at: int


class Session(Answer, frozen=True, kw_only=True):
    """``GET /api/sessions/{id}``: for auditors and the visitor; of a demo project, for all."""

    session_id: str
    project_id: str
    started: int
    ended: int
    device: str
    region: str
    site: str
    verified: bool
    consent: Consent | None
    score: float
    counts: dict[SignalName, int]
    contributions: dict[SignalName, float]
    path: list[str]
    steps: list[Step]
    reactions: list[Reaction3]


class JourneyNode(Answer, frozen=True, kw_only=True):
    """A page in the flow."""

    page: str
    hidden: HiddenReason | None = None
    sessions: int | None = None
    score: float | None = None


class JourneyLink(Answer, frozen=True, kw_only=True):
    """A way from one page to the next."""

    source: str
    target: str
    hidden: HiddenReason | None = None
    sessions: int | None = None
    back: bool = False


class Journeys(Answer, frozen=True, kw_only=True):
    """``GET /api/journeys``."""

    scope: Scope
    nodes: list[JourneyNode]
    links: list[JourneyLink]
    hidden: int


AgentState = Literal["runs", "waits", "stopped", "parked"]
"""At work · pausing after a failure · stopped by a person · given up, with the reason."""


class Agent(Answer, frozen=True, kw_only=True):
    """A worker of the hub; a custom one has a process of its own."""

    name: str
    custom: bool = False
    state: AgentState
    reason: str = ""
    """Why it is not at work, or what went wrong last."""
    position: int | None = None
    """Inbox position of the last entry that it took; None: it works on a schedule."""
    behind: int = 0
    """Entries that it has not taken yet, of those that the built-in ones took."""
    taken: int = 0
    """Messages taken (of the insight agent: runs)."""
    said: int = 0
    failures: int = 0


class Agents(Answer, frozen=True, kw_only=True):
    """``GET /api/agents``: the built-in ones in the order in which they are heard."""

    rows: list[Agent]
    next: str | None = None


class Number(Answer, frozen=True, kw_only=True):
    """A figure of an insight and where it can be recomputed."""

    name: str
    value: float
    unit: str = ""


class Insight(Answer, frozen=True, kw_only=True):
    """What the rules found, in words: a place that hurts, or comments that are alike."""

    id: str
    revision: int
    made: int
    kind: Literal["page", "element", "cohort", "comments"]
    title: str
    quote: str | None
    """What one of k sessions wrote, verbatim; None where there is nothing to quote."""
    description: str
    hypothesis: str
    friction: str
    """``payment``, ``checkout``, ``navigation``, ``performance``, ``ux``, or the project's own."""
    trend: Literal["new", "rising", "steady", "falling", "unclear"]
    alert: bool
    """It is rising, and nobody has decided on it yet."""
    sessions: int
    """Behind it."""
    pages: list[str]
    recommendations: list[str]
    evidence: list[str]
    """Ids of patterns in ``/api/evidence``."""
    numbers: list[Number]
    made_by: str
    level: int | None
    """Of the vectors that grouped its comments; None where there are none."""
    theme: str | None
    """Words of the coarser group that it lies in with others."""
    related: list[str]
    """Ids of insights that share its page and sessions."""
    named: bool
    """People gave its title."""
    decision: Literal["open", "accepted", "dismissed"] = "open"


class Insights(Answer, frozen=True, kw_only=True):
    """``GET /api/insights``."""

    scope: Scope
    rows: list[Insight]
    alerts: int
    """How many rows raise an alert."""
    ungrouped: int | None
    """Sessions whose comments are in no row; None where that may not be told."""
    ran: int | None
    """When the insight agent last ran; None: not yet."""
    next_run: int | None
    next: str | None = None


class InsightRevision(Answer, frozen=True, kw_only=True):
    """What an insight said."""

    revision: int
    made: int
    title: str
    description: str
    trend: Literal["new", "rising", "steady", "falling", "unclear"]
    sessions: int
    made_by: str
    level: int | None


class InsightHistory(Answer, frozen=True, kw_only=True):
    """``GET /api/insights/{id}/history``: newest first."""

    rows: list[InsightRevision]


class CheckedFact(Answer, frozen=True, kw_only=True):
    """A number, what was done to have it, and whether the rows give it again."""

    id: str
    name: str
    op: str
    of: str
    """Fields of the rows."""
    where: str
    rows: int
    value: float
    holds: bool


class FoundProblem(Answer, frozen=True, kw_only=True):
    """What the checks found wrong."""

    field: str
    kind: str
    said: str


class Lineage(Answer, frozen=True, kw_only=True):
    """A group was merged into another, split from it, or went."""

    tick: int
    id: int
    kind: Literal["merged_into", "split_from", "retired"]
    other: int | None


class GroupOfComments(Answer, frozen=True, kw_only=True):
    """How the comments of an insight were grouped."""

    id: int
    level: int
    comments: int
    sessions: int
    words: list[str]
    history: list[Lineage]


class PeoplesChange(Answer, frozen=True, kw_only=True):
    """What people said of a group."""

    at: int
    said: str


class Explanation(Answer, frozen=True, kw_only=True):
    """``GET /api/insights/{id}/explanation``: rows, cluster, prompt and checks."""

    id: str
    title: str
    made_by: str
    rows: dict[str, dict[str, str | int | float]]
    """Evidence id → the row; a session is v1, v2 … within this insight alone."""
    cluster: GroupOfComments | None
    """None where it is no group of comments."""
    people: list[PeoplesChange]
    prompt: list[dict[str, str]]
    """What a model was sent; empty where none was asked."""
    answer: str
    """What it answered."""
    problem: str
    """Why that, or a part of it, does not stand."""
    templates: dict[str, str]
    """The texts with placeholders, as they were checked."""
    facts: list[CheckedFact]
    problems: list[FoundProblem]
    """What the checks find wrong now: nothing, unless somebody changed what is stored."""


class Regroup(Answer, frozen=True, kw_only=True):
    """
    ``POST /api/insights/{id}/group``: one of three things that people say of a group.

    ``into``: it and that insight's group are one. ``apart``: these quotes of it are another
    group. ``name``: its title; empty takes the name back.
    """

    into: str | None = None
    apart: list[str] = []
    name: str | None = None


class InsightRun(Answer, frozen=True, kw_only=True):
    """``POST /api/insights/run``: 202, the run is over."""

    ran: int
    insights: int


class Missing(Answer, frozen=True, kw_only=True):
    """Numbers of an edge that have not come, though later ones did."""

    file: int
    """The file of the export that holds them, 0 where none is known to."""
    lane: int
    first: int
    last: int


class Bundle(Answer, frozen=True, kw_only=True):
    """What came of an edge by hand: its newest export."""

    at: int
    """When its newest file came."""
    export: str
    files: list[int]
    """The files that came."""
    more: int
    """The file that must follow, 0 where the last one came."""
    early: list[int]
    """Files to import again, once what is missing came."""
    missing: list[Missing]


class EdgeControl(Answer, frozen=True, kw_only=True):
    """How far an edge holds what this hub told it."""

    state: Literal["current", "behind", "ahead", "none"]
    """
    ``ahead``: this hub was restored from a backup and does not know what it told since.
    ``none``: the edge never said, because it is not enrolled for control or was never here.
    """
    rev: int | None
    """Revision up to which it holds everything."""
    head: int
    """The newest revision that concerns it."""
    complaints: list[str]
    """What of it does not hold there, and why."""


class Edge(Answer, frozen=True, kw_only=True):
    """One edge as the hub knows it."""

    node: str
    name: str
    site: str
    region: str
    state: Literal["current", "behind", "away", "never"]
    seen: int | None
    """When it was last heard."""
    backlog: int | None
    """Entries it still holds for this hub."""
    lag_ms: int | None
    """Age of the newest event that arrived."""
    held: list[int]
    """By lane: the number up to which all of its newest epoch is held."""
    bundle: Bundle | None
    """None where nothing came by hand."""
    events: int
    gaps: int
    key_made: int | None
    version: str | None
    control: EdgeControl
    problem: str | None
    """Why the link is refused until a person acts: revoked, cloned, no common version."""
    parked: int
    """Entries of a newer schema that wait for this hub's upgrade."""


class Edges(Answer, frozen=True, kw_only=True):
    """``GET /api/edges``."""

    rows: list[Edge]


class Overview(Answer, frozen=True, kw_only=True):
    """``GET /api/overview``: the state of things in one answer."""

    scope: Scope
    score: Interval | None
    sentiment: SentimentPoint
    asked: int | None
    consent: dict[ConsentState, int]
    """Choices recorded in scope."""
    worst: Hotspot | None
    data_until: int | None
    """Moment of the newest event applied."""


class Change(Answer, frozen=True, kw_only=True):
    """The data of a server-sent event of ``GET /api/live``."""

    at: int
    project_id: str
    version: int
    """Counts up with each change; ``Last-Event-ID`` resumes after it."""


class Decision(Answer, frozen=True, kw_only=True):
    """``POST /api/insights/{id}/decision``: what a person decided, in and out."""

    decision: Literal["open", "accepted", "dismissed"]


class Ready(Answer, frozen=True, kw_only=True):
    """``GET /ready``: 503 unless every probe is ``ok``."""

    ready: bool
    probes: dict[str, str]
