"""The shapes of the hub's answers in TypeScript, for the dashboard."""

import inspect

from edge.events.typescript import render
from hub.api import shapes


def dashboard_types() -> str:
    """Return an interface for every shape of :mod:`hub.api.shapes`."""
    return render(
        shape
        for _, shape in inspect.getmembers(shapes, inspect.isclass)
        if issubclass(shape, shapes.Answer) and shape is not shapes.Answer
    )
