"""
What retention leaves of old sessions: rows that count and name nobody.

Once the region row's raw days are over, a session's events, its name and its comments go. Its
rows stay under a number that was drawn at random and stands for nothing else: distinct
sessions are counted as before, disclosure shows the same, and no row can be tied to a session.
Of each region a watermark says up to where this is done: events of before, from whichever
late edge or rebuild, are not heard again.

A session that goes over the watermark stays whole until the next night, so that nobody is
counted twice. One of regions with other days, or of more than a day, loses what lies before it.
"""

from collections.abc import Iterator, Mapping

from hub.projections import PROJECTIONS, comments, insights
from hub.projections.comments import COMMENTS
from hub.projections.rollup import ROLLUPS, SOURCES, Rolled
from hub.projections.table import DAY, SEALED
from hub.stores.analytics import Reader, Transaction

CREATE = (
    "create table if not exists sealed (region varchar primary key, until bigint not null)",
    """
    insert into meta values ('sealed', 0), ('number', 0), ('retained', -1), ('unclean', 0)
    on conflict do nothing
    """,
)

MOST = 5_000
"""Sessions that are ended in one transaction."""

_TABLES = (*(table.name for table in PROJECTIONS), *(f"{source}_around" for source in SOURCES))
_COARSE = {
    "tap": "moment = bucket, event = ''",
    "verdict": "moment = bucket",
    "choice": "event = ''",
}
"""Columns that would tell a row from its neighbours of the same hour."""

_RAISE = """
insert into sealed values (?, ?) on conflict do update set until = greatest(until, excluded.until)
"""

# Sessions with events of before a watermark, and what is to become of each. Where regions
# have other days the stricter hold for all of it, since rows know no region.
_OVER = f"""
create or replace temp table over as
with due as (
  select distinct e.number from event e join sealed s on s.region = e.region
  where e.moment < s.until
)
from (
select number, until,
  case when last < earliest then 'seal'
       when earliest = until and first >= until - {DAY} then 'wait'
       else 'cut' end as fate
from (
  select e.number, min(coalesce(s.until, 0)) as earliest, max(s.until) as until,
         min(e.moment) as first, max(e.moment) as last
  from event e left join sealed s on s.region = e.region
  where e.number in (select number from due) group by e.number
)) select number, until, fate where fate <> 'wait' order by number limit ?
"""  # noqa: S608 - a number only

_DRAW = f"""
create or replace temp table drawn as
select number, {SEALED} - (select value from meta where name = 'sealed')
  - row_number() over (order by chance) as fresh
from (select number, random() as chance from over where fate = 'seal')
"""  # noqa: S608 - a number only

_GONE = "select number from over where fate = 'seal'"
_CUT = """
delete from {table} using over
where {table}.number = over.number and over.fate = 'cut' and {table}.{moment} < over.until
"""
_DAYS_CUT = f"""
select distinct seen.project, seen.bucket - seen.bucket % {DAY} from seen join over using (number)
where over.fate = 'cut' and seen.bucket < over.until
"""  # noqa: S608 - a number only
_KEEP_NUMBER = """
update meta set value = greatest(value, (select coalesce(max(number), 0) from visit))
where name = 'number'
"""
_COUNT_SEALED = """
update meta set value = value + (select count(*) from drawn) where name = 'sealed'
"""
_TEXTS = "select number from over"
_UNCLEAN = "update meta set value = 1 where name = 'unclean'"


def untils(reader: Reader | Transaction) -> dict[str, int]:
    """Return region → the moment before which its events are over, ms since 1970."""
    return {str(r): int(until) for r, until in reader.read("select region, until from sealed")}


def pace(reader: Reader, targets: Mapping[str, int]) -> dict[str, int]:
    """
    Return how far to seal next on the way to *targets*, by region: a day at a time.

    So that a transaction is bounded however long nothing was sealed, and the same sessions
    wait as if each night had been on time. Nothing where each is there.
    """
    now, first = untils(reader), oldest_events(reader)
    steps = {}
    for region, target in targets.items():
        before = now.get(region, 0)
        if before < target:
            oldest = first.get(region, target)
            steps[region] = min(target, max(before, oldest - oldest % DAY) + DAY)
    if not steps:
        return {}
    together = min(steps.values())
    return {region: min(target, together) for region, target in targets.items()}


def seal(transaction: Transaction, until: Mapping[str, int], rolled: Rolled) -> int:
    """
    Seal what lies before *until*, by region, or before the watermarks of before; return how
    many sessions were ended. Where they are MOST there may be more.

    A watermark never goes back, whatever the rules say later.
    """
    for region, moment in sorted(until.items()):
        transaction.execute(_RAISE, [region, moment])
    transaction.execute(_OVER, [MOST])
    numbers = [int(number) for (number,) in transaction.read(_TEXTS)]
    if not numbers:
        return 0
    transaction.execute(_UNCLEAN)
    transaction.execute(_KEEP_NUMBER)
    insights.forget(transaction, comments.texts_of(transaction, numbers))
    transaction.execute(
        f"delete from {COMMENTS.name} where number in ({_GONE})"  # noqa: S608
    )
    _cut(transaction, rolled)
    transaction.execute(_DRAW)
    transaction.execute(_COUNT_SEALED)
    for table in _TABLES:
        more = f", {_COARSE[table]}" if table in _COARSE else ""
        transaction.execute(
            f"update {table} set number = drawn.fresh{more} from drawn"  # noqa: S608
            f" where {table}.number = drawn.number"
        )
    for table in ("event", "visit"):
        transaction.execute(f"delete from {table} where number in ({_GONE})")  # noqa: S608
    for table in ("over", "drawn"):
        transaction.execute(f"drop table {table}")  # which number became which stands nowhere
    return len(numbers)


def _cut(transaction: Transaction, rolled: Rolled) -> None:
    """Take out what sessions that do not end have before the watermark."""
    days = [(str(project), int(day)) for project, day in transaction.read(_DAYS_CUT)]
    rolled.take_away(transaction, days)
    transaction.execute(_CUT.format(table="event", moment="moment"))
    for table in PROJECTIONS:
        transaction.execute(_CUT.format(table=table.name, moment="bucket"))
    transaction.execute(
        "delete from visit where number in (select number from over where fate = 'cut')"
        " and number not in (select number from event)"
    )


def end(transaction: Transaction, project: str, until: int, rolled: Rolled) -> None:
    """Delete the rows and sums of *project* before *until*."""
    ((count,),) = transaction.read(
        "select count(*) from seen where project = ? and bucket < ?", [project, until]
    )
    for table in _TABLES:
        transaction.execute(
            f"delete from {table} where project = ? and bucket < ?",  # noqa: S608
            [project, until],
        )
    for name in (*(one.name for one in ROLLUPS), "rolled"):
        transaction.execute(
            f"delete from {name} where project = ? and day < ?",  # noqa: S608
            [project, until],
        )
    transaction.execute(
        "delete from insight_history where project = ? and made < ?", [project, until]
    )
    if count:
        transaction.execute(_UNCLEAN)
    rolled.forget()


def cleaned(transaction: Transaction) -> None:
    """Note that no byte of what was deleted stands in the file any more."""
    transaction.execute("update meta set value = 0 where name = 'unclean'")


def regions(reader: Reader) -> dict[str, set[str]]:
    """Return project → the regions that its events ever came from."""
    found: dict[str, set[str]] = {}
    for project, region in reader.read("select project, region from region_seen"):
        found.setdefault(str(project), set()).add(str(region))
    return found


def oldest_events(reader: Reader) -> dict[str, int]:
    """Return region → moment of its oldest event, ms since 1970."""
    rows = reader.read("select region, min(moment) from event group by region")
    return {str(region): int(moment) for region, moment in rows}


def oldest_rows(reader: Reader) -> dict[str, int]:
    """Return project → start of the hour of its oldest row, ms since 1970."""
    rows = reader.read("select project, min(bucket) from seen group by project")
    return {str(project): int(bucket) for project, bucket in rows}


def carried() -> Iterator[str]:
    """
    Yield statements that copy what no inbox holds any more from a file ``old`` into this one.

    That is what was sealed, and all of the sessions that wait for it.
    """
    waiting = (
        "select e.number from old.event e join old.sealed s on s.region = e.region"
        " where e.moment < s.until"
    )
    yield "insert or replace into sealed select * from old.sealed"
    yield (
        "insert or replace into meta select name, value from old.meta"
        " where name in ('sealed', 'number', 'retained', 'newest')"
    )
    yield "insert into region_seen select * from old.region_seen"
    for table in ("event", "visit"):
        yield f"insert into {table} select * from old.{table} where number in ({waiting})"  # noqa: S608
    for projection in PROJECTIONS:
        names, table = ", ".join(projection.all_columns), projection.name
        yield (
            f"insert into {table} ({names}) select {names} from old.{table}"  # noqa: S608
            f" where number <= {SEALED} or number in ({waiting})"
        )
