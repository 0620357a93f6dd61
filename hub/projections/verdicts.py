"""
What visitors said of a signal: a tap after it confirms or refutes it.

A tap names what it answers (decision 7 of the house plan): the detector whose question
was asked, the events that were its evidence, the element. The signal that it judges is the
one that the edge found in these events, whatever its name there; where the two share no
event, the latest of that detector on that element and page. A 👎 or 😕 confirms it, a 👍
refutes it. A tap that answers no signal, such as one that a visitor gave unasked, judges none.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from hub.bus.messages import Item
from hub.projections.journey import Journey, detail
from hub.projections.scope import Scope
from hub.projections.sentiment import REACTIONS
from hub.projections.table import Row, Table, bucket_of
from hub.stores.analytics import Reader

CONFIRMS = frozenset({"thumbs_down", "confused"})
WITHIN = 600_000
"""ms from a signal to a tap that answers it without naming an event of it."""

_ELEMENTS = """
with one as (
  select signal, page, target, number, arg_max(confirmed, (moment, confirmed)) as confirmed
  from verdict where {where} group by all
)
select signal, page, target, count(*), count_if(confirmed) from one group by all
order by signal, page, target
"""

_DETECTORS = """
with one as (
  select signal, page, target, number, arg_max(confirmed, (moment, confirmed)) as confirmed
  from verdict where {where} group by all
)
select signal, count(distinct number), count(*), count_if(confirmed) from one group by all
order by signal
"""

_TOGETHER = """
select count(distinct number) from verdict
where {where} and signal = ?
  and (page, target) in (select (unnest(?), unnest(?)))
"""

_ANY = "select 1 from verdict where {where} limit 1"


def judged(journey: Journey) -> Iterator[tuple[Item, Item]]:
    """Return the taps of a session that judge a signal, each with that signal."""
    for tap in journey.items:
        if tap.topic == "feedback" and tap.what in REACTIONS and (found := _answered(journey, tap)):
            yield tap, found


def _answered(journey: Journey, tap: Item) -> Item | None:
    answers = detail(tap).get("answers") or {}
    named = set(answers.get("evidence", ()))
    if named:
        shared = [(len(named & _evidence(one)), one.order, one) for one in journey.signals]
        best = max((one for one in shared if one[0]), key=lambda one: one[:2], default=None)
        if best is not None:
            return best[2]
    return max(
        (one for one in journey.signals if _fits(one, tap, answers)),
        key=lambda one: one.order,
        default=None,
    )


def _evidence(signal: Item) -> set[str]:
    return set(detail(signal).get("evidence", ()))


def _fits(signal: Item, tap: Item, answers: dict[str, Any]) -> bool:
    return (
        signal.what == answers.get("detector")
        and (signal.page, signal.target) == (tap.page, answers.get("target") or "")
        and 0 <= tap.moment - signal.moment <= WITHIN
    )


def _verdict_rows(journey: Journey, width: int) -> Iterator[Row]:
    for tap, signal in judged(journey):
        bucket = bucket_of(signal.moment, width)
        yield bucket, signal.page, signal.target, signal.what, tap.what in CONFIRMS, tap.moment


VERDICTS = Table(
    "verdict",
    {
        "page": "varchar not null",
        "target": "varchar not null",
        "signal": "varchar not null",
        "confirmed": "boolean not null",
        "moment": "bigint not null",
    },
    _verdict_rows,
)


@dataclass(frozen=True, slots=True)
class Found:
    """
    Verdicts on one detector, or on it at one element.

    Of each session and element the last one counts: a visitor who taps twice is one witness.
    """

    signal: str
    page: str
    """Empty for the detector everywhere."""
    target: str
    sessions: int
    verdicts: int
    confirmed: int


def on_elements(reader: Reader, scope: Scope) -> list[Found]:
    """Return the verdicts of *scope* by detector, page and element."""
    where, arguments = scope.where()
    rows = reader.read(_ELEMENTS.format(where=where), arguments)
    return [
        Found(signal, page, target, int(count), int(count), int(confirmed))
        for signal, page, target, count, confirmed in rows
    ]


def on_detectors(reader: Reader, scope: Scope) -> list[Found]:
    """Return the verdicts of *scope* by detector."""
    where, arguments = scope.where()
    rows = reader.read(_DETECTORS.format(where=where), arguments)
    return [
        Found(signal, "", "", int(sessions), int(verdicts), int(confirmed))
        for signal, sessions, verdicts, confirmed in rows
    ]


def together(reader: Reader, scope: Scope, signal: str, places: Sequence[tuple[str, str]]) -> int:
    """Return how many sessions judged *signal* at one of *places* (page and target)."""
    where, arguments = scope.where()
    pages, targets = [list(part) for part in zip(*places, strict=True)]
    sql = _TOGETHER.format(where=where)
    return int(reader.read(sql, [*arguments, signal, pages, targets])[0][0])


def any_in(reader: Reader, scope: Scope) -> bool:
    """Tell whether there is a verdict in *scope* at all."""
    where, arguments = scope.where()
    return bool(reader.read(_ANY.format(where=where), arguments))
