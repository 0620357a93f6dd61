"""
The application that routes are served by, with a short way for the one route that counts.

Starlette's layers and its table of routes cost a batch as much as its decoding. What they
do for ``POST /events`` is done here in three lines; everything else goes through them.
"""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from edge.collector.http import errors, events

_events = events.Events()


class Application(Starlette):
    """Starlette's, but that ``POST /events`` is answered at once where no middleware is added."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or run the lifespan."""
        if scope.get("path") != events.PATH or not self._is_batch(scope):
            return await super().__call__(scope, receive, send)
        scope["app"] = self
        try:
            await _events(scope, receive, send)
        except errors.Refused as error:
            response = await errors.answer(Request(scope), error)
            await response(scope, receive, send)

    def _is_batch(self, scope: Scope) -> bool:
        """Return whether the request is one for the route, by its method and its root."""
        plain = scope["type"] == "http" and scope["method"] == "POST"
        return plain and not scope.get("root_path") and not self.user_middleware
