"""
Records: what people decided, what was shown to them, which sessions visitors had deleted,
and what edges were told.

The analytics can be built anew from the inbox; these cannot, so they live in a file of
their own with the journal's one writer (decision 13 of the house plan).
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from edge.journal.journal import Journal
from edge.journal.transaction import Transaction
from hub.stores.records import control_log, themes, tombstones
from hub.stores.records.control_log import ControlLog
from hub.stores.records.themes import Themes
from hub.stores.records.tombstones import Tombstones
from hub.stores.records.version import NewerRecords, settle

TABLES = 1
"""Version of the tables here."""

SCHEMA = """
create table if not exists shown (
  cell blob primary key,
  sessions integer not null,
  figures text not null
) strict, without rowid;
create table if not exists decision (
  id integer primary key autoincrement,
  at integer not null,
  project text not null,
  insight text not null,
  decision text not null check (decision in ('open', 'accepted', 'dismissed'))
) strict;
create index if not exists decision_of on decision (project, insight, id);
create table if not exists decision_evidence (
  decision integer primary key,
  sessions integer not null
) strict;
"""

_LATEST = """
select insight, decision.decision, sessions from decision
left join decision_evidence on decision_evidence.decision = decision.id
where decision.id in (select max(id) from decision where project = ? group by insight)
"""


class Shown(NamedTuple):
    """What was last shown of a cell."""

    sessions: int
    figures: dict[str, Any] | None
    """None: it was hidden after sessions were erased, and waits for k new ones."""


class Decided(NamedTuple):
    """What a person decided, and the sessions behind the insight then; None: not recorded."""

    decision: str
    sessions: int | None


class Records:
    """The file of records. Any thread may call; writes return when they are on disk."""

    def __init__(self, path: Path) -> None:
        schema = SCHEMA + tombstones.SCHEMA + control_log.SCHEMA + themes.SCHEMA
        self._journal = Journal.open(path, node="records", schema=schema)
        try:
            settle(self._journal, TABLES)
        except NewerRecords:
            self._journal.close()
            raise
        self.tombstones = Tombstones(self._journal)
        """Sessions that visitors had deleted."""
        self.control = ControlLog(self._journal)
        """What edges were told."""
        self.themes = Themes(self._journal)
        """How comments are grouped, and what people said of it."""

    def shown(self, cells: Sequence[bytes]) -> dict[bytes, Shown]:
        """Return what was shown of these *cells*; those never shown are left out."""
        marks = ",".join("?" * len(cells))
        sql = f"select cell, sessions, figures from shown where cell in ({marks})"  # noqa: S608
        return _shown(self._journal.read(sql, tuple(cells)))

    def settle(self, now: dict[bytes, Shown], k: int) -> dict[bytes, Shown]:
        """
        Show *now*, but where fewer than *k* sessions are new since a cell was shown keep that.

        Where sessions were taken away the cell is hidden until k new ones have come: the
        difference would show what was erased.
        """

        def work(transaction: Transaction) -> dict[bytes, Shown]:
            marks = ",".join("?" * len(now))
            rows = transaction.connection.execute(
                f"select cell, sessions, figures from shown where cell in ({marks})",  # noqa: S608
                tuple(now),
            ).fetchall()
            settled = keep(now, _shown(rows), k)
            transaction.connection.executemany(
                "insert into shown values (?, ?, ?) on conflict (cell) do update"
                " set sessions = excluded.sessions, figures = excluded.figures",
                [(cell, one.sessions, json.dumps(one.figures)) for cell, one in settled.items()],
            )
            return settled

        return self._journal.submit(work).result()

    def decide(self, project: str, insight: str, decision: str, *, at: int, sessions: int) -> None:
        """
        Record a person's decision on an insight; the latest counts, all are kept.

        *sessions* stood behind the insight then.
        """

        def work(transaction: Transaction) -> None:
            made = transaction.connection.execute(
                "insert into decision (at, project, insight, decision) values (?, ?, ?, ?)",
                (at, project, insight, decision),
            )
            transaction.connection.execute(
                "insert into decision_evidence values (?, ?)", (made.lastrowid, sessions)
            )

        self._journal.submit(work).result()

    def decisions(self, project: str) -> dict[str, Decided]:
        """Return insight → the latest decision on it."""
        rows = self._journal.read(_LATEST, (project,))
        return {
            str(insight): Decided(str(decision), None if sessions is None else int(str(sessions)))
            for insight, decision, sessions in rows
        }

    def close(self) -> None:
        """Close the file. Harmless when repeated."""
        self._journal.close()


def keep(now: dict[bytes, Shown], before: dict[bytes, Shown], k: int) -> dict[bytes, Shown]:
    """Return for each cell what may be shown, given what was."""
    settled: dict[bytes, Shown] = {}
    for cell, one in now.items():
        old = before.get(cell)
        if old is None or one.sessions - old.sessions >= k:
            settled[cell] = one
        elif one.sessions < old.sessions:
            settled[cell] = Shown(one.sessions, None)
        else:
            settled[cell] = old
    return settled


def _shown(rows: Sequence[tuple[object, ...]]) -> dict[bytes, Shown]:
    return {
        bytes(cell): Shown(int(sessions), json.loads(str(figures)))  # type: ignore[call-overload]
        for cell, sessions, figures in rows
    }
