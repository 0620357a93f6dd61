"""
The version of the tables that a hub's own SQLite files have beside the journal's.

Tables are only added, so an older file is brought up by its schema; a newer one is refused,
since what this version does not know it would not keep.
"""

from edge.errors import FlowbackError
from edge.journal.journal import Journal

_KEY = "tables"


class NewerRecords(FlowbackError):
    """The file was written by a newer version of the hub."""


def settle(journal: Journal, version: int) -> None:
    """Note that *journal* has the tables of *version*. Raises :class:`NewerRecords`."""
    rows = journal.read("select value from meta where key = ?", (_KEY,))
    known = int(str(rows[0][0])) if rows else 0
    if known > version:
        raise NewerRecords(
            f"{journal.path} has format {known}, and this version knows {version}:"
            " start the newer version, or restore a backup"
        )
    if known < version:
        sql = "insert or replace into meta values (?, ?)"
        journal.submit(lambda tx: tx.connection.execute(sql, (_KEY, version))).result()
