"""The edge's process: the only room of edge with a network."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from edge.collector.settings import EdgeSettings


def create_app(config: "EdgeSettings") -> "Starlette":
    """Return the collector as an application: see :func:`edge.collector.app.create_app`."""
    # By its name, so that the room's parts can be imported without the whole.
    app: Starlette = import_module("edge.collector.app").create_app(config)
    return app
