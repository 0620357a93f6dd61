"""
Who was there: sessions, pages and elements, with the friction that sat on each.

``exponent`` is the sum of weight x count of the signals; a score is
``1 - exp(-sum(exponent))``, so rows of several hours add up to one session's score.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterator
from typing import TypeVar

from edge.detect.friction import friction
from hub.bus.messages import Item
from hub.projections.journey import Journey
from hub.projections.scope import Scope
from hub.projections.table import Row, Table, bucket_of
from hub.stores.analytics import Reader

P = TypeVar("P", bound=Hashable)

_SESSIONS = "select count(distinct number) from {table} where {where}"

_SESSION_SCORES = """
with per as (
  select number, 1 - exp(-sum(exponent)) as score from {table} where {where} group by number
)
select count(*), coalesce(sum(score), 0), coalesce(sum(score * score), 0) from per
"""

_LABEL = "select {label}, count(distinct number) from {table} where {where} group by all"


def _sums(
    journey: Journey, width: int, place: Callable[[Item], P | None]
) -> dict[tuple[int, P], Counter[str]]:
    """Count signals by (bucket, place); whatever happened in a place exposes to it."""
    found: dict[tuple[int, P], Counter[str]] = defaultdict(Counter)
    for item in journey.items:
        where = place(item)
        if where is None:
            continue
        counts = found[bucket_of(item.moment, width), where]
        if item.topic == "signal":
            counts[item.what] += 1
    return found


def exponent(counts: Counter[str]) -> float:
    """Return the sum of weight x count; rounded, so that equal sums are equal."""
    if not counts:
        return 0.0
    return round(sum(friction(counts).contributions.values(), 0.0), 9)


def _anywhere(item: Item) -> str | None:
    return "" if item.session else None  # a denial is no session


def _page(item: Item) -> str | None:
    return item.page or None


def _session_rows(journey: Journey, width: int) -> Iterator[Row]:
    for (bucket, _), counts in _sums(journey, width, _anywhere).items():
        yield bucket, exponent(counts)


def _page_rows(journey: Journey, width: int) -> Iterator[Row]:
    for (bucket, page), counts in _sums(journey, width, _page).items():
        yield bucket, page, exponent(counts)


def _element(item: Item) -> tuple[str, str] | None:
    touched = item.topic in ("raw", "signal") and item.page and item.target
    return (item.page, item.target) if touched else None


def _element_rows(journey: Journey, width: int) -> Iterator[Row]:
    names: dict[tuple[str, str], str] = {}
    for item in journey.items:
        if item.name and item.target:
            place = (item.page, item.target)
            names[place] = max(names.get(place, ""), item.name)
    for (bucket, place), counts in _sums(journey, width, _element).items():
        page, target = place
        yield bucket, page, target, names.get((page, target), ""), exponent(counts)


SESSIONS = Table("seen", {"exponent": "double not null"}, _session_rows)
PAGES = Table("seen_page", {"page": "varchar not null", "exponent": "double not null"}, _page_rows)
ELEMENTS = Table(
    "seen_element",
    {
        "page": "varchar not null",
        "target": "varchar not null",
        "name": "varchar not null",
        "exponent": "double not null",
    },
    _element_rows,
)


def _table(scope: Scope) -> str:
    return SESSIONS.name if scope.page is None else PAGES.name


def sessions(reader: Reader, scope: Scope) -> int:
    """Return how many sessions are in *scope*."""
    where, arguments = scope.where()
    sql = _SESSIONS.format(table=_table(scope), where=where)
    return int(reader.read(sql, arguments)[0][0])


def scores(reader: Reader, scope: Scope) -> tuple[int, float, float]:
    """Return (sessions, sum of their scores, sum of the squares) in *scope*."""
    where, arguments = scope.where()
    sql = _SESSION_SCORES.format(table=_table(scope), where=where)
    count, total, squares = reader.read(sql, arguments)[0]
    return int(count), float(total), float(squares)


def by_label(reader: Reader, scope: Scope, label: str) -> dict[str, int]:
    """Return the values of *label* (device, cohort or site) and their sessions."""
    where, arguments = scope.without(label).where()
    sql = _LABEL.format(label=label, table=_table(scope), where=where)
    return {str(value): int(count) for value, count in reader.read(sql, arguments)}
