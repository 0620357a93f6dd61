"""
What a hub's analytics must be, whatever befell it: what its inbox makes when it is read once.

Rows are compared as a whole, and so are the hub's own counts: an entry that was applied
twice leaves no second row, since the correlator knows each event by its key, but it is
counted twice.
"""

import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from edge.projects import ProjectBook
from hub.app import Hub
from hub.inlet.inbox import open_inbox
from hub.process import INBOX, NODE
from hub.settings import HubSettings
from tests.hub.hubkit import dump

ANALYTICS = "analytics.duckdb*"
_COUNTS = "select name, value from meta where name in ('schema', 'events', 'newest')"
"""The rest is of retention, which a hub that was not started leaves alone."""
_DROPPED = "select reason, node, project, sum(events) from dropped group by all"


def differences(folder: Path) -> list[str]:
    """Return in which tables the hub whose process in *folder* has ended differs from that."""
    with tempfile.TemporaryDirectory(prefix="replay-") as name:
        found = _read_to_the_end(shutil.copytree(folder, Path(name, "found")))
        nothing_yet = shutil.ignore_patterns(ANALYTICS)
        wanted = _read_to_the_end(shutil.copytree(folder, Path(name, "anew"), ignore=nothing_yet))
    return list(_compare(found, wanted))


def _read_to_the_end(folder: Path) -> dict[str, Counter[tuple[Any, ...]]]:
    """Apply what waits in the inbox in *folder*, and return the rows of all tables."""
    settings, projects = HubSettings(data=str(folder)), ProjectBook.open(folder)
    with closing(open_inbox(folder / INBOX, node=NODE)) as inbox:
        hub = Hub(settings, inbox, projects, list, lambda _node: True)
        try:
            while hub.worker.step():
                pass
            tables = dump(hub)
            tables["counts"] = hub.store.read(_COUNTS)
            tables["dropped"] = hub.store.read(_DROPPED)
        finally:
            hub.stop()
    return {table: Counter(rows) for table, rows in tables.items()}


def _compare(
    found: dict[str, Counter[tuple[Any, ...]]], wanted: dict[str, Counter[tuple[Any, ...]]]
) -> Iterator[str]:
    for table, rows in found.items():
        more, fewer = rows - wanted[table], wanted[table] - rows
        if more or fewer:
            one = next(iter(more or fewer))
            yield (
                f"analytics, {table}: {more.total()} rows too many,"
                f" {fewer.total()} missing; one is {one}"
            )
