"""Where it hurts: signals and taps per page or element, over the sessions exposed to it."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from edge.detect.friction import friction
from hub.projections.exposure import ELEMENTS, PAGES
from hub.projections.journey import Journey
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
  from {table} where {where} group by all
)
select {place}, max(name), count(*), sum(score), sum(score * score), count(*) over () as places
from per group by {place} order by count(*) desc, {place} limit {most}
"""

_SIGNALS = """
select {place}, signal, sum(times), sum(contribution), count(distinct number)
from signal where {where} group by all
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
    table, place, name = (
        (ELEMENTS.name, "page, target", "name") if elements else (PAGES.name, "page", "''")
    )
    where, arguments = scope.where()
    sql = _EXPOSED.format(place=place, name=name, table=table, where=where, most=MAX_PLACES)
    rows = reader.read(sql, arguments)
    found: dict[Place, Found] = {}
    for row in rows:
        page, target = (row[0], row[1]) if elements else (row[0], "")
        count, total, squares = row[-4:-1]
        found[page, target] = Found(page, target, row[-5], count, float(total), float(squares))
    _add_signals(reader, scope, found, elements=elements)
    _add_taps(reader, scope, found, elements=elements)
    return [*found.values()], (rows[0][-1] - len(rows)) if rows else 0


def _add_signals(
    reader: Reader, scope: Scope, found: dict[Place, Found], *, elements: bool
) -> None:
    where, arguments = scope.where()
    sql = _SIGNALS.format(place="page, target" if elements else "page, ''", where=where)
    for page, target, signal, times, contribution, sessions in reader.read(sql, arguments):
        if place := found.get((page, target)):
            place.signals[signal] = int(times)
            place.contributions[signal] = float(contribution)
            place.affected[signal] = int(sessions)


def _add_taps(reader: Reader, scope: Scope, found: dict[Place, Found], *, elements: bool) -> None:
    where, arguments = scope.where()
    sql = _TAPS.format(place="page, target" if elements else "page, ''", where=where)
    for page, target, what, count in reader.read(sql, arguments):
        if place := found.get((page, target)):
            place.reactions[what] = int(count)


def known_pages(reader: Reader, project: str, k: int) -> set[str]:
    """Return the pages that k sessions have ever seen: their names say nothing of anyone."""
    sql = (
        f"select page from {PAGES.name} where project = ?"  # noqa: S608
        " group by page having count(distinct number) >= ?"
    )
    return {str(page) for (page,) in reader.read(sql, [project, k])}
