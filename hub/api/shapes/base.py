"""What all shapes share: their base, the scope of an answer, errors, intervals."""

from typing import Any, Literal

from msgspec import Struct


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


class Interval(Answer, frozen=True, kw_only=True):
    """A value with its 95 % interval."""

    value: float
    low: float
    high: float


class Query(Answer, frozen=True, kw_only=True):
    """``POST /api/graphql``: a document, and which of its operations with what variables."""

    query: str
    variables: dict[str, Any] | None = None
    operation_name: str | None = None
