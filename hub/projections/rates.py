"""
How many sessions met a place, and how many of them met trouble there.

A place is an element of a page, or a page for a cohort on a device; trouble is a signal
that weighs as friction, or an unhappy tap.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from edge.detect.friction import WEIGHTS
from hub.projections.exposure import ELEMENTS, PAGES
from hub.projections.scope import Scope
from hub.stores.analytics import Reader

By = Literal["element", "cohort"]
TAPS = ("thumbs_down", "confused")
KINDS = (*sorted(name for name, weight in WEIGHTS.items() if weight > 0), *TAPS)
"""Kinds of trouble."""
MOST = 2_000
"""Places looked at, those with most sessions first."""

_PLACES: dict[By, tuple[str, str, str]] = {
    "element": ("page, target", ELEMENTS.name, "max(name)"),
    "cohort": ("page, cohort, device", PAGES.name, "''"),
}
"""By → columns of a place, the table of those who met it, its name."""

_TROUBLE = """
select number, project, bucket, device, cohort, site, page, target, signal as kind from signal
union all
select number, project, bucket, device, cohort, site, page, target, what as kind from tap
"""

_EXPOSED = """
select {place}, {name}, count(distinct number) from {table} where {where}
group by {place} order by count(distinct number) desc, {place} limit {most}
"""

_HIT = """
with seen as (select distinct {place}, number from {table} where {where}),
hit as (
  select distinct {place}, number, kind from ({trouble}) as trouble
  where {where} and kind in (select unnest(?))
)
select {place}, kind, count(*) from hit semi join seen using ({place}, number) group by all
"""

_WHO = """
select distinct number from ({trouble}) as trouble where {where} and kind = ? {more}
"""


@dataclass(slots=True)
class Rate:
    """A place: sessions that met it, and kind → those that met trouble."""

    place: tuple[str, ...]
    name: str
    sessions: int
    hit: dict[str, int] = field(default_factory=dict)


def rates(reader: Reader, scope: Scope, by: By) -> list[Rate]:
    """Return the places of *scope*, most visited first."""
    place, table, name = _PLACES[by]
    where, arguments = scope.where()
    found: dict[tuple[str, ...], Rate] = {}
    sql = _EXPOSED.format(place=place, name=name, table=table, where=where, most=MOST)
    for *names, called, count in reader.read(sql, arguments):
        key = tuple(map(str, names))
        found[key] = Rate(key, str(called), int(count))
    sql = _HIT.format(place=place, table=table, where=where, trouble=_TROUBLE)
    for *names, kind, count in reader.read(sql, [*arguments, *arguments, [*KINDS]]):
        if one := found.get(tuple(map(str, names))):
            one.hit[str(kind)] = int(count)
    return [*found.values()]


def who(reader: Reader, scope: Scope, place: Sequence[str], kind: str) -> set[int]:
    """Return the numbers of the sessions that met *kind* in *place* (page alone: all of it)."""
    columns = _PLACES["element" if len(place) == 2 else "cohort"][0].split(", ")
    named = [*zip(columns, place, strict=False)]
    more = "".join(f" and {column} = ?" for column, _ in named)
    where, arguments = scope.where()
    sql = _WHO.format(trouble=_TROUBLE, where=where, more=more)
    rows = reader.read(sql, [*arguments, kind, *(value for _, value in named)])
    return {int(number) for (number,) in rows}
