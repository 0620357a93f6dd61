"""``flowback hub``: inlet, inbox, agents and API as one process."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import structlog
from starlette.applications import Starlette

from edge import logs
from edge.journal.journal import Journal
from edge.keys import HubKeys, Keyring
from edge.projects import ProjectBook
from edge.serve import listen, serve
from hub.app import Hub
from hub.edges import show
from hub.inlet.inlet import Inlet
from hub.settings import HubSettings

INBOX = "inbox.db"
NODE = "hub"

log = structlog.get_logger(__name__)


def run(settings: HubSettings) -> None:
    """Run a hub until a signal ends it."""
    logs.set_up(level=settings.log, process="hub")
    listener = listen(settings.host, settings.port)
    folder = Path(settings.data)
    keys, keyring = HubKeys.load(folder), Keyring(folder)
    inbox = Journal.open(folder / INBOX, node=NODE)
    inlet = Inlet(inbox, bind=settings.link, keys=keys, keyring=keyring)
    hub = Hub(
        settings,
        inbox,
        ProjectBook.open(folder),
        lambda: [show(status, inbox, hub.store) for status in inlet.edges()],
        lambda node: _is_demo(keyring, node),
    )
    _own(hub.app, hub, inlet, inbox)
    log.info("hub listens", host=settings.host, port=listener.getsockname()[1], link=settings.link)
    serve(
        hub.app,
        listener,
        tls_cert=settings.tls_cert,
        tls_key=settings.tls_key,
        on_exit=hub.end_streams,
    )
    log.info("hub ended")


def _own(app: Starlette, hub: Hub, inlet: Inlet, inbox: Journal) -> None:
    """Let the application's life be that of its parts: the inlet first to go, the inbox last."""

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        hub.start()
        inlet.start()
        try:
            yield
        finally:
            inlet.stop(timeout=2.0)
            hub.stop()
            inbox.close()

    app.router.lifespan_context = lifespan


def _is_demo(keyring: Keyring, node: str) -> bool:
    record = keyring.of_node(node)
    return record is not None and record.demo
