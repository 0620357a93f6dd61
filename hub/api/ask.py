"""Filters and paging from a query string: the same names everywhere, each checked."""

import re
from typing import Literal, TypeVar, get_args

from starlette.requests import Request

from hub.api.errors import BadRequest
from hub.disclosure.answers import Ask

PERIOD = ("from", "to")
FILTERS = ("projectId", *PERIOD, "page", "device", "cohort", "site")
PAGING = ("limit", "cursor")
LIMIT, MAX_LIMIT = 50, 500
LONGEST_TEXT = 2_048
MAX_DIGITS = 15
CURSOR = "^(r\\.[0-9]{1,9})?$"
"""How a cursor looks; ECMA's pattern language."""

T = TypeVar("T", bound=str)


def ask_of(request: Request, *more: str, filters: tuple[str, ...] = (*FILTERS, *PAGING)) -> Ask:
    """Return the *filters* of *request*; *more* names other parameters it may have."""
    known = {*filters, *more}
    for name, value in request.query_params.multi_items():
        if name not in known:
            raise BadRequest(f"{name!r} is no parameter here: {', '.join(sorted(known))}")
        if len(value) > LONGEST_TEXT:
            raise BadRequest(f"{name} is longer than {LONGEST_TEXT} characters")
    get = request.query_params.get
    return Ask(
        project_id=get("projectId") or None,
        start=_moment(request, "from"),
        end=_moment(request, "to"),
        page=get("page") or None,
        device=get("device"),
        cohort=get("cohort"),
        site=get("site"),
    )


def choice(request: Request, name: str, of: object, default: T | None) -> T | None:
    """Return a parameter that is one of the values of the Literal *of*."""
    value = request.query_params.get(name)
    if value is None:
        return default
    if value not in get_args(of):
        raise BadRequest(f"{name} is {value!r}; it may be {', '.join(get_args(of))}")
    return value  # type: ignore[return-value]


def paging(request: Request) -> tuple[int, int]:
    """Return (first, limit) of the rows that are asked for."""
    limit = _number(request, "limit", LIMIT)
    if not 1 <= limit <= MAX_LIMIT:
        raise BadRequest(f"limit is {limit}; it may be 1 to {MAX_LIMIT}")
    cursor = request.query_params.get("cursor", "")
    if not re.fullmatch(CURSOR, cursor):
        raise BadRequest("cursor is none that was given")
    return int(cursor.removeprefix("r.") or 0), limit


def cursor_of(place: int) -> str:
    """Return the cursor of the page that begins with row *place*."""
    return f"r.{place}"


def _moment(request: Request, name: Literal["from", "to"]) -> int | None:
    if name not in request.query_params:
        return None
    return _number(request, name, 0)


def _number(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS):
        raise BadRequest(f"{name} is {text[:40]!r}; it must be a whole number")
    return int(text)
