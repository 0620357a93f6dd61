"""
Errors as ``application/problem+json`` (RFC 9457): raised deep, answered once, here.

What is not listed is a fault of the hub: it is logged in full and answered without
detail.
"""

import msgspec
import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from edge.audit import AuditUnavailable
from edge.errors import FlowbackError
from edge.journal.database import JournalUnavailable
from edge.keys import BadKey
from hub.api.shapes import Problem
from hub.disclosure.answers import BadPeriod, NoInsight, NoSession
from hub.disclosure.insights import NotSo
from hub.disclosure.room import AuditorsOnly, NoProject, StoreAway

log = structlog.get_logger(__name__)

PROBLEM = "application/problem+json"


class BadRequest(FlowbackError):
    """The request cannot be understood. The message names the parameter and what it may be."""


class Forbidden(FlowbackError):
    """The request may not be made from there."""


class Busy(FlowbackError):
    """Too many streams are open. Close one, or try again later."""


_STATUS: tuple[tuple[type[Exception], int, str], ...] = (
    (BadRequest, 400, "Bad request"),
    (BadPeriod, 400, "Bad period"),
    (NotSo, 400, "Not so"),
    (Forbidden, 403, "Forbidden"),
    (AuditorsOnly, 403, "For auditors only"),
    (NoProject, 404, "No such project"),
    (NoInsight, 404, "No such insight"),
    (NoSession, 404, "No such session"),
    (Busy, 503, "Busy"),
    (StoreAway, 503, "The stores cannot be used now"),
    (JournalUnavailable, 503, "The stores cannot be used now"),
    (AuditUnavailable, 503, "The audit log cannot be written"),
    (BadKey, 503, "The hub's keys cannot be used"),
)

_TITLES = {404: "Not found", 405: "Method not allowed"}


def problem(status: int, title: str, detail: str) -> Response:
    """Return a problem as a response."""
    kind = f"urn:flowback:problem:{slug(title)}"
    body = Problem(type=kind, title=title, status=status, detail=detail)
    headers = {"Cache-Control": "no-store"}
    if status == 503:
        headers["Retry-After"] = "2"
    return Response(msgspec.json.encode(body), status, headers, PROBLEM)


def slug(title: str) -> str:
    """Return a title as a program compares it."""
    return title.lower().replace(" ", "-")


def known(error: Exception) -> tuple[int, str, str] | None:
    """Return status, title and detail of an error in the list above, None of any other."""
    for kind, status, title in _STATUS:
        if isinstance(error, kind):
            detail = "" if status == 503 and kind is not Busy else str(error)
            return status, title, detail or (kind.__doc__ or "")
    return None


async def answer_known(request: Request, error: Exception) -> Response:
    """Answer an error of Flowback by the list above."""
    found = known(error)
    return problem(*found) if found else await answer_unknown(request, error)


async def answer_http(_: Request, error: Exception) -> Response:
    """Answer what Starlette raises: no such route, no such method."""
    assert isinstance(error, HTTPException)
    title = _TITLES.get(error.status_code, error.detail)
    found = problem(error.status_code, title, error.detail)
    found.headers.update(error.headers or {})
    return found


async def answer_unknown(request: Request, error: Exception) -> Response:
    """Answer a fault of the hub."""
    log.error("a request failed", path=request.url.path, exc_info=error)
    return problem(500, "Fault of the hub", "The hub made a mistake; its log says more.")
