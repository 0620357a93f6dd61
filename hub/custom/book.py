"""
What is kept of custom agents: how far each is, its state, and what it said, in one SQLite file.

Position, state and words of a batch are one commit: after a crash at any moment nothing an
agent said is lost or said twice.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import msgspec

from edge.journal.journal import Journal
from edge.journal.transaction import Transaction

FILE = "agents.sqlite"
KEPT = 100_000
"""Messages that are kept of one agent, the newest."""

SCHEMA = """
create table if not exists agent (
  name text primary key,
  position integer not null default 0,
  state blob,
  digest text not null default '',
  status text not null default 'runs' check (status in ('runs', 'stopped', 'parked')),
  reason text not null default '',
  taken integer not null default 0,
  said integer not null default 0,
  failures integer not null default 0
) strict, without rowid;
create table if not exists said (
  id integer primary key autoincrement,
  agent text not null,
  position integer not null,
  topic text not null,
  body blob not null
) strict;
create index if not exists said_of on said (agent, id);
create table if not exists forgotten (
  agent text not null,
  project text not null,
  session text not null,
  primary key (agent, project, session)
) strict, without rowid;
"""

Status = Literal["runs", "stopped", "parked"]
Visitor = tuple[str, str]

_COLUMNS = "name, position, status, reason, taken, said, failures, digest"
_TRIM = """
delete from said where agent = ? and id <=
  (select id from said where agent = ? order by id desc limit 1 offset ?)
"""


@dataclass(frozen=True, slots=True)
class Kept:
    """One agent as it is on disk."""

    name: str
    position: int
    """Inbox position of the last entry that it took."""
    status: Status
    reason: str
    """Why it is parked, or what went wrong last."""
    taken: int
    """Messages heard."""
    said: int
    """Messages said."""
    failures: int
    """Times that it raised, hung, said too much or ended."""
    digest: str


class AgentBook:
    """The file. Any thread may call; writes return when they are on disk."""

    def __init__(self, folder: Path) -> None:
        self._journal = Journal.open(folder / FILE, node="agents", schema=SCHEMA)

    def join(self, name: str, digest: str) -> Kept:
        """Make sure that *name* is known; one that was parked with other code runs again."""

        def work(tx: Transaction) -> None:
            run = tx.connection.execute
            run("insert or ignore into agent (name, digest) values (?, ?)", (name, digest))
            run(
                "update agent set status = 'runs', reason = '' where name = ?"
                " and status = 'parked' and digest <> ?",
                (name, digest),
            )
            run("update agent set digest = ? where name = ?", (digest, name))

        self._do(work)
        return self.of(name)

    def of(self, name: str) -> Kept:
        """Return one agent that has joined."""
        return Kept(*self._journal.read(f"select {_COLUMNS} from agent where name = ?", (name,))[0])  # type: ignore[arg-type] # noqa: S608

    def state(self, name: str) -> Any | None:
        """Return its state as last kept; None before the first."""
        ((blob,),) = self._journal.read("select state from agent where name = ?", (name,))
        return None if blob is None else msgspec.msgpack.decode(bytes(blob))  # type: ignore[call-overload]

    def took(
        self, name: str, position: int, taken: int, state: Any, said: Sequence[tuple[str, Any]]
    ) -> None:
        """Note a batch: what came of it, and that all entries up to *position* are taken."""
        rows = [(name, position, topic, msgspec.msgpack.encode(body)) for topic, body in said]

        def work(tx: Transaction) -> None:
            run = tx.connection.execute
            run(
                "update agent set position = ?, state = ?, taken = taken + ?, said = said + ?"
                " where name = ?",
                (position, msgspec.msgpack.encode(state), taken, len(rows), name),
            )
            if rows:
                sql = "insert into said (agent, position, topic, body) values (?, ?, ?, ?)"
                tx.connection.executemany(sql, rows)
                run(_TRIM, (name, name, KEPT))

        self._do(work)

    def failed(self, name: str, reason: str, *, park: bool) -> None:
        """Note a failure, and that it is the last one where *park*."""
        sql = "update agent set failures = failures + 1, reason = ?, status = ? where name = ?"
        status = "parked" if park else "runs"
        self._do(lambda tx: tx.connection.execute(sql, (reason, status, name)))

    def turn(self, name: str, status: Status) -> None:
        """Stop it, or let it run."""
        sql = "update agent set status = ?, reason = '' where name = ?"
        self._do(lambda tx: tx.connection.execute(sql, (status, name)))

    def replay(self, name: str, position: int, *, anew: bool) -> None:
        """
        Let it hear again what came behind *position*; what it said of that is dropped.

        *anew* drops its state too; else it hears with the state that it has.
        """

        def work(tx: Transaction) -> None:
            run = tx.connection.execute
            run("delete from said where agent = ? and position > ?", (name, position))
            if anew:
                run("delete from forgotten where agent = ?", (name,))
                run("update agent set state = null, taken = 0, said = 0 where name = ?", (name,))
            run(
                "update agent set position = ?, status = 'runs', reason = '' where name = ?",
                (position, name),
            )

        self._do(work)

    def forgotten(self, name: str) -> set[Visitor]:
        """Return the erased sessions that it no longer holds anything of."""
        rows = self._journal.read("select project, session from forgotten where agent = ?", (name,))
        return {(str(project), str(session)) for project, session in rows}

    def forget(self, name: str, visitors: Collection[Visitor], state: Any) -> None:
        """Keep *state*, which holds nothing of *visitors*, and drop what was said of them."""
        packed = msgspec.msgpack.encode(state)

        def work(tx: Transaction) -> None:
            run = tx.connection.execute
            run("update agent set state = ? where name = ?", (packed, name))
            for _, session in visitors:
                run(
                    "delete from said where agent = ? and instr(body, ?) > 0",
                    (name, session.encode()),
                )
            tx.connection.executemany(
                "insert or ignore into forgotten values (?, ?, ?)",
                [(name, *visitor) for visitor in visitors],
            )

        self._do(work)

    def words(self, name: str, *, after: int = 0, most: int = 100) -> list[tuple[int, str, Any]]:
        """Return (id, topic, message) of what it said behind the id *after*."""
        rows = self._journal.read(
            "select id, topic, body from said where agent = ? and id > ? order by id limit ?",
            (name, after, most),
        )
        return [
            (int(str(number)), str(topic), msgspec.msgpack.decode(bytes(body)))  # type: ignore[call-overload]
            for number, topic, body in rows
        ]

    def close(self) -> None:
        """Close the file. Harmless when repeated."""
        self._journal.close()

    def _do(self, work: Any) -> None:
        self._journal.submit(work).result()
