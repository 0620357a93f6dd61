"""
The journal's format, one step a version, each step one transaction.

A file of an older version is brought up when it is opened; one of a newer version is
refused, since what this version does not know it would not keep.
"""

import sqlite3
from pathlib import Path

from edge.errors import FlowbackError

# What the hub holds already is not looked at again: the account begins with what waits.
_FILL = """
update head set events = (select coalesce(sum(count), 0) from entry e
  where e.origin = head.origin and e.lane = head.lane and e.seq > coalesce((select seq
  from cursor c where c.name = 'hub' and c.origin = e.origin and c.lane = e.lane), 0))
"""
_TO_2 = (
    "alter table head add column events integer not null default 0",
    "alter table cursor add column events integer not null default 0",
    "alter table gap add column events integer not null default 0",
    _FILL,
)
STEPS: dict[int, tuple[str, ...]] = {2: _TO_2}
"""Version → what makes it of the version before."""
SCHEMA = max(STEPS)
"""The version that this program reads and writes."""


class NewerJournal(FlowbackError):
    """The journal was written by a newer version. Start that one, or restore a backup."""


def upgrade(connection: sqlite3.Connection, path: Path) -> None:
    """
    Bring the journal behind *connection* up to :data:`SCHEMA`; a new file is left alone.

    Raises :class:`NewerJournal`.
    """
    version = _version(connection)
    if version is None or version == SCHEMA:
        return
    if version > SCHEMA:
        raise NewerJournal(
            f"{path} has format {version}, and this version knows {SCHEMA}:"
            " start the newer version, or restore a backup"
        )
    connection.execute("begin immediate")
    try:
        for step in range(version + 1, SCHEMA + 1):
            for statement in STEPS[step]:
                connection.execute(statement)
        connection.execute("update meta set value = ? where key = 'schema'", (SCHEMA,))
        connection.execute("commit")
    except sqlite3.Error:
        connection.execute("rollback")
        raise


def _version(connection: sqlite3.Connection) -> int | None:
    found = connection.execute(
        "select 1 from sqlite_schema where type = 'table' and name = 'meta'"
    ).fetchone()
    if found is None:
        return None
    row = connection.execute("select value from meta where key = 'schema'").fetchone()
    return None if row is None else int(row[0])
