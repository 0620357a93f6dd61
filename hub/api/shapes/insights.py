"""Insights: what was found, how it came about, and what people decide on it."""

from typing import Literal

from msgspec import field

from hub.api.shapes.base import Answer, Scope


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
    apart: list[str] = field(default_factory=list)
    name: str | None = None


class InsightRun(Answer, frozen=True, kw_only=True):
    """``POST /api/insights/run``: 202, the run is over."""

    ran: int
    insights: int


class Decision(Answer, frozen=True, kw_only=True):
    """``POST /api/insights/{id}/decision``: what a person decided, in and out."""

    decision: Literal["open", "accepted", "dismissed"]
