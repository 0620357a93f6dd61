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
