"""
What a work may do within one commit: append groups, store entries, move cursors.

Groups appended by all works of a commit become one sealed entry per lane.
"""

import re
import sqlite3
from collections.abc import Hashable, Iterable, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

from edge.events import codec
from edge.events.entry import Group
from edge.journal.entry import Entry, Origin

FIRST, RAW, HOME = LANES = (0, 1, 2)
"""Signals, feedback, consent, navigation · other raw events · what never leaves the node."""
MAX_EVENTS = 10_000
"""Events of one entry; a commit that gathers more makes several."""

_KEEP_SEAL = """
insert or ignore into came
select position, generation, hash from entry
where position = ? and origin not in (select id from origin where node = ? and epoch = ?)
"""

_MANY = 32
"""Rows of one statement at the most: a third faster than one by one, and Python's other
threads run meanwhile instead of taking turns row by row."""
_INSERT = (
    "insert into entry (position, origin, lane, seq, generation, count, at, hash, body)"
    " values (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_START = (
    "select (select value from meta where key = 'position'),"
    " (select id from origin where node = ? and epoch = ?)"
)
_ADVANCE = (
    "insert into head values (?, ?, ?, ?) on conflict (origin, lane)"
    " do update set seq = seq + excluded.seq, events = events + excluded.events"
    " returning lane, seq"
)
"""Moves a lane's head on by as many entries, and tells where it is then."""
_PLACES = re.compile(r"\(\?(?:, \?)*\)")

Mark = tuple[int, ...]
Row = tuple[Any, ...]


class Transaction:
    """One commit in the making. Valid only while the work that got it runs."""

    def __init__(self, connection: sqlite3.Connection, own: Origin, packer: codec.Packer) -> None:
        self.checkpoint = False
        """Set it to empty the write-ahead log into the file once this is committed."""
        self._connection = connection
        self._packer = packer
        self._guarded = True
        """There is a savepoint to go back to, or nothing to go back from."""
        self._rows: dict[str, dict[Hashable, Row]] = {}
        self._replaced: list[tuple[str, Hashable, Row | None]] = []
        """What this work wrote over in ``_rows``."""
        self.own = own
        """Where this commit's entries go; another after :func:`edge.journal.epochs.begin`."""
        self.sealed: dict[int, int] = {}
        """Lane → number of its newest entry, for the lanes that this commit writes to."""
        self._appended: tuple[list[Group], ...] = ([], [], [])
        """Lane → what the works of this commit append to it."""
        position, known = connection.execute(_START, (own.node, own.epoch)).fetchone()
        self._origins: dict[Origin, int] = {own: int(known)} if known is not None else {}
        """Row ids, as far as they were asked for."""
        self._position = int(position)
        self._first_position = self._position

    @property
    def connection(self) -> sqlite3.Connection:
        """
        The connection, for the owner's own tables.

        A work that asks for it gets a savepoint; one that does not spares two statements.
        """
        if not self._guarded:
            self._connection.execute("savepoint work")
            self._guarded = True
        return self._connection

    @property
    def position(self) -> int:
        """
        The position that lane 0's entry of this commit will have at the least; every
        entry of this commit has this or a greater one, every older entry a smaller one.
        """
        return self._position + 1

    def advance(self, position: int) -> None:
        """Let positions go on behind *position*."""
        self._position = max(self._position, position)

    def skip(self, lane: int, seq: int) -> None:
        """Let this node's numbers of a lane go on behind *seq*; a gap says what is missing."""
        self._set_head(self.origin_id(self.own), lane, seq, 0)
        self.sealed[lane] = seq

    def append(self, lane: int, group: Group) -> None:
        """Add *group* to this commit's entry of this node's *lane*."""
        if group.events:
            self._appended[lane].append(group)

    def appended(self) -> Iterable[Group]:
        """Return the groups that this commit is about to write, lane by lane."""
        return chain.from_iterable(self._appended)

    def put(self, sql: str, key: Hashable, row: Row) -> None:
        """
        Run *sql* with *row* just before the commit; a later row under *key* takes its place.

        *sql* inserts one row, ``values (?, …)``: all rows of a commit go in few statements.
        """
        rows = self._rows.setdefault(sql, {})
        self._replaced.append((sql, key, rows.get(key)))
        rows[key] = row

    def waiting(self, sql: str, key: Hashable) -> Row | None:
        """Return the row that :meth:`put` was given under *key* in this commit."""
        return self._rows.get(sql, {}).get(key)

    def drop(self, sql: str, key: Hashable) -> None:
        """Forget the row that :meth:`put` was given under *key* in this commit."""
        row = self._rows.get(sql, {}).pop(key, None)
        if row is not None:
            self._replaced.append((sql, key, row))

    def store(self, *entries: Entry) -> None:
        """
        Keep another node's *entries* of one lane as they came, and move that lane's head to them.

        A second entry under one number is a bug of the caller and raises
        ``sqlite3.IntegrityError``.
        """
        origin = self.origin_id(entries[0].origin)
        self._insert(origin, *entries)
        seq = max(entry.seq for entry in entries)
        self._set_head(origin, entries[0].lane, seq, sum(entry.count for entry in entries))

    def replace_body(self, position: int, body: bytes) -> None:
        """
        Put *body* in the place of an entry's, sealed anew, one generation on (decision 9).

        Of another node's entry the seal under which it came is kept: see
        :meth:`~edge.journal.journal.Journal.came`.
        """
        self.connection.execute(_KEEP_SEAL, (position, self.own.node, self.own.epoch))
        self.connection.execute(
            "update entry set body = ?, hash = ?, generation = generation + 1 where position = ?",
            (body, codec.seal(body), position),
        )

    def body(self, position: int) -> bytes | None:
        """Return the body of the entry at *position* as it is now, None where none is kept."""
        row = self.connection.execute(
            "select body from entry where position = ?", (position,)
        ).fetchone()
        return None if row is None else bytes(row[0])

    def head(self, origin: Origin, lane: int) -> int:
        """Return the newest sequence number of a lane, 0 before the first."""
        row = self.connection.execute(
            "select seq from head where origin = ? and lane = ?", (self.origin_id(origin), lane)
        ).fetchone()
        return int(row[0]) if row else 0

    def cursor(self, name: str, origin: Origin, lane: int) -> int:
        """Return how far the reader *name* of a lane has come, 0 at first."""
        row = self.connection.execute(
            "select seq from cursor where name = ? and origin = ? and lane = ?",
            (name, self.origin_id(origin), lane),
        ).fetchone()
        return int(row[0]) if row else 0

    def move_cursor(self, name: str, origin: Origin, lane: int, seq: int) -> None:
        """Move the cursor *name* forward to *seq*; it never goes back."""
        self.connection.execute(
            "insert into cursor (name, origin, lane, seq) values (?, ?, ?, ?)"
            " on conflict (name, origin, lane) do update set seq = max(seq, excluded.seq)",
            (name, self.origin_id(origin), lane, seq),
        )

    def declare_gap(
        self, origin: Origin, lane: int, lo: int, hi: int, why: str, *, at: int
    ) -> None:
        """Record that entries *lo* to *hi* of a lane are gone, and why. Absolute: repeat freely."""
        self.connection.execute(
            "insert into gap (origin, lane, lo, hi, why, at) values (?, ?, ?, ?, ?, ?)"
            " on conflict (origin, lane, lo) do update set hi = max(hi, excluded.hi)",
            (self.origin_id(origin), lane, lo, hi, why, at),
        )

    def origin_id(self, origin: Origin) -> int:
        """Return the row id of *origin*, made when it is new."""
        known = self._origins.get(origin)
        if known is None:
            known = self._origins[origin] = self._find_or_make(origin)
        return known

    def _find_or_make(self, origin: Origin) -> int:
        select = "select id from origin where node = ? and epoch = ?"
        row = self.connection.execute(select, (origin.node, origin.epoch)).fetchone()
        if row:
            return int(row[0])
        made = self.connection.execute(
            "insert into origin (node, epoch) values (?, ?)", (origin.node, origin.epoch)
        )
        return int(made.lastrowid or 0)

    def mark(self) -> Mark:
        """Begin one work."""
        self._guarded = False
        self._replaced.clear()
        first, raw, home = self._appended
        return (self._position, len(first), len(raw), len(home))

    def release(self) -> None:
        """Keep what the work did."""
        if self._guarded:
            self._connection.execute("release work")
        self._guarded = True

    def undo(self, mark: Mark) -> None:
        """Undo what the work did since *mark*."""
        self._position, *lengths = mark
        self._origins.clear()  # the work may have made some
        for lane, length in zip(LANES, lengths, strict=True):
            del self._appended[lane][length:]
        for sql, key, row in reversed(self._replaced):
            if row is None:
                self._rows[sql].pop(key, None)
            else:
                self._rows[sql][key] = row
        if self._guarded:
            self._connection.execute("rollback to work")
            self._connection.execute("release work")
        self._guarded = True

    def finish(self, *, now: int) -> None:
        """Write the rows that wait and seal the appended groups, just before the commit."""
        for sql, rows in self._rows.items():
            waiting = list(rows.values())
            for start in range(0, len(waiting), _MANY):
                self._run(sql, waiting[start : start + _MANY])
        self._seal(now)
        if self._position != self._first_position:
            self._connection.execute(
                "update meta set value = ? where key = 'position'", (self._position,)
            )

    def _seal(self, now: int) -> None:
        """Write what was appended to each lane as entries behind its head."""
        lanes = [(lane, list(_split(self._appended[lane]))) for lane in LANES]
        lanes = [(lane, parts) for lane, parts in lanes if parts]
        if not lanes:
            return
        counts = {
            lane: [sum(len(group.events) for group in groups) for groups in parts]
            for lane, parts in lanes
        }
        origin = self.origin_id(self.own)
        steps = [(origin, lane, len(counts[lane]), sum(counts[lane])) for lane in counts]
        heads = dict(self._run(_ADVANCE, steps))
        entries = []
        for lane, parts in lanes:
            first = heads[lane] - len(parts) + 1
            for seq, (groups, count) in enumerate(zip(parts, counts[lane], strict=True), first):
                body = self._packer.pack(groups)
                entries.append(Entry(self.own, lane, seq, count, now, codec.seal(body), body))
        self._insert(origin, *entries)
        self.sealed.update(heads)

    def _run(self, sql: str, rows: Sequence[Row]) -> list[Any]:
        """Run *sql*, which inserts one row, for at most _MANY *rows* at once."""
        statement = _of_many(sql, len(rows))
        return self._connection.execute(statement, tuple(chain.from_iterable(rows))).fetchall()

    def _insert(self, origin: int, *entries: Entry) -> None:
        rows = [
            (
                position,
                origin,
                entry.lane,
                entry.seq,
                entry.generation,
                entry.count,
                entry.at,
                entry.hash,
                entry.body,
            )
            for position, entry in enumerate(entries, self._position + 1)
        ]
        for start in range(0, len(rows), _MANY):
            self._run(_INSERT, rows[start : start + _MANY])
        self._position += len(rows)

    def _set_head(self, origin: int, lane: int, seq: int, count: int) -> None:
        self.connection.execute(
            "insert into head values (?, ?, ?, ?) on conflict (origin, lane)"
            " do update set seq = max(seq, excluded.seq), events = events + excluded.events",
            (origin, lane, seq, count),
        )


@lru_cache(maxsize=4 * _MANY)
def _of_many(sql: str, rows: int) -> str:
    """Return *sql*, which inserts one row, for so many *rows*."""
    return _PLACES.sub(lambda places: ", ".join([places[0]] * rows), sql, count=1)


def _split(groups: list[Group]) -> Iterable[list[Group]]:
    """Cut *groups* so that no entry holds more than MAX_EVENTS events, but for one group alone."""
    part: list[Group] = []
    size = 0
    for group in groups:
        if part and size + len(group.events) > MAX_EVENTS:
            yield part
            part, size = [], 0
        part.append(group)
        size += len(group.events)
    if part:
        yield part
