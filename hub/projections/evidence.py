"""
What happened, step by step, as far as sessions share it.

A pattern is what a session went through on one page: the arrival, the last click before
the first trouble, then signals and taps in order. It has no id and no moment; how long
after the first step each one came is kept beside it, to be told as a rounded median.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from edge.detect.friction import WEIGHTS
from hub.bus.messages import Item
from hub.projections.exposure import exponent
from hub.projections.journey import Journey
from hub.projections.scope import Scope
from hub.projections.sentiment import REACTIONS
from hub.projections.table import Row, Table, bucket_of
from hub.stores.analytics import Reader

MAX_STEPS = 12
"""Steps of a pattern; what follows is told by other patterns of the page."""
MAX_PATTERNS = 1_000

_PATTERNS = """
with per as (
  select pattern, any_value(page) as page, any_value(steps) as steps, number,
         1 - exp(-sum(exponent)) as score
  from pattern where {where} group by pattern, number
)
select pattern, any_value(page), any_value(steps), count(*), sum(score), count(*) over ()
from per group by pattern order by count(*) desc, sum(score) desc, pattern limit {most}
"""

_AFTER = """
with one as (select pattern, from_json(after, '["bigint"]') as after from pattern where {where}),
     each as (
       select pattern, unnest(after) as ms, generate_subscripts(after, 1) as place from one
     )
select pattern, place, median(ms) from each group by pattern, place order by pattern, place
"""


def _pattern_rows(journey: Journey, width: int) -> Iterator[Row]:
    pages = sorted({item.page for item in journey.signals if _hurts(item)})
    for page in pages:
        steps = _steps([item for item in journey.items if item.page == page])
        text = json.dumps([[step.what, step.target, step.name] for step in steps])
        after = json.dumps([step.moment - steps[0].moment for step in steps])
        hurt = Counter(item.what for item in journey.signals if item.page == page)
        bucket = bucket_of(steps[0].moment, width)
        name = hashlib.blake2b(
            f"{journey.project}\x1f{page}\x1f{text}".encode(), digest_size=8
        ).hexdigest()
        yield bucket, page, name, text, after, exponent(hurt)


def _steps(items: list[Item]) -> list[Item]:
    """Return the steps of the pattern on one page; *items* in order."""
    told = [i for i in items if _hurts(i) or (i.topic == "feedback" and i.what in REACTIONS)]
    troubled = {item.target for item in told}
    first = next(item for item in told if _hurts(item))
    before = [item for item in items if item.order < first.order and item.topic == "raw"]
    arrival = [item for item in before if item.what == "nav"][:1]
    click = [item for item in before if item.what == "click" and item.target not in troubled][-1:]
    chosen = sorted([*arrival, *click, *told], key=lambda item: item.order)
    single = [next(group) for _, group in groupby(chosen, key=lambda i: (i.what, i.target))]
    return single[:MAX_STEPS]


def _hurts(item: Item) -> bool:
    return item.topic == "signal" and bool(WEIGHTS.get(item.what))


PATTERNS = Table(
    "pattern",
    {
        "page": "varchar not null",
        "pattern": "varchar not null",
        "steps": "varchar not null",
        "after": "varchar not null",
        "exponent": "double not null",
    },
    _pattern_rows,
)


@dataclass(slots=True)
class Found:
    """One pattern and the sessions that share it."""

    pattern: str
    page: str
    steps: list[tuple[str, str, str]]
    """(what, target, name)."""
    sessions: int
    total: float
    """Sum of the sessions' scores on its page."""


def patterns(reader: Reader, scope: Scope) -> tuple[list[Found], int]:
    """Return the patterns of *scope*, most shared first, and how many were left out."""
    where, arguments = scope.where()
    rows = reader.read(_PATTERNS.format(where=where, most=MAX_PATTERNS), arguments)
    found = [
        Found(name, page, [tuple(step) for step in json.loads(steps)], count, float(total))
        for name, page, steps, count, total, _ in rows
    ]
    return found, (rows[0][-1] - len(rows)) if rows else 0


def medians(reader: Reader, scope: Scope, names: list[str]) -> dict[str, list[float]]:
    """Return for each pattern how long after its first step each one came: the median, ms."""
    where, arguments = scope.where()
    where += " and pattern in (select unnest(?))"
    found: dict[str, list[float]] = {}
    for name, _, ms in reader.read(_AFTER.format(where=where), [*arguments, names]):
        found.setdefault(str(name), []).append(float(ms))
    return found
