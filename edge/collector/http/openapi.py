"""``/openapi.json``: what the edge takes and answers, made from the routes and the types."""

import copy
import re
from dataclasses import dataclass
from functools import cache

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from edge import openapi
from edge.collector.consent.rights import Held, Receipt
from edge.collector.http.errors import Problem
from edge.collector.operations.readiness import Ready
from edge.events import wire
from edge.events.event import FeedbackRecorded, SignalRaw
from edge.openapi import Json

MSGPACK = "application/vnd.msgpack"
_DESCRIPTION = """What a widget may say to the edge of its site, and what it is answered.

Bodies are JSON or msgpack, gzip or not, told by their first bytes whatever the content type \
says; browsers send JSON as `text/plain`, for which they ask nothing beforehand."""


class Health(Struct):
    """The process is alive."""

    alive: bool


@dataclass(frozen=True, slots=True)
class Told:
    """What the document says of a route beyond its path and its first line."""

    answer: type[Struct] | str
    """What it answers, as a type or as a media type."""
    status: int = 200
    body: Json | None = None
    key: bool = True
    """It needs the project's write key."""
    receipt: bool = False
    """It needs the session's receipt."""
    query: tuple[str, ...] = ()
    """Other parameters: each a session id."""
    also: tuple[int, ...] = ()
    """Other statuses with the same answer."""


_SCRIPT = "text/javascript"
_CHOICES = ("Denial", "Grant", "Withdrawal")
_SESSION: Json = {"type": "string", "pattern": "^[A-Za-z0-9_-]{22}$"}
_EVENTS: Json = {
    "type": "array",
    "maxItems": wire.MAX_EVENTS,
    "items": {
        "anyOf": [
            openapi.ref(SignalRaw),
            openapi.ref(FeedbackRecorded),
            {"description": "Anything else is rejected by its number and costs only itself."},
        ]
    },
}
_TOLD: dict[str, Told] = {
    "POST /events": Told(wire.BatchAnswer, 202, body={"$ref": "#/components/schemas/Batch"}),
    "POST /consent": Told(
        wire.ConsentAnswer,
        body={"oneOf": [{"$ref": f"#/components/schemas/{n}"} for n in _CHOICES]},
    ),
    "GET /policy": Told(wire.Policy, query=("sessionId",)),
    "GET /sessions/{session_id}": Told(Held, receipt=True),
    "DELETE /sessions/{session_id}": Told(Receipt, receipt=True, also=(202,)),
    "GET /{name}.js": Told(_SCRIPT, key=False),
    "GET /v/{version}/{name}.js": Told(_SCRIPT, key=False),
    "GET /health": Told(Health, key=False),
    "GET /ready": Told(Ready, key=False, also=(503,)),
    "GET /metrics": Told("text/plain", key=False),
    "GET /openapi.json": Told("application/json", key=False),
}
_TYPES: list[type[Struct]] = [
    *(SignalRaw, FeedbackRecorded, wire.Batch, wire.ConsentRequest, Problem),
    *(told.answer for told in _TOLD.values() if not isinstance(told.answer, str)),
]


async def document(_: Request) -> Response:
    """``GET /openapi.json``: this document."""
    return Response(whole(), media_type="application/json")


@cache
def whole() -> bytes:
    """Return the document as JSON."""
    from edge.collector.http.routes import ROUTES  # the routes name this one

    paths: dict[str, Json] = {}
    for route in ROUTES:
        for method in sorted((route.methods or set()) - {"HEAD", "OPTIONS"}):
            told = _TOLD[f"{method} {route.path}"]
            paths.setdefault(route.path, {})[method.lower()] = _operation(route, told)
    schemas = openapi.schemas(_TYPES)
    schemas["Batch"]["properties"]["events"] = _EVENTS
    request = schemas.pop("ConsentRequest")
    schemas |= zip(_CHOICES, (_denial(request), *_choices(request)), strict=True)
    security = {
        "key": {"type": "apiKey", "in": "query", "name": "k", "description": "Public; writes only"},
        "receipt": {"type": "http", "scheme": "bearer", "description": "The session's secret"},
    }
    components = {"schemas": schemas, "securitySchemes": security}
    return openapi.whole("Flowback edge", _DESCRIPTION, paths, components)


def _operation(route: Route, told: Told) -> Json:
    endpoint = route.endpoint
    words = " ".join((endpoint.__doc__ or type(endpoint).__doc__ or "").split("\n\n")[0].split())
    parameters: list[Json] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in re.findall(r"{(\w+)}", route.path)
    ]
    parameters += [
        {"name": name, "in": "query", "required": True, "schema": _SESSION} for name in told.query
    ]
    found: Json = {
        "operationId": getattr(endpoint, "__name__", type(endpoint).__name__.lower()),
        "summary": words.partition("``: ")[2] or words,
        "parameters": parameters,
        "responses": _answers(told),
    }
    if told.key:
        found["security"] = [{"key": [], "receipt": []} if told.receipt else {"key": []}]
    if told.body is not None:
        content = {media: {"schema": told.body} for media in (_JSON, "text/plain", MSGPACK)}
        found["requestBody"] = {"required": True, "content": content}
    return found


def _answers(told: Told) -> Json:
    if isinstance(told.answer, str):
        content = openapi.of(told.answer, {"type": "string"} if told.answer != _JSON else {})
    else:
        content = openapi.of(_JSON, openapi.ref(told.answer))
    problem = {
        "description": "Refused, and why",
        "content": openapi.of(_JSON, openapi.ref(Problem)),
    }
    later = {
        **problem,
        "headers": {"Retry-After": {"schema": {"type": "integer", "minimum": 1}}},
    }
    answers: Json = {"default": problem}
    if told.key:
        answers |= {"429": later, "503": later}
    for status in (told.status, *told.also):
        answers[str(status)] = {"description": "The answer", "content": content}
    if told.answer == _SCRIPT:
        answers["304"] = {"description": "The browser has it already"}
    return answers


_JSON = "application/json"
_NAMED = ("sessionId", "stream", "n", "receiptHash")


def _denial(request: Json) -> Json:
    """Return what a denial is: it names nobody."""
    found = copy.deepcopy(request)
    found["title"], found["description"] = "Denial", "A no: it names nobody, and is only counted."
    found["properties"]["state"] = {"const": "denied"}
    for name in _NAMED:
        found["properties"][name] = {"type": "null"}
    return found


def _choices(request: Json) -> list[Json]:
    """Return what a grant and a withdrawal are: each names its session, a grant its receipt."""
    grant, withdrawal = copy.deepcopy(request), copy.deepcopy(request)
    grant["title"], grant["description"] = "Grant", "A yes, of one session."
    grant["properties"]["state"] = {"const": "granted"}
    withdrawal["title"], withdrawal["description"] = "Withdrawal", "The end of a session's yes."
    withdrawal["properties"]["state"] = {"const": "withdrawn"}
    for found, needed in ((grant, _NAMED), (withdrawal, _NAMED[:3])):
        for name in needed:
            first, *_ = found["properties"][name]["anyOf"]
            found["properties"][name] = first
        found["required"] = [*found["required"], *needed]
    return [grant, withdrawal]
