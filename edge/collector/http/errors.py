"""
What a request can be refused for. Raised deep, answered once, in :func:`answer`.

    Refused
    ├── NotABatch 400     ├── UnknownKey 401      ├── WrongOrigin 403
    ├── UnknownSession 404 ├── TooSlow 408  ├── TooLarge 413    ├── UnreadableCoding 415
    └── TooMany 429, Overloaded 503, DiskFull 503 (nothing is stored; come again)
"""

import random

from msgspec import Struct, json
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from edge.collector.http import cors
from edge.errors import FlowbackError

_encode = json.Encoder().encode


class Problem(Struct, frozen=True):
    """What is wrong with a request: ``error`` for programs, ``detail`` for people."""

    error: str
    detail: str


class Refused(FlowbackError):
    """The request is refused."""

    status = 400
    reason = "refused"
    retry_after: int | None = None  # seconds


class NotABatch(Refused):
    """The body is not an event batch."""

    reason = "not_a_batch"


class UnknownKey(Refused):
    """The write key is missing or unknown. Copy the snippet of `flowback site snippet`."""

    status = 401
    reason = "unknown_key"


class WrongOrigin(Refused):
    """The page's origin may not send for the project. Add it with `flowback site add --origin`."""

    status = 403
    reason = "wrong_origin"


class UnknownSession(Refused):
    """There is no session with this id and this receipt here; another edge may hold it."""

    status = 404
    reason = "unknown_session"


class TooSlow(Refused):
    """The body did not arrive within 10 s."""

    status = 408
    reason = "too_slow"


class TooLarge(Refused):
    """The body is too large: at most 64 KiB as sent, 1 MiB inflated, 500 events."""

    status = 413
    reason = "too_large"


class UnreadableCoding(Refused):
    """Only identity and gzip can be read."""

    status = 415
    reason = "unreadable_coding"


class TooMany(Refused):
    """More events came than this edge takes in a minute. Nothing of them was stored."""

    status = 429

    def __init__(self, whose: str, seconds: int) -> None:
        """*whose*: ``session``, ``project`` or ``address``; *seconds* until it may go on."""
        super().__init__(
            f"too many events of one {whose}; nothing was stored, send the same in {seconds} s"
        )
        self.reason = f"too_many_of_{whose}"
        self.retry_after = seconds


class Overloaded(Refused):
    """The disk is behind. Nothing was stored; send the same again later."""

    status = 503
    reason = "overloaded"
    retry_after = 2


class DiskFull(Overloaded):
    """The disk is full. Nothing was stored; send the same again later."""

    reason = "disk_full"
    retry_after = 10


async def answer(request: Request, error: Exception) -> Response:
    """Return the one answer to a refusal."""
    assert isinstance(error, Refused)
    request.app.state.collector.metrics.refused(error.reason)
    response = problem(error.reason, str(error), error.status)
    if error.status in (408, 413):
        response.headers["Connection"] = "close"  # what it still sends is not waited for
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(_spread(error.retry_after))
    cors.allow(request, response)
    return response


async def plain(request: Request, error: Exception) -> Response:
    """Return the answer where no route fits: 404 for no such path, 405 for no such method."""
    assert isinstance(error, HTTPException)
    name = {404: "unknown_path", 405: "unknown_method"}.get(error.status_code, "refused")
    response = problem(name, f"{request.method} {error.detail}", error.status_code)
    response.headers.update(error.headers or {})
    return response


def problem(name: str, detail: str, status: int) -> Response:
    """Return a refusal in the one form that all have."""
    return Response(_encode(Problem(name, detail)), status, media_type="application/json")


def _spread(seconds: int) -> int:
    """Return *seconds* and up to half as many more, so that not all come again at once."""
    return seconds + random.randint(0, max(1, seconds // 2))  # noqa: S311 - no secret hangs on it
