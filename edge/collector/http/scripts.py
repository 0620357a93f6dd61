"""Serving the widget: the newest under its plain name, each version under its own for good."""

from starlette.requests import Request
from starlette.responses import Response

from edge.collector.http.errors import problem
from edge.collector.state import State
from edge.collector.widget import Script

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Vary": "Accept-Encoding",
}
_FRESH = "public, max-age=300"
_FOR_GOOD = "public, max-age=31536000, immutable"


async def newest(request: Request) -> Response:
    """``GET /flowback.js`` and its parts: the newest version, asked again after 5 minutes."""
    state: State = request.app.state.collector
    name = request.path_params["name"] + ".js"
    script = state.widget.newest.scripts.get(name)
    state.metrics.served("newest" if script else "unknown")
    return _script(request, script, _FRESH)


async def pinned(request: Request) -> Response:
    """``GET /v/{version}/{name}.js``: one version, which never changes."""
    state: State = request.app.state.collector
    version, name = request.path_params["version"], request.path_params["name"] + ".js"
    script = state.widget.find(version, name)
    is_newest = version == state.widget.newest.name
    state.metrics.served("unknown" if script is None else "pinned" if is_newest else "older")
    return _script(request, script, _FOR_GOOD)


def _script(request: Request, script: Script | None, cache: str) -> Response:
    if script is None:
        detail = "no such script; `flowback site snippet` prints a tag that works"
        answer = problem("unknown_script", detail, 404)
        answer.headers.update({"Cache-Control": "no-store", "Access-Control-Allow-Origin": "*"})
        return answer
    zipped = _takes_gzip(request.headers.get("accept-encoding", ""))
    tag = f'"{script.tag}-gzip"' if zipped else f'"{script.tag}"'
    headers = {**_HEADERS, "ETag": tag, "Cache-Control": cache}
    if _has(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=headers)
    if zipped:
        headers["Content-Encoding"] = "gzip"
    content = script.gzipped if zipped else script.plain
    return Response(content, headers=headers, media_type="text/javascript")


def _has(told: str, tag: str) -> bool:
    return told.strip() == "*" or tag in [one.strip().removeprefix("W/") for one in told.split(",")]


def _takes_gzip(told: str) -> bool:
    """Return whether an Accept-Encoding header takes gzip (RFC 9110, 12.5.3)."""
    for one in told.lower().split(","):
        coding, _, weight = one.partition(";")
        if coding.strip() in ("gzip", "*"):
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False
