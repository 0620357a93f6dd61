"""The handlers: parameters in, one question to disclosure, its answer out."""

from importlib import import_module
from typing import Any, Literal, TypeVar

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from hub.api import shapes
from hub.api.answer import many, one
from hub.api.ask import ask_of, choice
from hub.api.errors import BadRequest
from hub.api.openapi import document
from hub.api.services import Services

By = Literal["page", "element"]
Bucket = Literal["minute", "hour", "day"]
MAX_BODY = 4_096
T = TypeVar("T")


def services(request: Request) -> Services:
    """Return what the process gave to the application."""
    found: Services = request.app.state.services
    return found


async def projects(request: Request) -> Response:
    """All projects, each with its k."""
    return await many(request, await run_in_threadpool(services(request).answers.projects))


async def overview(request: Request) -> Response:
    """The state of things in one answer."""
    ask = ask_of(request)
    return one(request, await run_in_threadpool(services(request).answers.overview, ask))


async def hotspots(request: Request) -> Response:
    """Pages or elements and how much they hurt, most friction first."""
    ask = ask_of(request, "by")
    by: By = choice(request, "by", By, "page") or "page"
    return await many(request, await run_in_threadpool(services(request).answers.hotspots, ask, by))


async def sentiment(request: Request) -> Response:
    """Taps over time; every bucket in one answer."""
    ask = ask_of(request, "bucket")
    bucket: Bucket | None = choice(request, "bucket", Bucket, None)
    answer = await run_in_threadpool(services(request).answers.sentiment, ask, bucket)
    return await many(request, answer, whole=True)


async def evidence(request: Request) -> Response:
    """Steps that sessions share, without ids and with relative times."""
    ask = ask_of(request)
    return await many(request, await run_in_threadpool(services(request).answers.evidence, ask))


async def journeys(request: Request) -> Response:
    """Pages and the ways between them; as CSV or Parquet, the ways."""
    ask = ask_of(request)
    answer = await run_in_threadpool(services(request).answers.journeys, ask)
    return await many(request, answer, "links", whole=True)


async def session(request: Request) -> Response:
    """One session: of a demo project for all, of others for auditors."""
    ask = ask_of(request)
    answers, name = services(request).answers, request.path_params["sessionId"]
    return one(request, await run_in_threadpool(answers.session, ask.project_id, name))


async def insights(request: Request) -> Response:
    """What the insight agent found last, most serious first."""
    ask = ask_of(request)
    return await many(request, await run_in_threadpool(services(request).answers.insights, ask))


async def run_insights(request: Request) -> Response:
    """Run the insight agent now; the answer comes when it is done."""
    ask = ask_of(request)
    await body_of(request, dict[str, Any], empty={})
    ran = await run_in_threadpool(services(request).run_insights, ask.project_id)
    return one(request, ran, 202)


async def decide(request: Request) -> Response:
    """Record what a person decided on an insight."""
    ask = ask_of(request)
    decision = await body_of(request, shapes.Decision)
    hub, name = services(request), request.path_params["insightId"]
    project = await run_in_threadpool(hub.answers.decide, ask.project_id, name, decision.decision)
    hub.changed(project)
    return one(request, decision)


async def insight_history(request: Request) -> Response:
    """What an insight said, newest first."""
    ask, name = ask_of(request), request.path_params["insightId"]
    answers = services(request).answers
    return one(request, await run_in_threadpool(answers.insight_history, ask.project_id, name))


async def explain(request: Request) -> Response:
    """The rows, the cluster, the prompt and the checks behind an insight."""
    ask, name = ask_of(request), request.path_params["insightId"]
    return one(
        request, await run_in_threadpool(services(request).answers.explain, ask.project_id, name)
    )


async def regroup(request: Request) -> Response:
    """Merge, split or name a group of comments; the answer comes when it is done."""
    ask, name = ask_of(request), request.path_params["insightId"]
    change = await body_of(request, shapes.Regroup)
    ran = await run_in_threadpool(services(request).regroup, ask.project_id, name, change)
    return one(request, ran, 202)


async def graphql(request: Request) -> Response:
    """Several questions in one: GraphQL over the same queries."""
    # Imported by whoever asks first: its library takes time and memory of every hub else.
    handler = await run_in_threadpool(import_module, "hub.api.graphql.handler")
    found: Response = await handler.answer(request)
    return found


async def edges(request: Request) -> Response:
    """The edges as the hub knows them."""
    answer = shapes.Edges(rows=await run_in_threadpool(services(request).edges))
    return await many(request, answer)


async def agents(request: Request) -> Response:
    """The hub's agents and how each stands."""
    answer = shapes.Agents(rows=await run_in_threadpool(services(request).agents))
    return await many(request, answer)


async def health(_: Request) -> Response:
    """Is the process alive."""
    return PlainTextResponse("ok\n", headers={"Cache-Control": "no-store"})


async def ready(request: Request) -> Response:
    """Named probes; 503 where one fails."""
    found = await run_in_threadpool(services(request).probes)
    answer = shapes.Ready(
        ready=not any(found.values()),
        probes={name: wrong or "ok" for name, wrong in found.items()},
    )
    headers = {"Cache-Control": "no-store"}
    status = 200 if answer.ready else 503
    return Response(msgspec.json.encode(answer), status, headers, "application/json")


async def metrics(request: Request) -> Response:
    """Counters and gauges for Prometheus."""
    text = await run_in_threadpool(services(request).metrics)
    return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")


async def openapi(request: Request) -> Response:
    """The API as a document: OpenAPI 3.1, made from the types."""
    return Response(document(request.app.state.operations), media_type="application/json")


async def body_of(
    request: Request, kind: type[T], *, at_most: int = MAX_BODY, empty: T | None = None
) -> T:
    """
    Return the body of *request*, so many bytes *at_most*, as a *kind*. Raises BadRequest.

    *empty* is what no body at all stands for, where it stands for something.
    """
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > at_most:
            raise BadRequest(f"the body is longer than {at_most} bytes")
    if not body and empty is not None:
        return empty
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise BadRequest(f"the body does not fit: {error}") from None
