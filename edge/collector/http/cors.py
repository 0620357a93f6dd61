"""
Cross-origin rules: the origins of the key's project are named one by one, never with credentials.
"""

from starlette.requests import Request
from starlette.responses import Response

from edge.projects import Project

PROJECT = "flowback.project"
"""Where a request's scope holds the project of its key, once that is known."""


def headers(origin: bytes | None) -> list[tuple[bytes, bytes]]:
    """Return the headers that let a page of *origin*, one of the project's, read a 202."""
    if origin is None:
        return [(b"vary", b"Origin")]
    return [(b"vary", b"Origin"), (b"access-control-allow-origin", origin)]


def allow(request: Request, response: Response) -> None:
    """Let the page read *response* where its origin belongs to the key's project."""
    response.headers["Vary"] = "Origin"
    origin = request.headers.get("origin")
    if origin is not None and origin in allowed_origins(request):
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = "Retry-After"


def allowed_origins(request: Request) -> list[str]:
    """Return the origins of the project whose key the request carries; none for no such key."""
    project: Project | None = request.scope.get(PROJECT)
    if project is None:
        key = request.query_params.get("k", "")
        project = request.app.state.collector.projects.by_key(key)
    return project.origins if project is not None else []


async def preflight(request: Request) -> Response:
    """Answer OPTIONS: only reading and deleting one's own session needs one."""
    response = Response(status_code=204)
    allow(request, response)
    if "Access-Control-Allow-Origin" in response.headers:
        response.headers["Access-Control-Allow-Methods"] = "GET, POST, DELETE"
        response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
        response.headers["Access-Control-Max-Age"] = "600"
    return response
