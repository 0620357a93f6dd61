"""
The collector as a Starlette application; :func:`create_app` may be mounted into another.

The lifespan owns the journal and the forwarder; handlers find all at ``app.state.collector``.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from importlib import resources
from pathlib import Path
from typing import Any

import structlog
from msgspec.structs import asdict
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.types import ExceptionHandler

from edge import VERSION
from edge.audit import AuditLog
from edge.collector.agents.ingest import Ingest, Site
from edge.collector.agents.sessions import Sessions
from edge.collector.consent.choose import Consents
from edge.collector.consent.rights import Deletions
from edge.collector.forwarder import Forwarder
from edge.collector.http import errors
from edge.collector.http.door import Application
from edge.collector.http.routes import ROUTES
from edge.collector.operations import space
from edge.collector.operations.ballast import Ballast
from edge.collector.operations.control import Control
from edge.collector.operations.diary import Diary, started
from edge.collector.operations.figures import Figures
from edge.collector.operations.housekeeping import at_work
from edge.collector.operations.metrics import Metrics
from edge.collector.operations.watch import Watch
from edge.collector.parts import MIB, parts_of
from edge.collector.settings import EdgeSettings
from edge.collector.state import Projects, State
from edge.collector.widget import Widget
from edge.errors import FlowbackError
from edge.journal.opening import open_journal
from edge.keys import EdgeKeys, edge
from edge.keys.watch import of_edge
from edge.lock import held
from edge.projects import ProjectBook

JOURNAL = "journal.db"

log = structlog.get_logger(__name__)

HANDLERS: Mapping[Any, ExceptionHandler] = {
    errors.Refused: errors.answer,
    HTTPException: errors.plain,
}


def create_app(settings: EdgeSettings) -> Starlette:
    """
    Return the collector, to be served alone or mounted into another application.

    It opens its data folder when its lifespan begins, not before, and holds it against
    other processes until it ends. A host must enter that lifespan in its own, since
    Starlette runs it for the outermost application only.
    """

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        with held(Path(settings.data)):
            state = start(settings)
            app.state.collector = state
            try:
                async with at_work(state):
                    yield
            finally:
                app.state.collector = _NotRunning()
                state.close()

    app = Application(routes=ROUTES, lifespan=lifespan, exception_handlers=HANDLERS)
    app.state.collector = _NotRunning()
    return app


class NotRunning(FlowbackError):
    """The collector's lifespan was not entered: see "In your own application" in edge/README.md."""


class _NotRunning:
    """Stands where the parts will be, and says what is missing."""

    def __getattr__(self, name: str) -> Any:
        raise NotRunning


def app_of(state: State) -> Starlette:
    """Return the collector over parts that are open already; closing them is the caller's."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with at_work(state):
            yield

    app = Application(routes=ROUTES, lifespan=lifespan, exception_handlers=HANDLERS)
    app.state.collector = state
    return app


def start(settings: EdgeSettings) -> State:
    """
    Open the data folder of *settings*, start sending, and return the collector's parts.

    Keys are made on the first start. Raises :class:`~edge.errors.FlowbackError`.
    """
    state = build(settings)
    try:
        state.forwarder = _forward(settings, state)
    except FlowbackError:
        state.close()
        raise
    return state


def build(settings: EdgeSettings) -> State:
    """Open the data folder of *settings* and return the collector's parts."""
    folder = Path(settings.data)
    parts = parts_of(settings)
    schema = resources.files("edge.collector").joinpath("schema.sql").read_text()
    keys = EdgeKeys.load(folder) if (folder / edge.NAME).exists() else EdgeKeys.make(folder)
    ballast = Ballast(folder, settings.ballast_mb * MIB)
    if space.is_full(folder) and ballast.size and ballast.release():
        log.warning("the disk is full; the ballast is let go", bytes=ballast.size)
    opened = open_journal(
        folder / JOURNAL, node=keys.node, schema=schema, max_bytes=settings.disk_mb * MIB
    )
    for finding in opened.findings:
        tell = log.error if finding.serious else log.info  # `flowback doctor` warns of it
        tell("the journal was opened", found=finding.what, says=finding.says)
    diary = Diary(AuditLog(folder))
    for finding in opened.findings:
        if finding.serious:
            diary.later(f"journal.{finding.what}", says=finding.says)
    journal = opened.journal
    site = Site(settings.site, settings.hub_country)
    sessions = Sessions(settings.sessions)
    journal.on_rollback(sessions.clear)
    watch = Watch(opened, limits=parts.limits, ballast=ballast, drop=parts.drop)
    projects = Projects(ProjectBook.open(folder))
    watched = of_edge(folder)
    control = Control(folder, watched, region=settings.region)
    state = State(
        opened=opened,
        control=control,
        projects=projects,
        settings=settings,
        parts=parts,
        ingest=Ingest(sessions, site),
        consents=Consents(sessions, site),
        deletions=Deletions(sessions, keys),
        metrics=Metrics(),
        watch=watch,
        diary=diary,
        widget=Widget(folder / "widget"),
    )
    state.metrics.registry.register(Figures(state))
    for what, about in started(projects.all(), version=VERSION, settings=asdict(settings)):
        diary.later(what, **about)
    return state


def _forward(settings: EdgeSettings, state: State) -> Forwarder | None:
    """Start sending to the hub, where there is one."""
    if not settings.hub:
        return None
    watched = state.control.keys
    keys = watched.keys
    if not keys.signing:
        log.warning(
            "deletions are told to the hub without a signature: run `flowback keys rotate`,"
            " then `flowback enroll ask` and, at the hub, `flowback enroll admit --rotation`"
        )
    forwarder = Forwarder(
        state.journal,
        hub_address=settings.hub,
        keys=keys,
        version=VERSION,
        on_errands=state.errands.extend,
        control=state.control,
        reread=watched.look,
    )
    forwarder.start()
    return forwarder
