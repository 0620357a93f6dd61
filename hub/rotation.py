"""
Rotate the hub's own keys: announce the next ones, see who knows them, switch.

The announcement is control, so an edge that holds it trusts both keys, and the switch
breaks nothing. An edge that was away all the time needs the hub's card by hand.
"""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgpack  # type: ignore[import-untyped]

from edge.keys import HubKeys, Keyring

_TOLD = "select rev, value from control where kind = 'hub' and key = 'keys' order by rev"


def behind(folder: Path) -> list[str]:
    """Return the names of admitted edges that do not trust the hub's newest key yet."""
    wanted = HubKeys.load(folder).keys[-1].public
    records = [one for one in Keyring(folder).records() if one.revoked is None]
    names = {one.node: one.name or one.node for one in records}
    held = dict(_held(folder))
    since = next((rev for rev, keys in _told(folder) if wanted in keys), None)
    return sorted(
        name for node, name in names.items() if since is None or held.get(node, 0) < since
    )


def _told(folder: Path) -> Iterator[tuple[int, list[str]]]:
    for rev, value in _read(folder, _TOLD):
        yield rev, (msgpack.unpackb(value, raw=False) or {}).get("keys", [])


def _held(folder: Path) -> Iterator[tuple[str, int]]:
    yield from _read(folder, "select node, rev from control_at")


def _read(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    """Read the records beside the hub that may be writing them."""
    path = folder / "records.sqlite"
    if not path.exists():
        return []
    file = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return file.execute(sql).fetchall()
    except sqlite3.OperationalError:  # of a version before control
        return []
    finally:
        file.close()
