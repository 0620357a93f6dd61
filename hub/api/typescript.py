"""The shapes of the hub's answers in TypeScript, for the dashboard."""

import inspect

from edge.events.typescript import render
from hub.api import report_shapes as report
from hub.api import shapes


def dashboard_types() -> str:
    """Return an interface for every shape of the API and of the compliance report."""
    return render(
        shape
        for _, shape in sorted(inspect.getmembers(shapes, inspect.isclass) + _of_report())
        if issubclass(shape, shapes.Answer) and shape is not shapes.Answer
    )


def _of_report() -> list[tuple[str, type]]:
    found = inspect.getmembers(report, inspect.isclass)
    return [(name, shape) for name, shape in found if shape.__module__ == report.__name__]
