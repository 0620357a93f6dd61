"""An answer as bytes: JSON, CSV or Parquet, a page of its rows, and 304 where nothing changed."""

import hashlib
from collections.abc import Callable, Sequence
from typing import Any, get_args, get_type_hints

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from hub.api.ask import cursor_of, paging
from hub.api.csv import to_csv
from hub.api.parquet import MEDIA, to_parquet

Write = Callable[[type[msgspec.Struct], Sequence[msgspec.Struct]], bytes]
EXPORTS: dict[str, tuple[str, Write]] = {
    "text/csv": ("text/csv; charset=utf-8", lambda kind, rows: to_csv(kind, rows).encode()),
    MEDIA: (MEDIA, to_parquet),
}
"""``Accept`` → what the rows are sent as, and what makes their bytes."""


def one(request: Request, answer: msgspec.Struct, status: int = 200) -> Response:
    """Return *answer* as JSON."""
    return _tagged(request, msgspec.json.encode(answer), "application/json", status)


async def many(
    request: Request, answer: Any, rows: str = "rows", *, whole: bool = False
) -> Response:
    """
    Return *answer*, a page of its list *rows*, or that page in the form that is accepted.

    A *whole* list comes in one page.
    """
    first, limit = paging(request)
    if whole:
        first, limit = 0, len(getattr(answer, rows))
    every = getattr(answer, rows)
    page = every[first : first + limit]
    following = cursor_of(first + limit) if len(every) > first + limit else None
    export = EXPORTS.get(_accepted(request))
    if export is not None:
        media, write = export
        kind = get_args(get_type_hints(type(answer))[rows])[0]
        found = _tagged(request, await run_in_threadpool(write, kind, page), media, 200)
        if following:
            found.headers["Flowback-Next"] = following
        return found
    changes: dict[str, Any] = {rows: page}
    if "next" in answer.__struct_fields__:
        changes["next"] = following
    return one(request, msgspec.structs.replace(answer, **changes))


def _accepted(request: Request) -> str:
    first = request.headers.get("accept", "").split(",")[0]
    return first.split(";")[0].strip().lower()


def _tagged(request: Request, body: bytes, media: str, status: int) -> Response:
    tag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Accept"}
    given = [part.strip().removeprefix("W/") for part in _if_none_match(request).split(",")]
    if status == 200 and tag in given:
        return Response(status_code=304, headers=headers)
    return Response(body, status, headers, media)


def _if_none_match(request: Request) -> str:
    return request.headers.get("if-none-match", "")
