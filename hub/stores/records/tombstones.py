"""
Tombstones: the sessions that visitors had deleted, and how far their erasure has come.

Each is written here before anything is removed and stays for good, so that a file that
comes back from a backup, or is built anew, brings no erased session back (decision 9).
They are few and all kept in memory too: whatever arrives is checked against them.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from edge.journal.journal import Journal
from edge.journal.transaction import Transaction
from hub.stores.records import claims, errands
from hub.stores.records.claims import Claims
from hub.stores.records.errands import Errands

SCHEMA = (
    """
create table if not exists tombstone (
  project text not null,
  session text not null,
  at integer not null,
  heard integer not null,
  blank integer not null default 0,
  clean integer not null default 0,
  primary key (project, session)
) strict, without rowid;
create table if not exists late (position integer primary key) strict;
"""
    + claims.SCHEMA
    + errands.SCHEMA
)

_BURY = "insert or ignore into tombstone (project, session, at, heard) values (?, ?, ?, ?)"
_AGAIN = """
update tombstone set heard = ?, blank = 0, clean = 0 where project = ? and session = ?
"""

Visitor = tuple[str, str]
"""Project and session."""
Part = Literal["blank", "clean"]
"""What an erasure does besides removing rows: blank the inbox, clean the analytics file."""


@dataclass(frozen=True, slots=True)
class State:
    """How far one erasure has come."""

    heard: int
    """Inbox position of the tombstone: older entries are searched, newer ones are listed."""
    blank: bool = False
    """Its events are blanked in the inbox."""
    clean: bool = False
    """The analytics file was written anew without its bytes."""


class Buried(NamedTuple):
    """One tombstone as an auditor is told of it."""

    project: str
    session: str
    at: int
    """When this hub was told, ms since 1970."""
    complete: bool


class Tombstones(Collection[Visitor]):
    """The list. Any thread may look; one writes, and returns when it is on disk."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self.claims = Claims(journal)
        """Claims of which no grant has come yet."""
        self.errands = Errands(journal)
        """What edges are still to erase."""
        rows = journal.read("select project, session, heard, blank, clean from tombstone")
        self._states = {
            (str(project), str(session)): State(int(str(heard)), bool(blank), bool(clean))
            for project, session, heard, blank, clean in rows
        }
        self._open = {v for v, one in self._states.items() if not (one.blank and one.clean)}
        self._late = {int(str(row[0])) for row in journal.read("select position from late")}

    def __contains__(self, visitor: object) -> bool:
        return visitor in self._states

    def __iter__(self) -> Iterator[Visitor]:
        return iter(list(self._states))

    def __len__(self) -> int:
        return len(self._states)

    def covers(self, project: str, session: str) -> bool:
        """Tell whether a session was deleted."""
        return (project, session) in self._states

    @property
    def waiting(self) -> int:
        """Erasures that are not complete: a metric."""
        return len(self._open)

    def listed(self) -> list[Buried]:
        """Return every tombstone, the oldest first."""
        rows = self._journal.read(
            "select project, session, at, blank, clean from tombstone order by at, project, session"
        )
        return [
            Buried(str(project), str(session), int(str(at)), bool(blank and clean))
            for project, session, at, blank, clean in rows
        ]

    def bury(self, heard: dict[Visitor, int], late: Collection[int], *, at: int) -> None:
        """
        Write tombstones *heard* at inbox positions, and which entries hold events of a
        session that is erased already. What is known already stays as it is.
        """
        new = {visitor: at for visitor, at in heard.items() if visitor not in self._states}
        listed = set(late) - self._late
        if not new and not listed:
            return

        def work(tx: Transaction) -> None:
            tx.connection.executemany(_BURY, [(*visitor, at, n) for visitor, n in new.items()])
            tx.connection.executemany("insert into late values (?)", [(n,) for n in listed])

        self._journal.submit(work).result()
        self._states.update((visitor, State(position)) for visitor, position in new.items())
        self._open.update(new)
        self._late |= listed

    def again(self, visitors: Iterable[Visitor], *, heard: int) -> None:
        """Begin these erasures anew: a file came back from a backup that still held them."""
        found = list(visitors)

        def work(tx: Transaction) -> None:
            tx.connection.executemany(_AGAIN, [(heard, *visitor) for visitor in found])

        self._journal.submit(work).result()
        self._states.update((visitor, State(heard)) for visitor in found)
        self._open.update(found)

    def lacking(self, part: Part, applied: int) -> dict[Visitor, int]:
        """Return erasures heard up to position *applied* that lack *part*: where heard."""
        states = {visitor: self._states[visitor] for visitor in self._open}
        return {
            visitor: one.heard
            for visitor, one in states.items()
            if one.heard <= applied and not getattr(one, part)
        }

    def done(self, part: Part, visitors: Collection[Visitor]) -> None:
        """Note that *part* of these erasures is complete."""
        sql = f"update tombstone set {part} = 1 where project = ? and session = ?"  # noqa: S608
        self._journal.submit(lambda tx: tx.connection.executemany(sql, list(visitors))).result()
        for visitor in visitors:
            one = replace(self._states[visitor], **{part: True})
            self._states[visitor] = one
            if one.blank and one.clean:
                self._open.discard(visitor)

    def late(self, applied: int) -> list[int]:
        """Return positions up to *applied* of entries in which something is to be blanked."""
        return sorted(position for position in self._late if position <= applied)

    def blanked(self, positions: Collection[int]) -> None:
        """Note that these entries are."""
        rows = [(position,) for position in positions]
        self._journal.submit(
            lambda tx: tx.connection.executemany("delete from late where position = ?", rows)
        ).result()
        self._late.difference_update(positions)
