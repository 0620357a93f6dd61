"""The application: the routes, the dashboard below them, the guard before them."""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Mount, Route

from edge.errors import FlowbackError
from hub.api.dashboard import Dashboard
from hub.api.errors import answer_http, answer_known, answer_unknown
from hub.api.guard import Guard
from hub.api.routes import ROUTES
from hub.api.services import Services


def create_app(services: Services) -> Starlette:
    """Return the hub's application over *services*."""
    routes: list[BaseRoute] = [
        Route(one.path, one.handler, methods=[one.method], name=one.name) for one in ROUTES
    ]
    routes += [Route(path, _Refusal(of)) for path, of in _methods().items()]
    routes.append(Mount("/", Dashboard(services.static), name="dashboard"))
    app = Starlette(
        routes=routes,
        middleware=[Middleware(Guard, hosts=services.hosts)],
        exception_handlers={
            FlowbackError: answer_known,
            HTTPException: answer_http,
            Exception: answer_unknown,
        },
    )
    app.state.services = services
    app.state.operations = ROUTES
    return app


def _methods() -> dict[str, set[str]]:
    """Return the methods of each path."""
    found: dict[str, set[str]] = {}
    for one in ROUTES:
        found.setdefault(one.path, set()).update(
            {"GET", "HEAD"} if one.method == "GET" else {one.method}
        )
    return found


class _Refusal:
    """Answers a path that is asked by another method: else the dashboard below would."""

    def __init__(self, methods: set[str]) -> None:
        self._headers = {"Allow": ", ".join(sorted(methods))}

    async def __call__(self, *_: object) -> None:
        raise HTTPException(405, headers=self._headers)
