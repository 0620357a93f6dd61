"""What each route does: admit, read, parse, write, answer."""

import re
from typing import Any, NamedTuple

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from edge.collector.consent import rights
from edge.collector.consent.choose import check
from edge.collector.http import access, batch, body, cors
from edge.collector.http.errors import NotABatch, UnknownKey, UnknownSession
from edge.collector.state import State
from edge.events import wire

_encode = msgspec.json.Encoder().encode
_from_json = msgspec.json.Decoder(wire.ConsentRequest).decode
_from_msgpack = msgspec.msgpack.Decoder(wire.ConsentRequest).decode
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")
"""A visitor's receipt: 256 random bits as base64url."""
_LOOK = 50
"""Events that a look at one's session counts as: it goes through the whole journal."""


async def consent(request: Request) -> Response:
    """``POST /consent``: record a choice; the answer carries the region's row."""
    state: State = request.app.state.collector
    told = access.heard(request.scope)
    sender = access.admit(request.scope, told)
    with state.room() as take:
        data = await body.read(told, request.receive, take)
        choice = parse_choice(data)
        check(choice)
        if choice.state == "granted":
            state.check_disk()
        if choice.project_id != sender.project.id:
            raise UnknownKey("the write key is not that project's")
        state.charge(sender, choice.session_id or "", 1)
        now = state.now()
        answer = await state.write(lambda tx: state.consents.choose(tx, sender, choice, now=now))
    state.metrics.chosen(choice.state)
    return _json(request, answer, 200)


async def policy(request: Request) -> Response:
    """``GET /policy``: may this session be asked, why, and when next."""
    state: State = request.app.state.collector
    sender = access.admit(request.scope, access.heard(request.scope))
    session_id = request.query_params.get("sessionId", "")
    if not is_session_id(session_id):
        raise NotABatch("`sessionId` must be 22 characters of base64url")
    state.charge(sender, session_id, 1)
    now = state.now()
    answer = await state.write(lambda tx: state.policy_of(tx, sender, session_id, now=now))
    return _json(request, answer, 200)


async def see_session(request: Request) -> Response:
    """``GET /sessions/{sessionId}``: what this edge holds of it, for who has the receipt."""
    state: State = request.app.state.collector
    claim = _claim(request)
    owned = await _owned(state, claim)
    if owned is None or owned.left.number:  # unknown, not theirs, or deleted
        raise UnknownSession
    answer = await run_in_threadpool(rights.held, state.journal, owned)
    return _json(request, answer, 200)


async def erase_session(request: Request) -> Response:
    """
    ``DELETE /sessions/{sessionId}``: tombstone first, then the events (decision 9).

    What the receipt does not open here is passed on to the hub, 202, whether the session
    is unknown or another's: the answer tells nobody which.
    """
    state: State = request.app.state.collector
    claim = _claim(request)
    owned = await _owned(state, claim)
    if owned is not None:
        return _json(request, await state.erase(owned), 200)
    answer = await state.pass_on(claim.sender, claim.session_id, claim.secret)
    if answer is None:
        raise UnknownSession
    return _json(request, answer, 202)


async def health(request: Request) -> Response:
    """``GET /health``: the process is alive."""
    return _json(request, {"alive": True}, 200)


async def ready(request: Request) -> Response:
    """``GET /ready``: named probes; 503 while nothing can be taken in."""
    state: State = request.app.state.collector
    answer = state.ready()
    return _json(request, answer, 200 if answer.ready else 503)


async def metrics(request: Request) -> Response:
    """``GET /metrics``, Prometheus' text form."""
    state: State = request.app.state.collector
    return Response(state.metrics.text(), media_type="text/plain; version=0.0.4")


def parse_choice(data: bytes) -> wire.ConsentRequest:
    """Return the choice that *data* holds as JSON or msgpack. Raises :class:`NotABatch`."""
    try:
        return _from_json(data) if data[:1] in batch.JSON else _from_msgpack(data)
    except batch.CUT as error:
        raise NotABatch(f"the body is no choice, neither in JSON nor in msgpack: {error}") from None


class _Claim(NamedTuple):
    """Somebody says that a session is theirs."""

    sender: access.Sender
    session_id: str
    secret: str


def _claim(request: Request) -> _Claim:
    """Return the claim of *request*, or raise UnknownSession where it can be none."""
    state: State = request.app.state.collector
    sender = access.admit(request.scope, access.heard(request.scope))
    session_id = request.path_params["session_id"]
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    secret = secret.strip()
    if scheme.lower() != "bearer" or not is_session_id(session_id) or not _SECRET.fullmatch(secret):
        raise UnknownSession
    state.charge(sender, session_id, _LOOK)
    return _Claim(sender, session_id, secret)


async def _owned(state: State, claim: _Claim) -> rights.Owned | None:
    """Return the session that the claim's receipt opens here."""
    project, sessions = claim.sender.project.id, state.ingest.sessions
    return await state.write(
        lambda tx: rights.open_by(tx, sessions, claim.session_id, project, claim.secret)
    )


def is_session_id(text: str) -> bool:
    """Return whether *text* has the one form that a session id has."""
    try:
        msgspec.convert(text, wire.SessionId)
    except msgspec.ValidationError:
        return False
    return True


def _json(request: Request, answer: Any, status: int) -> Response:
    response = Response(_encode(answer), status, media_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    cors.allow(request, response)
    return response
