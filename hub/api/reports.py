"""Reports: made when asked for, since each is a row in the audit log."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from hub.api.answer import one
from hub.api.ask import PERIOD, ask_of
from hub.api.rest import body_of, services
from hub.api.shapes import Period


async def privacy(request: Request) -> Response:
    """What a compliance report would say now, unsigned."""
    ask = ask_of(request, filters=PERIOD)
    return one(request, await run_in_threadpool(services(request).privacy, ask.start, ask.end))


async def compliance(request: Request) -> Response:
    """Rules, consent, retention, erasures, keys and the audit chain's head, signed by the hub."""
    period = await body_of(request, Period)
    made = services(request).compliance
    return one(request, await run_in_threadpool(made, period.start, period.end))
