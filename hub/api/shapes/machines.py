"""How the hub, its agents and its edges are doing."""

from typing import Literal

from hub.api.shapes.base import Answer

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
    """Events that ever came from it, in all its epochs; what was erased since is counted too."""
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


class Change(Answer, frozen=True, kw_only=True):
    """The data of a server-sent event of ``GET /api/live``."""

    at: int
    project_id: str
    version: int
    """Counts up with each change; ``Last-Event-ID`` resumes after it."""


class Ready(Answer, frozen=True, kw_only=True):
    """``GET /ready``: 503 unless every probe is ``ok``."""

    ready: bool
    probes: dict[str, str]
