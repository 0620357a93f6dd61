"""``flowback hub``: inlet, inbox, agents and API as one process."""

from ipaddress import ip_address
from pathlib import Path

import structlog

from edge import logs
from edge.connection import widen
from edge.errors import FlowbackError
from edge.keys import HubKeys, Keyring
from edge.keys.watch import of_hub
from edge.lock import hold
from edge.projects import ProjectBook
from edge.protocol.frames import Errand
from edge.serve import listen, serve
from edge.signals import early
from hub.app import Hub
from hub.bundles.desk import Desk
from hub.bundles.figures import BundleFigures
from hub.bundles.watch import Watch
from hub.control import Control
from hub.edges import show
from hub.inlet.inlet import Inlet
from hub.inlet.whole import open_whole
from hub.settings import HubSettings

INBOX = "inbox.db"
NODE = "hub"

log = structlog.get_logger(__name__)


class Exposed(FlowbackError):
    """The hub has no accounts, so that it is only served where its own machine asks."""


def run(settings: HubSettings) -> None:
    """Run a hub until a signal ends it; one that comes while it starts ends it once it has."""
    early.hold_end()
    folder = _take_folder(settings)
    listener = listen(settings.host, settings.port)
    keys = HubKeys.open(folder)
    keyring = Keyring(folder)
    inbox, whole = open_whole(folder / INBOX, node=NODE)
    projects = ProjectBook.open(folder)
    hub = Hub(
        settings,
        inbox,
        projects,
        lambda: [
            show(status, keyring.of_node(status.node), inbox, hub.store, control)
            for status in inlet.edges()
        ],
        lambda node: _is_demo(keyring, node),
        keyring.verify_keys,
    )
    control = Control(
        hub.records.control,
        folder=folder,
        keyring=keyring,
        projects=projects,
        erased=hub.records.tombstones,
        rules=settings.rules,
    )
    inlet = Inlet(
        inbox,
        bind=settings.link,
        keys=keys,
        keyring=keyring,
        errands=lambda node: _errands(hub, node),
        control=control,
        reread=of_hub(folder).look,
    )
    errands = hub.records.tombstones.errands.of
    bundles = Watch(Desk(inbox, folder, errands=errands, control=control.by_hand), folder)
    hub.inbox_problem = whole.problem
    hub.metrics.add(BundleFigures(inbox, keyring, bundles))
    hub.start()
    try:
        control.start()
        inlet.start()
        bundles.start()
        log.info("hub listens", port=listener.getsockname()[1], link=inlet.address)
        tls = {"tls_cert": settings.tls_cert, "tls_key": settings.tls_key}
        serve(hub.app, listener, on_exit=hub.end_streams, **tls)
    finally:
        bundles.stop(timeout=2.0)
        inlet.stop(timeout=2.0)
        control.stop()
        hub.stop()
        inbox.close()
        whole.close()
    log.info("hub ended")


def _take_folder(settings: HubSettings) -> Path:
    """Return the folder, which is this process's alone once all is fit to begin."""
    logs.set_up(level=settings.log, process="hub")
    check_host(settings.host)
    folder = Path(settings.data)
    widen()
    hold(folder)
    return folder


def _errands(hub: Hub, node: str) -> list[Errand]:
    return hub.records.tombstones.errands.of(node)


def _is_demo(keyring: Keyring, node: str) -> bool:
    record = keyring.of_node(node)
    return record is not None and record.demo


def check_host(host: str) -> None:
    """Raise :class:`Exposed` for an address that another machine could reach (issue 8)."""
    try:
        inside = ip_address(host).is_loopback
    except ValueError:
        inside = host == "localhost"
    if not inside:
        raise Exposed(
            f"the hub has no accounts and would answer whoever reaches {host}: leave --host at"
            " 127.0.0.1, put a proxy in front that signs people in, and name it with --names"
        )
