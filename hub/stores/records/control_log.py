"""
The control log: everything that this hub ever told its edges, and how far each has it.

Append-only: a revision per item, which only rises. It lives with the records, since it
cannot be made anew: revisions that edges hold must never be given again.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import msgpack  # type: ignore[import-untyped]
import msgspec

from edge.journal.journal import Journal
from edge.protocol import control
from edge.protocol.control import BadControl, Item
from edge.protocol.frames import Complaint
from hub.stores.records.claims import LIFE

SCHEMA = """
create table if not exists control (
  rev integer primary key,
  at integer not null,
  audience text not null,
  kind text not null,
  key text not null,
  needs integer not null,
  value blob not null
) strict;
create table if not exists control_at (
  node text primary key,
  rev integer not null,
  at integer not null,
  complaints blob not null
) strict, without rowid;
"""

ERASE = "erase"
"""Kind of the items that are told for LIFE only: no edge holds an event for longer."""

_DAY = 86_400_000

_REPORT = """
insert into control_at values (?, ?, ?, ?) on conflict (node) do update
set rev = excluded.rev, at = excluded.at, complaints = excluded.complaints
"""


class Saying(NamedTuple):
    """An item before it has a revision."""

    audience: str
    """``""`` every edge, ``real`` or ``demo`` those, else one node."""
    kind: str
    key: str
    value: Any
    needs: int = 1


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """How far an edge holds control, as it last said."""

    rev: int
    at: int
    """When it said so, ms since 1970."""
    complaints: list[Complaint] = []


class ControlLog:
    """The log. Any thread may call; what is appended is on disk when the call returns."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        rows = journal.read("select audience, max(rev) from control group by audience")
        self._heads = {str(audience): int(str(rev)) for audience, rev in rows}
        self._reports = {
            str(node): Report(
                rev=int(str(rev)),
                at=int(str(at)),
                complaints=msgspec.msgpack.decode(bytes(told), type=list[Complaint]),  # type: ignore[call-overload]
            )
            for node, rev, at, told in journal.read("select * from control_at")
        }

    @property
    def head(self) -> int:
        """The newest revision given, 0 before the first."""
        return max(self._heads.values(), default=0)

    def head_of(self, audiences: Iterable[str]) -> int:
        """Return the newest revision for any of *audiences*."""
        return max((self._heads.get(one, 0) for one in audiences), default=0)

    def append(self, sayings: Sequence[Saying], *, now: int) -> int:
        """
        Give *sayings* their revisions, and return the last of them.

        Raises :class:`~edge.protocol.control.BadControl` where one is too large to travel:
        then none is kept.
        """
        last = max(self.head, self._held_elsewhere(now))
        rows = []
        for saying in sayings:
            last = control.next_rev(last, now)
            if not fits(saying):
                raise BadControl(f"{saying.kind} {saying.key!r} is too large to tell edges")
            value = msgpack.packb(saying.value)
            rows.append((last, now, *saying[:3], saying.needs, value))

        insert = "insert into control values (?, ?, ?, ?, ?, ?, ?)"
        self._journal.submit(lambda tx: tx.connection.executemany(insert, rows)).result()
        for rev, _, audience, *_ in rows:
            self._heads[audience] = rev
        return last

    def items(self, audiences: Sequence[str], after: int, *, now: int) -> list[Item]:
        """Return the newest item of each subject for *audiences* that is behind *after*."""
        marks = ",".join("?" * len(audiences))
        rows = self._journal.read(
            "select rev, kind, key, needs, value from control"  # noqa: S608
            f" where rev > ? and audience in ({marks}) and not (kind = ? and at < ?) order by rev",
            (after, *audiences, ERASE, now - LIFE),
        )
        return control.newest(_item(row) for row in rows)

    def said(self) -> dict[tuple[str, str, str], Any]:
        """Return (audience, kind, key) → what was last said, for all but erasures."""
        rows = self._journal.read(
            "select audience, kind, key, value from control where kind != ? order by rev", (ERASE,)
        )
        return {
            (str(audience), str(kind), str(key)): _plain(value)
            for audience, kind, key, value in rows
        }

    def erasures(self) -> set[str]:
        """Return the keys of erasures that were told."""
        rows = self._journal.read("select key from control where kind = ?", (ERASE,))
        return {str(key) for (key,) in rows}

    def _held_elsewhere(self, now: int) -> int:
        """
        Return the newest revision that an edge says it holds: this hub may be of a backup.

        What lies a day ahead is no revision that a hub gave, and would end them for all.
        """
        said = [one.rev for one in self._reports.values() if one.rev <= now + _DAY]
        return max(said, default=0)

    def report_of(self, node: str) -> Report | None:
        """Return what *node* last said, None where it never did."""
        return self._reports.get(node)

    def reports(self) -> dict[str, Report]:
        """Return node → what it last said."""
        return dict(self._reports)

    def heard(
        self, node: str, rev: int, complaints: Sequence[Complaint] | None, *, now: int
    ) -> None:
        """Note what *node* holds; None leaves what it complained of. Not waited for."""
        before = self._reports.get(node)
        kept = before.complaints if complaints is None and before else [*(complaints or ())]
        if before is not None and (before.rev, before.complaints) == (rev, kept):
            return
        self._reports[node] = Report(rev=rev, at=now, complaints=kept)
        row = (node, rev, now, msgspec.msgpack.encode(kept))
        self._journal.submit(lambda tx: tx.connection.execute(_REPORT, row))


def fits(saying: Saying) -> bool:
    """Tell whether *saying* is small enough to travel."""
    item = Item(2**63 - 1, saying.kind, saying.key, saying.needs, saying.value)
    return control.size_of(item) <= control.MAX_ITEM


def _item(row: tuple[object, ...]) -> Item:
    rev, kind, key, needs, value = row
    return Item(int(str(rev)), str(kind), str(key), int(str(needs)), _plain(value))


def _plain(value: object) -> Any:
    return msgpack.unpackb(bytes(value), raw=False)  # type: ignore[call-overload]
