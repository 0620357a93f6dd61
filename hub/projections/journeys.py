"""Ways between pages."""

from collections.abc import Iterator
from dataclasses import dataclass

from hub.projections.journey import Journey
from hub.projections.scope import Scope
from hub.projections.table import Row, Table, bucket_of
from hub.stores.analytics import Reader

MAX_LINKS = 500

_LINKS = """
select source, page, back, count(distinct number), count(*) over ()
from way where {where} group by source, page, back
order by count(distinct number) desc, source, page, back limit {most}
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
    where, arguments = scope.without("page").where()
    if scope.page is not None:
        where += " and (page = ? or source = ?)"
        arguments += [scope.page, scope.page]
    rows = reader.read(_LINKS.format(where=where, most=MAX_LINKS), arguments)
    found = [Found(*row[:4]) for row in rows]
    return found, (rows[0][-1] - len(rows)) if rows else 0
