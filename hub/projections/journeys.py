"""Ways between pages."""

from collections.abc import Iterator
from dataclasses import dataclass

from hub.projections.journey import Journey
from hub.projections.rollup import WAY_DAYS, split
from hub.projections.scope import Scope
from hub.projections.table import Row, Table, bucket_of
from hub.stores.analytics import Reader

MAX_LINKS = 500

_LINKS = """
select source, page, back, sum(sessions) as sessions, count(*) over () from (
  select source, page, back, count(*) as sessions from (
    select source, page, back, number from ({rows}) where {on} group by all
  ) group by all
  union all
  select source, page, back, sum(sessions) from ({days}) where {on} group by all
) group by source, page, back
order by sessions desc, source, page, back limit {most}
"""


def _way_rows(journey: Journey, width: int) -> Iterator[Row]:
    for link in journey.links:
        yield bucket_of(link.moment, width), link.source, link.target, link.back


WAYS = Table(
    "way",
    {"source": "varchar not null", "page": "varchar not null", "back": "boolean not null"},
    _way_rows,
)


@dataclass(slots=True)
class Found:
    """A way and the sessions that took it."""

    source: str
    target: str
    back: bool
    sessions: int


def links(reader: Reader, scope: Scope) -> tuple[list[Found], int]:
    """Return the ways of *scope*, most taken first, and how many were left out."""
    parts = split(reader, scope.without("page"))
    rows, of_rows = parts.rows(WAYS.name)
    days, of_days = parts.days(WAY_DAYS)
    on, ends = ("true", []) if scope.page is None else ("? in (page, source)", [scope.page])
    sql = _LINKS.format(rows=rows, days=days, on=on, most=MAX_LINKS)
    told = reader.read(sql, [*of_rows, *ends, *of_days, *ends])
    found = [Found(source, page, back, int(count)) for source, page, back, count, _ in told]
    return found, (told[0][-1] - len(told)) if told else 0
