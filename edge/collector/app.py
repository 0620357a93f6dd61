"""
The collector as a Starlette application; :func:`create_app` may be mounted into another.

The lifespan owns the journal and the forwarder; handlers find all at ``app.state.collector``.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import resources
from pathlib import Path
from typing import Any

from starlette.applications import Starlette

from edge.collector.agents.ingest import Ingest, Site
from edge.collector.agents.sessions import Sessions
from edge.collector.consent.choose import Consents
from edge.collector.forwarder import Forwarder
from edge.collector.http import errors
from edge.collector.http.routes import ROUTES
from edge.collector.operations.metrics import Metrics
from edge.collector.settings import EdgeSettings
from edge.collector.state import Projects, State
from edge.journal.journal import Journal
from edge.keys import EdgeKeys
from edge.policy.regions import resolve
from edge.projects import ProjectBook

JOURNAL = "journal.db"


def create_app(settings: EdgeSettings) -> Starlette:
    """Return the collector. It opens its data folder when it starts, not before."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        state = build(settings)
        app.state.collector = state
        forwarder = _forward(settings, state)
        try:
            yield
        finally:
            if forwarder is not None:
                forwarder.stop(timeout=2.0)
            state.journal.close()

    handlers: dict[Any, Any] = {errors.Refused: errors.answer}
    return Starlette(routes=ROUTES, lifespan=lifespan, exception_handlers=handlers)


def build(settings: EdgeSettings) -> State:
    """Open the data folder of *settings* and return the collector's parts."""
    folder = Path(settings.data)
    schema = resources.files("edge.collector").joinpath("schema.sql").read_text()
    keys = EdgeKeys.load(folder)
    journal = Journal.open(folder / JOURNAL, node=keys.node, schema=schema)
    site = Site(settings.site, resolve(settings.region, settings.region))
    sessions = Sessions(settings.sessions)
    journal.on_rollback(sessions.clear)
    metrics = Metrics()
    metrics.watch("sessions_in_memory", "Sessions in memory", lambda: len(sessions))
    metrics.watch("works_waiting", "Requests that wait for a commit", lambda: journal.queued)
    metrics.watch("commits", "Commits since the start", lambda: journal.commits)
    return State(
        journal=journal,
        projects=Projects(ProjectBook.open(folder)),
        ingest=Ingest(sessions, site),
        consents=Consents(sessions, site),
        metrics=metrics,
        queue_bytes=settings.queue_mb * 2**20,
    )


def _forward(settings: EdgeSettings, state: State) -> Forwarder | None:
    """Start sending to the hub, where there is one."""
    if not settings.hub:
        state.forwarding = lambda: "ok"
        return None
    forwarder = Forwarder(
        state.journal,
        hub_address=settings.hub,
        keys=EdgeKeys.load(Path(settings.data)),
    )
    forwarder.start()
    state.forwarding = lambda: "ok" if forwarder.status().connected else "the hub does not answer"
    return forwarder
