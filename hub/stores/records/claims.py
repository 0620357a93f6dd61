"""
Claims that wait: a visitor asked an edge that does not know the session, and no grant of
it has come yet (decision 5). Kept until one comes, or until no edge can hold it any more.
"""

from collections.abc import Iterable

from edge.journal.journal import Journal
from edge.journal.transaction import Transaction

SCHEMA = """
create table if not exists claim (
  project text not null,
  session text not null,
  hash text not null,
  at integer not null,
  primary key (project, session, hash)
) strict, without rowid;
"""

LIFE = 180 * 86_400_000
"""ms: the most raw days of any region; no edge holds a session for longer."""
MOST = 100_000
"""Claims kept; whoever makes up more than that pushes out the oldest of them."""

_WAIT = "insert or ignore into claim values (?, ?, ?, ?)"
_END = """
delete from claim where at < ? or (project, session, hash) in (
  select project, session, hash from claim order by at desc limit -1 offset ?)
"""

Visitor = tuple[str, str]
"""Project and session."""


class Claims:
    """The list, in memory too. One thread calls; writes return when they are on disk."""

    def __init__(self, journal: Journal, most: int = MOST) -> None:
        self._journal = journal
        self._most = most
        self._read()

    def __len__(self) -> int:
        return sum(map(len, self._of.values()))

    def of(self, visitor: Visitor) -> set[str]:
        """Return the hashes of the secrets with which a session was claimed."""
        return self._of.get(visitor, set())

    def wait(self, claimed: Iterable[tuple[str, str, str]], *, at: int) -> None:
        """Keep claims, as (project, session, hash), until a grant comes; end what is too old."""
        rows = [(*one, at) for one in claimed]
        if not rows:
            return

        def work(tx: Transaction) -> None:
            tx.connection.executemany(_WAIT, rows)
            tx.connection.execute(_END, (at - LIFE, self._most))

        self._journal.submit(work).result()
        self._read()

    def _read(self) -> None:
        self._of: dict[Visitor, set[str]] = {}
        for project, session, claim in self._journal.read(
            "select project, session, hash from claim"
        ):
            self._of.setdefault((str(project), str(session)), set()).add(str(claim))
