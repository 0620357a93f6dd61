"""
What edges are still to erase: sessions that they hold, and whose visitors asked elsewhere.

An errand ends with the edge's own tombstone; where that never comes, with the longest
time for which an edge may hold a session.
"""

from collections.abc import Iterable, Sequence

from edge.journal.journal import Journal
from edge.journal.transaction import Transaction
from edge.protocol.frames import Errand
from hub.stores.records.claims import LIFE, Visitor

SCHEMA = """
create table if not exists errand (
  node text not null,
  project text not null,
  session text not null,
  hash text not null,
  at integer not null,
  primary key (node, project, session)
) strict, without rowid;
"""

AT_ONCE = 64
"""Errands told with one frame."""


class Errands:
    """The list, in memory too. One thread changes it, any may ask."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._read()

    def __len__(self) -> int:
        return sum(map(len, self._of.values()))

    def of(self, node: str) -> list[Errand]:
        """Return some of what *node* is to erase."""
        return self._of.get(node, [])[:AT_ONCE]

    def send(self, errands: Iterable[tuple[str, Errand]], *, at: int) -> None:
        """Keep errands by node; end what is too old."""
        rows = [(node, *_fields(errand), at) for node, errand in errands]
        if rows:
            self._write("insert or ignore into errand values (?, ?, ?, ?, ?)", rows, at=at)

    def done(self, tombstones: Iterable[tuple[str, Visitor]], *, at: int) -> None:
        """Note that these nodes erased these sessions."""
        rows = [
            (node, *visitor)
            for node, visitor in tombstones
            if any((one.project, one.session) == visitor for one in self._of.get(node, ()))
        ]
        if rows:
            sql = "delete from errand where node = ? and project = ? and session = ?"
            self._write(sql, rows, at=at)

    def _write(self, sql: str, rows: Sequence[tuple[object, ...]], *, at: int) -> None:
        def work(tx: Transaction) -> None:
            tx.connection.executemany(sql, rows)
            tx.connection.execute("delete from errand where at < ?", (at - LIFE,))

        self._journal.submit(work).result()
        self._read()

    def _read(self) -> None:
        found: dict[str, list[Errand]] = {}
        rows = self._journal.read("select node, project, session, hash from errand order by at")
        for node, *fields in rows:
            found.setdefault(str(node), []).append(Errand(*map(str, fields)))
        self._of = found


def _fields(errand: Errand) -> tuple[str, str, str]:
    return errand.project, errand.session, errand.receipt
