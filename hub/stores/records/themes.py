"""
How a project's comments are grouped: which text has which id, and what people said of it.

Texts are kept as keyed hashes alone, so that nothing of an erased session stays here. It
belongs to the records because decisions name ids: an id never means another group.
"""

from edge.journal.journal import Journal
from edge.journal.transaction import Transaction

SCHEMA = """
create table if not exists theme_ledger (
  project text primary key,
  body text not null
) strict, without rowid;
create table if not exists theme_change (
  id integer primary key autoincrement,
  at integer not null,
  project text not null,
  insight text not null,
  change text not null
) strict;
"""


class Themes:
    """The ledgers, one a project, and every change by people."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def ledger(self, project: str) -> str | None:
        """Return what was saved last."""
        rows = self._journal.read("select body from theme_ledger where project = ?", (project,))
        return str(rows[0][0]) if rows else None

    def save(self, project: str, body: str) -> None:
        """Save a ledger; returns when it is on disk."""

        def work(transaction: Transaction) -> None:
            transaction.connection.execute(
                "insert into theme_ledger values (?, ?)"
                " on conflict (project) do update set body = excluded.body",
                (project, body),
            )

        self._journal.submit(work).result()

    def changed(self, project: str, insight: str, change: str, *, at: int, body: str) -> None:
        """Record that people merged, split or named a group, with the ledger that follows."""

        def work(transaction: Transaction) -> None:
            transaction.connection.execute(
                "insert into theme_change (at, project, insight, change) values (?, ?, ?, ?)",
                (at, project, insight, change),
            )
            transaction.connection.execute(
                "insert into theme_ledger values (?, ?)"
                " on conflict (project) do update set body = excluded.body",
                (project, body),
            )

        self._journal.submit(work).result()

    def changes(self, project: str, insight: str) -> list[tuple[int, str]]:
        """Return (moment, what people changed) of an insight, oldest first."""
        rows = self._journal.read(
            "select at, change from theme_change where project = ? and insight = ? order by id",
            (project, insight),
        )
        return [(int(str(at)), str(change)) for at, change in rows]
