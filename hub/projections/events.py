"""
The event table, and the small tables of the worker beside it.

Columns of ``event`` are the fields of :class:`~hub.bus.messages.Item` behind the
session's number. A session is rebuilt from here when it is no longer in memory.
"""

from collections.abc import Iterable

from hub.bus.messages import Item
from hub.stores.analytics import Reader, Transaction

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
    # Only ever inserted into: the index stays small and is never rewritten.
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
    "create table if not exists meta (name varchar primary key, value bigint not null)",
    """
    insert into meta values ('schema', 1), ('position', 0), ('events', 0), ('newest', 0)
    on conflict do nothing
    """,
)

_OF_SESSIONS = f"""
select {", ".join(COLUMNS)} from event
where number >= ? and number in (select unnest(?))
"""  # noqa: S608 - names of columns only

_OF_ENTRY = """
select distinct number from event where node = ? and epoch = ? and lane = ? and seq = ?
"""

_OF_ONE = f"""
select {", ".join(COLUMNS)} from event
where number = (select number from visit where project = ? and session = ?)
"""  # noqa: S608 - names of columns only


def load(reader: Transaction | Reader, numbers: Iterable[int]) -> dict[int, list[Item]]:
    """Return the items of sessions by their numbers."""
    wanted = sorted(numbers)
    found: dict[int, list[Item]] = {number: [] for number in wanted}
    if wanted:
        for number, *fields in reader.read(_OF_SESSIONS, [wanted[0], wanted]):
            found[number].append(Item(*fields))
    return found


def of_session(reader: Reader, project: str, session: str) -> list[Item]:
    """Return the items of one session; none where it is not known."""
    return [Item(*row[1:]) for row in reader.read(_OF_ONE, [project, session])]


def numbers_of_entry(reader: Transaction, node: str, epoch: int, lane: int, seq: int) -> set[int]:
    """Return the numbers of the sessions that an applied entry touched."""
    return {int(number) for (number,) in reader.read(_OF_ENTRY, [node, epoch, lane, seq])}


def meta(reader: Transaction | Reader, name: str) -> int:
    """Return one of the worker's numbers: ``position``, ``events``, ``newest``, ``schema``."""
    return int(reader.read("select value from meta where name = ?", [name])[0][0])


def regions_seen(reader: Reader, project: str) -> set[str]:
    """Return the regions that a project's events came from."""
    sql = "select region from region_seen where project = ?"
    return {str(region) for (region,) in reader.read(sql, [project])}


def newest(reader: Reader, project: str) -> int | None:
    """Return the moment of the newest event of a project."""
    rows = reader.read("select max(moment) from event where project = ?", [project])
    return None if rows[0][0] is None else int(rows[0][0])


def dropped(reader: Reader) -> dict[str, int]:
    """Return reason → events that came but may not count."""
    rows = reader.read("select reason, sum(events) from dropped group by reason order by reason")
    return {str(reason): int(events) for reason, events in rows}


def put_aside(reader: Reader) -> int:
    """Return how many entries could not be applied."""
    return int(reader.read("select count(*) from quarantine")[0][0])
