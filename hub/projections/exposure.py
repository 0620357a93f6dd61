"""
Who was there: sessions, pages and elements, with the friction that sat on each.

``exponent`` is the sum of weight x count of the signals; a score is
``1 - exp(-sum(exponent))``, so rows of several hours add up to one session's score.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import TypeVar

from edge.detect.friction import friction
from hub.bus.messages import Item
from hub.projections.journey import Journey
from hub.projections.rollup import PAGE_DAYS, SESSION_DAYS, split
from hub.projections.scope import Scope
from hub.projections.table import Row, Table, bucket_of
from hub.stores.analytics import Reader

P = TypeVar("P", bound=Hashable)
_NONE: Counter[str] = Counter()
"""Stands for no signals in a place; never counted in."""

_SESSIONS = """
select (select count(*) from (select number from ({rows}) group by number))
  + coalesce((select sum(sessions) from ({days})), 0)
"""

_SESSION_SCORES = """
with per as (
  select number, 1 - exp(-sum(exponent)) as score from ({rows}) group by number
),
part as (
  select count(*) as sessions, sum(score) as total, sum(score * score) as squares from per
  union all select sum(sessions), sum(total), sum(squares) from ({days})
)
select coalesce(sum(sessions), 0), coalesce(sum(total), 0), coalesce(sum(squares), 0) from part
"""

_LABEL = """
select {label}, sum(sessions) from (
  select {label}, count(*) as sessions
  from (select {label}, number from ({rows}) group by all) group by all
  union all select {label}, sum(sessions) from ({days}) group by all
) group by all
"""


def _sums(
    journey: Journey, width: int, quiet: Iterable[tuple[int, P]], place: Callable[[Item], P | None]
) -> dict[tuple[int, P], Counter[str]]:
    """
    Count signals by (bucket, place); whatever happened in a place exposes to it.

    *quiet* is where there were events that are not among the items.
    """
    found: dict[tuple[int, P], Counter[str]] = dict.fromkeys(quiet, _NONE)
    for item in journey.items:
        where = place(item)
        if where is None:
            continue
        key = (bucket_of(item.moment, width), where)
        if item.topic != "signal":
            found.setdefault(key, _NONE)
        elif found.get(key, _NONE) is _NONE:
            found[key] = Counter((item.what,))
        else:
            found[key][item.what] += 1
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
    quiet = {(bucket, "") for bucket, *_ in journey.presence}
    for (bucket, _), counts in _sums(journey, width, quiet, _anywhere).items():
        yield bucket, exponent(counts)


def _page_rows(journey: Journey, width: int) -> Iterator[Row]:
    quiet = {(bucket, page) for bucket, page, *_ in journey.presence if page}
    for (bucket, page), counts in _sums(journey, width, quiet, _page).items():
        yield bucket, page, exponent(counts)


def _element(item: Item) -> tuple[str, str] | None:
    touched = item.topic in ("raw", "signal") and item.page and item.target
    return (item.page, item.target) if touched else None


def _element_rows(journey: Journey, width: int) -> Iterator[Row]:
    quiet = {
        (bucket, (page, target)) for bucket, page, target, _ in journey.presence if page and target
    }
    named = [(page, target, name) for _, page, target, name in journey.presence if name and target]
    named += [(i.page, i.target, i.name) for i in journey.items if i.name and i.target]
    names: dict[tuple[str, str], str] = {}
    for page, target, name in named:
        names[page, target] = max(names.get((page, target), ""), name)
    for (bucket, place), counts in _sums(journey, width, quiet, _element).items():
        page, target = place
        yield bucket, page, target, names.get(place, ""), exponent(counts)


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


def _ask(reader: Reader, scope: Scope, sql: str, **names: str) -> list[Row]:
    """Ask of sessions, or of those that were on the scope's page."""
    source, rollup = (SESSIONS, SESSION_DAYS) if scope.page is None else (PAGES, PAGE_DAYS)
    parts = split(reader, scope)
    rows, of_rows = parts.rows(source.name)
    days, of_days = parts.days(rollup)
    return reader.read(sql.format(rows=rows, days=days, **names), [*of_rows, *of_days])


def sessions(reader: Reader, scope: Scope) -> int:
    """Return how many sessions are in *scope*."""
    return int(_ask(reader, scope, _SESSIONS)[0][0])


def scores(reader: Reader, scope: Scope) -> tuple[int, float, float]:
    """Return (sessions, sum of their scores, sum of the squares) in *scope*."""
    count, total, squares = _ask(reader, scope, _SESSION_SCORES)[0]
    return int(count), float(total), float(squares)


def by_label(reader: Reader, scope: Scope, label: str) -> dict[str, int]:
    """Return the values of *label* (device, cohort or site) and their sessions."""
    rows = _ask(reader, scope.without(label), _LABEL, label=label)
    return {str(value): int(count) for value, count in rows}
