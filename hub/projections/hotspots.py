"""Where it hurts: signals and taps per page or element, over the sessions exposed to it."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from edge.detect.friction import friction
from hub.projections.exposure import ELEMENTS, PAGES
from hub.projections.journey import Journey
from hub.projections.rollup import (
    ELEMENT_DAYS,
    ELEMENT_SIGNAL_DAYS,
    PAGE_DAYS,
    PAGE_SIGNAL_DAYS,
    Rollup,
    Split,
    split,
)
from hub.projections.scope import Scope
from hub.projections.table import Row, Table, bucket_of
from hub.stores.analytics import Reader

Place = tuple[str, str]
"""Page and target; the target is empty for a whole page."""

MAX_PLACES = 2_000
"""Places looked at, those with most sessions first; the others are counted as hidden."""

_EXPOSED = """
with per as (
  select {place}, max({name}) as name, number, 1 - exp(-sum(exponent)) as score
  from ({rows}) group by {place}, number
),
part as (
  select {place}, max(name) as name, count(*) as sessions, sum(score) as total,
         sum(score * score) as squares
  from per group by {place}
  union all
  select {place}, max({name}), sum(sessions), sum(total), sum(squares)
  from ({days}) group by {place}
)
select {place}, max(name), sum(sessions) as sessions, sum(total), sum(squares),
       count(*) over () as places
from part group by {place} order by sessions desc, {place} limit {most}
"""

_SIGNALS = """
select {place}, signal, sum(times), sum(contribution), sum(sessions) from (
  select {place}, signal, sum(times) as times, sum(contribution) as contribution,
         count(*) as sessions
  from (
    select {place}, signal, number, sum(times) as times, sum(contribution) as contribution
    from ({rows}) group by {place}, signal, number
  ) group by {place}, signal
  union all
  select {place}, signal, sum(times), sum(contribution), sum(sessions)
  from ({days}) group by {place}, signal
) group by {place}, signal
"""

_KNOWN = """
select page, sum(sessions) from (
  select page, count(*) as sessions
  from (select page, number from ({rows}) group by page, number) group by page
  union all select page, sum(sessions) from ({days}) group by page
) group by page
"""

_TAPS = """
select {place}, what, count(*) from tap
where {where} and what in ('thumbs_up', 'thumbs_down', 'confused') group by all
"""


def _signal_rows(journey: Journey, width: int) -> Iterator[Row]:
    found: dict[tuple[int, str, str, str], int] = {}
    for item in journey.signals:
        key = (bucket_of(item.moment, width), item.page, item.target, item.what)
        found[key] = found.get(key, 0) + 1
    for (bucket, page, target, signal), times in found.items():
        weight = friction({signal: times}).contributions.get(signal, 0.0)
        yield bucket, page, target, signal, times, round(weight, 9)


SIGNALS = Table(
    "signal",
    {
        "page": "varchar not null",
        "target": "varchar not null",
        "signal": "varchar not null",
        "times": "bigint not null",
        "contribution": "double not null",
    },
    _signal_rows,
)


@dataclass(slots=True)
class Found:
    """One place, with sums over the sessions exposed to it."""

    page: str
    target: str
    name: str
    sessions: int
    total: float
    """Sum of the sessions' scores in this place."""
    squares: float
    signals: dict[str, int] = field(default_factory=dict)
    contributions: dict[str, float] = field(default_factory=dict)
    """Signal → sum of weight x count."""
    affected: dict[str, int] = field(default_factory=dict)
    """Signal → sessions that have it."""
    reactions: dict[str, int] = field(default_factory=dict)


def places(reader: Reader, scope: Scope, *, elements: bool) -> tuple[list[Found], int]:
    """Return the pages (or elements) of *scope*, and how many were left out as too many."""
    parts = split(reader, scope)
    table, rollup = (ELEMENTS, ELEMENT_DAYS) if elements else (PAGES, PAGE_DAYS)
    sql = _EXPOSED.format(
        place=_PLACE[elements],
        name="name" if elements else "''",
        rows="{rows}",
        days="{days}",
        most=MAX_PLACES,
    )
    rows = _ask(reader, parts, sql, table.name, rollup)
    found: dict[Place, Found] = {}
    for row in rows:
        page, target = (row[0], row[1]) if elements else (row[0], "")
        count, total, squares = row[-4:-1]
        found[page, target] = Found(page, target, row[-5], int(count), float(total), float(squares))
    _add_signals(reader, parts, found, elements=elements)
    _add_taps(reader, scope, found, elements=elements)
    return [*found.values()], (rows[0][-1] - len(rows)) if rows else 0


_PLACE = {False: "page", True: "page, target"}


def _ask(reader: Reader, parts: Split, sql: str, source: str, rollup: Rollup) -> list[Row]:
    rows, of_rows = parts.rows(source)
    days, of_days = parts.days(rollup)
    return reader.read(sql.format(rows=rows, days=days), [*of_rows, *of_days])


def _add_signals(
    reader: Reader, parts: Split, found: dict[Place, Found], *, elements: bool
) -> None:
    rollup = ELEMENT_SIGNAL_DAYS if elements else PAGE_SIGNAL_DAYS
    sql = _SIGNALS.format(place=_PLACE[elements], rows="{rows}", days="{days}")
    for *place, signal, times, contribution, sessions in _ask(
        reader, parts, sql, SIGNALS.name, rollup
    ):
        page, target = place if elements else (place[0], "")
        if one := found.get((page, target)):
            one.signals[signal] = int(times)
            one.contributions[signal] = float(contribution)
            one.affected[signal] = int(sessions)


def _add_taps(reader: Reader, scope: Scope, found: dict[Place, Found], *, elements: bool) -> None:
    where, arguments = scope.where()
    sql = _TAPS.format(place="page, target" if elements else "page, ''", where=where)
    for page, target, what, count in reader.read(sql, arguments):
        if place := found.get((page, target)):
            place.reactions[what] = int(count)


def known_pages(reader: Reader, project: str, k: int) -> set[str]:
    """Return the pages that k sessions have ever seen: their names say nothing of anyone."""
    parts = split(reader, Scope(project=project, start=0, end=2**53))
    rows = _ask(reader, parts, _KNOWN, PAGES.name, PAGE_DAYS)
    return {str(page) for page, sessions in rows if sessions >= k}
