"""Building the analytics anew from the inbox, by the agents that make them while the hub runs."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from edge.errors import FlowbackError
from edge.journal.journal import Journal
from edge.keys import Keyring
from edge.lock import held
from edge.projects import ProjectBook
from hub.app import Hub
from hub.inlet.inbox import open_inbox
from hub.projections import sealing
from hub.projections.events import meta, put_aside
from hub.projections.migrate import prepare
from hub.settings import HubSettings
from hub.stores.analytics import AnalyticsUnavailable
from hub.stores.analytics.duck import DuckStore, between, is_database

ANALYTICS = "analytics.duckdb"
FRESH = "analytics.fresh"
_ANEW = "update meta set value = ? where name = 'anew'"
_SIZE = "select coalesce(sum(length(body)), 0), count(*) from entry where position > ?"


class NotTakenOver(FlowbackError):
    """What retention sealed cannot be taken over into the new analytics."""


@dataclass(frozen=True, slots=True)
class Built:
    """What a rebuild took."""

    entries: int
    events: int
    bytes: int
    aside: int
    """Entries that no agent could take, of all that there are."""
    sealed: int
    """Sessions that retention had sealed, taken over as they were."""


def rebuild(folder: Path, told: Callable[[int, int], None] = lambda _done, _total: None) -> Built:
    """
    Make the analytics in *folder* anew; *told* hears bytes of the inbox done and in all.

    What retention sealed stays as it was: it stands in no inbox. Raises FolderInUse while a
    hub runs there, and NotTakenOver. Cut off at any moment the folder holds analytics of a
    prefix of the inbox, with which the hub's start goes on.
    """
    with held(folder):
        inbox = open_inbox(folder / "inbox.db", node="hub")
        try:
            return _rebuild(folder, inbox, told)
        finally:
            inbox.close()


def _rebuild(folder: Path, inbox: Journal, told: Callable[[int, int], None]) -> Built:
    keyring = Keyring(folder)
    _begin(folder, inbox)
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
        sealed = meta(hub.store, "sealed")
        return Built(entries, hub.worker.applied, total, put_aside(hub.store), sealed)
    finally:
        hub.stop()


def _begin(folder: Path, inbox: Journal) -> None:
    """Put new analytics in the place of the old, with what is sealed: at no moment is it gone."""
    old, fresh = folder / ANALYTICS, folder / FRESH
    for path in folder.glob(f"{FRESH}*"):
        path.unlink()
    store = DuckStore(fresh)
    try:
        prepare(store, lambda _project: False)
        with store.transaction() as transaction:
            transaction.execute(_ANEW, [_last(inbox)])
    finally:
        store.close()
    try:
        if old.exists() and is_database(old):
            between(old, fresh, sealing.carried(), table="sealed")
    except (OSError, AnalyticsUnavailable) as error:
        raise NotTakenOver(
            f"what retention sealed stands in {old} alone and cannot be taken over: {error}."
            " Nothing was changed: make room, restore a backup, or move the file away to do"
            " without what was sealed"
        ) from error
    for path in folder.glob(f"{ANALYTICS}.*"):
        path.unlink()  # what was committed since is in the inbox
    fresh.replace(old)


def _last(inbox: Journal) -> int:
    """Return the newest position of *inbox*."""
    return int(str(inbox.read("select coalesce(max(position), 0) from entry")[0][0]))


def _left(inbox: Journal, position: int) -> tuple[int, int]:
    ((length, count),) = inbox.read(_SIZE, (position,))
    return int(str(length)), int(str(count))
