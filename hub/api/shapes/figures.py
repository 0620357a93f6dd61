"""What visitors did: projects, places, taps, shared steps, sessions and ways."""

from typing import Literal

from msgspec import field

from edge.events.event import ConsentState, Reaction3, SignalName
from hub.api.shapes.base import Answer, HiddenReason, Interval, Scope


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
    signals: dict[SignalName, int] = field(default_factory=dict)
    contributions: dict[SignalName, float] = field(default_factory=dict)
    """Mean contribution of each signal to the sum within the score's exponent."""
    reactions: dict[Reaction3, int] = field(default_factory=dict)
    precision: Precision | None = None
    """Of the signals here, all detectors together; None until k sessions judged one."""
    precisions: dict[SignalName, Precision] = field(default_factory=dict)
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
    detectors: dict[SignalName, Precision] = field(default_factory=dict)
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
    steps: list[Step] = field(default_factory=list)


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
