"""Building the analytics anew from the inbox, by the agents that make them while the hub runs."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from edge.journal.journal import Journal
from edge.keys import Keyring
from edge.lock import held
from edge.projects import ProjectBook
from hub.app import Hub
from hub.inlet.inbox import open_inbox
from hub.projections.events import put_aside
from hub.settings import HubSettings

ANALYTICS = "analytics.duckdb"
BEFORE = "analytics.before"
_SIZE = "select coalesce(sum(length(body)), 0), count(*) from entry where position > ?"


@dataclass(frozen=True, slots=True)
class Built:
    """What a rebuild took."""

    entries: int
    events: int
    bytes: int
    aside: int
    """Entries that no agent could take, of all that there are."""


def rebuild(folder: Path, told: Callable[[int, int], None] = lambda _done, _total: None) -> Built:
    """
    Make the analytics in *folder* anew; *told* hears bytes of the inbox done and in all.

    Raises FolderInUse while a hub runs there. Cut off at any moment the folder holds
    analytics of a prefix of the inbox, with which the hub's start goes on.
    """
    with held(folder):
        inbox = open_inbox(folder / "inbox.db", node="hub")
        try:
            return _rebuild(folder, inbox, told)
        finally:
            inbox.close()


def _rebuild(folder: Path, inbox: Journal, told: Callable[[int, int], None]) -> Built:
    keyring = Keyring(folder)
    for path in folder.glob(f"{ANALYTICS}*"):
        path.replace(folder / path.name.replace(ANALYTICS, BEFORE))
    records = {record.node: record.demo for record in keyring.records()}
    hub = Hub(
        HubSettings(data=str(folder)),
        inbox,
        ProjectBook.open(folder),
        list,
        lambda node: records.get(node, False),
        keyring.verify_keys,
    )
    try:
        total, entries = _left(inbox, 0)
        while hub.worker.step():
            told(total - _left(inbox, hub.worker.position)[0], total)
        built = Built(entries, hub.worker.applied, total, put_aside(hub.store))
    finally:
        hub.stop()
    for path in folder.glob(f"{BEFORE}*"):
        path.unlink()
    return built


def _left(inbox: Journal, position: int) -> tuple[int, int]:
    ((length, count),) = inbox.read(_SIZE, (position,))
    return int(str(length)), int(str(count))
