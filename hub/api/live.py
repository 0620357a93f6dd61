"""
``/api/live``: server-sent events, one ``change`` for each change of what may be shown.

A stream looks five times a second whether its project's version has grown; a client
that comes back with ``Last-Event-ID`` hears at once if it has missed something.
"""

import asyncio
import time
from collections.abc import AsyncIterator

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from hub.api.ask import ask_of
from hub.api.errors import Busy
from hub.api.services import Services
from hub.api.shapes import Change

LOOK_S = 0.2
KEEP_ALIVE_S = 15.0
"""A comment after this much silence, so that proxies and clients see that it lives."""
MAX_STREAMS = 200

_open: set[object] = set()


async def changes(request: Request) -> Response:
    """Server-sent events: ``change`` whenever answers of the project may have changed."""
    services: Services = request.app.state.services
    ask = ask_of(request)
    project = (await run_in_threadpool(services.answers.project, ask.project_id)).id
    if len(_open) >= MAX_STREAMS:
        raise Busy
    seen = _last_seen(request)
    version, _ = services.version(project)
    first = version if seen is None else seen
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(
        _stream(services, project, first), headers=headers, media_type="text/event-stream"
    )


async def _stream(services: Services, project: str, seen: int) -> AsyncIterator[bytes]:
    """Say what changed after version *seen*, until the client or the hub goes."""
    me = object()
    _open.add(me)
    try:
        yield b"retry: 1000\n\n"
        said = time.monotonic()
        while not services.stopping():
            version, at = services.version(project)
            if version != seen:
                seen, said = version, time.monotonic()
                yield _event(Change(at=at, project_id=project, version=version))
            elif time.monotonic() - said > KEEP_ALIVE_S:
                said = time.monotonic()
                yield b": still here\n\n"
            await asyncio.sleep(LOOK_S)
    finally:
        _open.discard(me)


def _event(change: Change) -> bytes:
    data = msgspec.json.encode(change)
    return b"event: change\nid: %d\ndata: %s\n\n" % (change.version, data)


def _last_seen(request: Request) -> int | None:
    text = request.headers.get("last-event-id", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None
