"""One route with all that is to be known of it: the server and OpenAPI read the same line."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from hub.api.ask import FILTERS, PAGING

Handler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Operation:
    """A method on a path; the handler's docstring is its summary."""

    method: str
    path: str
    handler: Handler
    answer: type[msgspec.Struct] | None = None
    """None: text or a stream."""
    body: type[msgspec.Struct] | None = None
    filters: tuple[str, ...] = (*FILTERS, *PAGING)
    """Of the parameters that are the same everywhere, those that it takes."""
    more: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Other parameters and their values."""
    exports: bool = False
    """``Accept`` may ask for its rows in one of the forms of :data:`hub.api.answer.EXPORTS`."""
    status: int = 200
    failing: int | None = None
    """Status with which it answers in its own form where that says what is wrong."""
    media: str = "application/json"

    @property
    def name(self) -> str:
        """Its name in OpenAPI."""
        return self.handler.__name__

    @property
    def summary(self) -> str:
        """What it answers, in one line."""
        return (self.handler.__doc__ or "").strip().splitlines()[0]
