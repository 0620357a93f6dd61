"""
``POST /events``, the route that nearly all requests take.

What it does is in :meth:`Events.__call__`, in order. It speaks ASGI itself: what a Request
and a Response do beyond that takes as long as detection does.
"""

import time
from functools import partial
from typing import Any

import msgspec
from starlette.types import Receive, Scope, Send

from edge.collector.agents.ingest import Ingest
from edge.collector.http import access, batch, body, cors
from edge.collector.http.errors import NotABatch, UnknownKey
from edge.collector.http.whole import send_whole
from edge.collector.state import State
from edge.events import wire
from edge.journal.transaction import Transaction

PATH = "/events"

_encode = msgspec.json.Encoder().encode


class Events:
    """``POST /events``: 202 once everything is on disk."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. Raises what :mod:`edge.collector.http.errors` lists."""
        started = time.perf_counter()
        state: State = scope["app"].state.collector
        told = access.heard(scope)
        sender = access.admit(scope, told)  # 401, 403, 429
        state.check_disk()  # 503
        with state.room() as take:  # 503
            now = state.now()
            data = await body.read(told, receive, take)  # 408, 413, 415
            parts = parse(sender, data, now)  # 400, 401, 413
            for part in parts:
                take(part.cost)
            for part in parts:
                state.charge(sender, part.session_id, part.size)  # 429
            answer = await state.write(partial(_write, state.ingest, sender, parts, now))  # 503
        state.metrics.answered(answer, parts, time.perf_counter() - started)
        text = _encode(answer)
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(text)),
            (b"cache-control", b"no-store"),
            *cors.headers(sender.origin),
        ]
        await send_whole(send, 202, headers, text)


def parse(sender: access.Sender, data: bytes, now: int) -> list[batch.Parsed]:
    """
    Return what *data* holds for the sender's project; nothing else of it is kept.

    Raises NotABatch, TooLarge and UnknownKey.
    """
    parsed = batch.parse(data)
    parts = [parsed] if isinstance(parsed, batch.Parsed) else _older(sender, parsed, data, now)
    for part in parts:
        if part.project_id != sender.project.id:
            raise UnknownKey("the write key is not that project's")
    return parts


def _older(sender: access.Sender, items: list[Any], data: bytes, now: int) -> list[batch.Parsed]:
    if sender.project.consent != "host":
        raise NotABatch("the older form is for projects whose consent mode is `host`")
    return batch.parse_older(items, data, now=now)


def _write(
    ingest: Ingest, sender: access.Sender, parts: list[batch.Parsed], now: int, tx: Transaction
) -> wire.BatchAnswer:
    if len(parts) == 1:
        return ingest.batch(tx, sender, parts[0], now=now)
    try:
        return _merge([ingest.batch(tx, sender, part, now=now) for part in parts])
    except Exception:
        for part in parts:  # those before the one that failed are undone with it
            ingest.sessions.forget(part.session_id)
        raise


def _merge(answers: list[wire.BatchAnswer]) -> wire.BatchAnswer:
    dropped: dict[str, int] = {}
    for answer in answers:
        for reason, count in answer.dropped.items():
            dropped[reason] = dropped.get(reason, 0) + count
    return wire.BatchAnswer(
        accepted=sum(answer.accepted for answer in answers),
        duplicate=sum(answer.duplicate for answer in answers),
        dropped=dropped,
        rejected=[rejected for answer in answers for rejected in answer.rejected],
        policy=answers[-1].policy
        if answers
        else wire.Policy(allow=False, reason="consent_pending"),
    )
