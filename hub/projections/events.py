"""
The event table, and the small tables of the worker beside it.

Columns of ``event`` are the fields of :class:`~hub.bus.messages.Item` behind the
session's number. A session is rebuilt from here when it is no longer in memory.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from itertools import repeat
from typing import Any

from edge.events.entry import Stamp
from hub.bus.messages import Block, Item, Revised
from hub.projections.table import SEALED
from hub.stores.analytics import Frame, Reader, Transaction

Visitor = tuple[str, str]
"""Project and session."""

COLUMNS = ("number", *Item._fields)

CREATE = (
    """
    create table if not exists event (
      number bigint not null,
      node varchar not null, epoch bigint not null, lane bigint not null, seq bigint not null,
      place bigint not null, project varchar not null, session varchar not null,
      topic varchar not null, what varchar not null, moment bigint not null,
      received bigint not null, stream varchar not null, n bigint not null,
      view bigint not null, id varchar not null, revision bigint not null,
      void boolean not null, page varchar not null, target varchar not null,
      name varchar not null, times bigint not null, extra varchar not null,
      device varchar not null, cohort varchar not null, region varchar not null,
      site varchar not null, verified boolean not null
    )
    """,
    # Inserted into and, for erasures alone, deleted from: the index is never rewritten.
    """
    create table if not exists visit (
      number bigint not null, project varchar not null, session varchar not null,
      primary key (project, session)
    )
    """,
    "create table if not exists region_seen (project varchar not null, region varchar not null)",
    """
    create table if not exists dropped (
      reason varchar not null, node varchar not null, project varchar not null,
      events bigint not null
    )
    """,
    """
    create table if not exists quarantine (
      position bigint not null, events bigint not null, why varchar not null
    )
    """,
    # Of a newer schema: durable and acknowledged, applied once this hub can read them.
    """
    create table if not exists parked (
      position bigint not null, node varchar not null, events bigint not null
    )
    """,
    "create table if not exists meta (name varchar primary key, value bigint not null)",
    """
    insert into meta values ('schema', 1), ('events', 0), ('newest', 0), ('anew', 0)
    on conflict do nothing
    """,
)

_PLAIN = ("places", "moments", "numbers", "views")
_TEXTS = ("whats", "pages", "targets", "names")
_HEAD = (
    *("block", "number", "node", "epoch", "lane", "seq", "project", "session"),
    *("received", "stream", "device", "cohort", "region", "site", "verified"),
)

_WRITE_BLOCKS = f"""
insert into event ({", ".join(COLUMNS)})
select h.number, h.node, h.epoch, h.lane, h.seq, q.places, h.project, h.session,
       'raw', what.text, q.moments, h.received, h.stream, q.numbers, q.views, '', 0, false,
       page.text, target.text, name.text, 1, '', h.device, h.cohort, h.region, h.site, h.verified
from quiet q
join head h on h.block = q.block
join word what on what.code = q.whats
join word page on page.code = q.pages
join word target on target.code = q.targets
join word name on name.code = q.names
"""  # noqa: S608 - names of columns only

_OF_SESSIONS = f"""
select {", ".join(COLUMNS)} from event
where number >= ? and number in (select unnest(?))
"""  # noqa: S608 - names of columns only

_OF_ENTRIES = """
select distinct e.node, e.epoch, e.lane, e.seq, e.number from event e
join (
  select unnest(?) as node, unnest(?) as epoch, unnest(?) as lane, unnest(?) as seq
) q on e.node = q.node and e.epoch = q.epoch and e.lane = q.lane and e.seq = q.seq
"""

_FIND = """
select v.project, v.session, v.number from visit v
join (select unnest(?) as project, unnest(?) as session) q
  on v.project = q.project and v.session = q.session
"""

_REGIONS_OF = """
select distinct project, region from event where number >= ? and number in (select unnest(?))
"""

# Sealed rows may be of any region that was ever seen.
_STILL_THERE = f"""
(select 1 from event where project = ? and region = ? limit 1)
union all
(select 1 from seen where project = ? and number <= {SEALED} limit 1)
"""  # noqa: S608 - a number only

_OF_ONE = f"""
select {", ".join(COLUMNS)} from event
where number = (select number from visit where project = ? and session = ?)
"""  # noqa: S608 - names of columns only


_GRANTS = """
select received, extra, node from event
where number = (select number from visit where project = ? and session = ?)
  and topic = 'policy' and extra <> ''
"""


def write(
    transaction: Transaction,
    items: Sequence[tuple[int, Item]],
    blocks: Sequence[tuple[int, Block]],
) -> None:
    """Add events, each behind the number of its session."""
    transaction.append("event", COLUMNS, [(number, *item) for number, item in items])
    if blocks:
        transaction.insert(_WRITE_BLOCKS, _frames(blocks))


def _frames(blocks: Sequence[tuple[int, Block]]) -> dict[str, Frame]:
    """Return events as columns, each text once: the engine puts them together."""
    texts = _Codes()
    every: dict[str, list[Any]] = {name: [] for name in (*_PLAIN, *_TEXTS, "block")}
    for place, (_, block) in enumerate(blocks):
        every["block"] += repeat(place, len(block))
        for name in _PLAIN:
            every[name] += getattr(block, name)
        for name in _TEXTS:
            every[name] += map(texts.__getitem__, getattr(block, name))
    heads = [
        (place, number, *block.entry, *block.visitor, *_stamped(block.stamp))
        for place, (number, block) in enumerate(blocks)
    ]
    return {
        "quiet": every,
        "head": dict(zip(_HEAD, zip(*heads, strict=True), strict=True)),
        "word": {"code": range(len(texts)), "text": [*texts]},
    }


class _Codes(dict[str, int]):
    """Text → its number; a new one gets the next."""

    def __missing__(self, text: str) -> int:
        self[text] = len(self)
        return self[text]


def _stamped(stamp: Stamp) -> tuple[Any, ...]:
    labels = (stamp.device, stamp.cohort, stamp.region, stamp.site, stamp.verified)
    return (stamp.received_at, stamp.stream or "", *labels)


# What counts tells where to look, so that months of events are not read.
_NEWEST = """
select max(moment) from event
where project = ? and moment >= coalesce((select max(bucket) from seen where project = ?), 0)
"""


def load(reader: Transaction | Reader, numbers: Iterable[int]) -> dict[int, list[Item]]:
    """Return the items of sessions by their numbers."""
    wanted = sorted(numbers)
    found: dict[int, list[Item]] = {number: [] for number in wanted}
    if wanted:
        for number, *fields in reader.read(_OF_SESSIONS, [wanted[0], wanted]):
            found[number].append(Item(*fields))
    return found


def numbers_of(reader: Transaction | Reader, visitors: Collection[Visitor]) -> dict[Visitor, int]:
    """Return the numbers of those of *visitors* that have one."""
    if not visitors:
        return {}
    projects, sessions = [list(part) for part in zip(*sorted(visitors), strict=True)]
    rows = reader.read(_FIND, [projects, sessions])
    return {(str(project), str(session)): int(number) for project, session, number in rows}


def last_number(reader: Transaction | Reader) -> int:
    """Return the greatest number that was ever given to a session."""
    rows = reader.read(
        "select greatest(coalesce(max(number), 0),"
        " coalesce((select value from meta where name = 'number'), 0)) from visit"
    )
    return int(rows[0][0])


def erase(transaction: Transaction, numbers: Iterable[int]) -> None:
    """Remove these sessions' events, names and numbers, and regions that only they came from."""
    gone = sorted(numbers)
    regions = transaction.read(_REGIONS_OF, [gone[0], gone])
    for table in ("event", "visit"):
        transaction.execute(
            f"delete from {table} where number >= ? and number in (select unnest(?))",  # noqa: S608
            [gone[0], gone],
        )
    for project, region in regions:
        if not transaction.read(_STILL_THERE, [project, region, project]):
            transaction.execute(
                "delete from region_seen where project = ? and region = ?", [project, region]
            )


def of_session(reader: Reader, project: str, session: str) -> list[Item]:
    """Return the items of one session; none where it is not known."""
    return [Item(*row[1:]) for row in reader.read(_OF_ONE, [project, session])]


def first_grant(reader: Reader, visitor: Visitor) -> tuple[int, str, str] | None:
    """Return the earliest grant of a session: when received, its receipt's hash, the node."""
    found = [
        (int(received), str(json.loads(extra).get("receiptHash", "")), str(node))
        for received, extra, node in reader.read(_GRANTS, [*visitor])
    ]
    return min((one for one in found if one[1]), default=None)


def touched_by(reader: Transaction, entries: Collection[Revised]) -> dict[int, list[Revised]]:
    """Return the numbers of the sessions that applied *entries* touched, and by which."""
    found: dict[int, list[Revised]] = {}
    if entries:
        names = [(one.node, one.epoch, one.lane, one.seq) for one in entries]
        columns = [list(part) for part in zip(*names, strict=True)]
        for node, epoch, lane, seq, number in reader.read(_OF_ENTRIES, columns):
            one = Revised(str(node), int(epoch), int(lane), int(seq))
            found.setdefault(int(number), []).append(one)
    return found


def meta(reader: Transaction | Reader, name: str) -> int:
    """
    Return one of the worker's numbers: ``events``, ``newest``, ``schema``; ``anew``, the inbox
    position up to which all is heard for the first time since a rebuild began.
    """
    return int(reader.read("select value from meta where name = ?", [name])[0][0])


def former_position(transaction: Transaction) -> int:
    """Return the one position of all agents that an older version kept, and drop it."""
    found = transaction.read("select value from meta where name = 'position'")
    transaction.execute("delete from meta where name = 'position'")
    return int(found[0][0]) if found else 0


def regions_seen(reader: Reader, project: str) -> set[str]:
    """Return the regions that a project's events came from."""
    sql = "select region from region_seen where project = ?"
    return {str(region) for (region,) in reader.read(sql, [project])}


def newest(reader: Reader, project: str) -> int | None:
    """Return the moment of the newest event of a project."""
    rows = reader.read(_NEWEST, [project, project])
    return None if rows[0][0] is None else int(rows[0][0])


def oldest(reader: Reader, project: str) -> int | None:
    """Return the moment of the oldest event of a project."""
    rows = reader.read("select min(moment) from event where project = ?", [project])
    return None if rows[0][0] is None else int(rows[0][0])


def dropped(reader: Reader) -> dict[str, int]:
    """Return reason → events that came but may not count."""
    rows = reader.read("select reason, sum(events) from dropped group by reason order by reason")
    return {str(reason): int(events) for reason, events in rows}


def parked(reader: Reader) -> list[int]:
    """Return the inbox positions of entries that wait for a newer version of this hub."""
    rows = reader.read("select position from parked order by position")
    return [int(position) for (position,) in rows]


def parked_ones(reader: Reader) -> list[tuple[int, str, int]]:
    """Return position, node and events of each of them."""
    rows = reader.read("select position, node, events from parked order by position")
    return [(int(position), str(node), int(count)) for position, node, count in rows]


def put_aside(reader: Reader) -> int:
    """Return how many entries could not be applied."""
    return int(reader.read("select count(*) from quarantine")[0][0])
