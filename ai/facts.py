"""
Facts: numbers that are computed from evidence rows, and can be computed again.

A fact says how it came about (what is done, over which rows), so that whoever doubts it
does the same and compares. Texts hold placeholders ``{f1}``; only code puts a fact's
number in their place, rounded as :func:`shown` says.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ai.trend import wilson

Value = str | int | float
Row = Mapping[str, Value]
Rows = Mapping[str, Row]
"""Evidence id → its row."""
Op = Literal["count", "distinct", "sum", "mean", "share", "ratio", "low", "high"]

PLACEHOLDER = re.compile(r"\{(f\d+)\}")
CLOSE = 1e-9


@dataclass(frozen=True, slots=True)
class Fact:
    """
    A number and where it comes from.

    Over the rows *evidence* that are equal to *where* in each field it names: ``count``
    of them, how many ``distinct`` values of *field*, their ``sum`` or ``mean``; ``share``
    of all evidence rows (of the distinct values of *field*, where it is given) that are
    so; ``ratio`` of the sums of *field* and *per*, and the ``low`` and ``high`` end of its
    95 % interval (Wilson).
    """

    id: str
    name: str
    op: Op
    value: float
    evidence: tuple[str, ...]
    field: str = ""
    per: str = ""
    where: tuple[tuple[str, Value], ...] = ()
    unit: str = ""


class CannotCompute(Exception):
    """The evidence does not give the fact: a row or a field of it is missing."""


def compute(fact: Fact, rows: Rows) -> float:
    """Return the fact's number as its evidence gives it. Raises CannotCompute."""
    try:
        every = [rows[id_] for id_ in fact.evidence]
        chosen = [row for row in every if all(row[name] == value for name, value in fact.where)]
        return float(_OPS[fact.op](fact, chosen, every))
    except (KeyError, TypeError, ValueError, ZeroDivisionError) as error:
        raise CannotCompute(f"{fact.id} ({fact.name}): {error!r}") from error


def _share(fact: Fact, chosen: list[Row], every: list[Row]) -> float:
    if fact.field:
        return len(_distinct(chosen, fact.field)) / len(_distinct(every, fact.field))
    return len(chosen) / len(every)


def _distinct(rows: Iterable[Row], field: str) -> set[Value]:
    return {row[field] for row in rows}


def _sum(rows: Iterable[Row], field: str) -> float:
    return float(sum(float(row[field]) for row in rows))


def _interval(fact: Fact, chosen: list[Row]) -> tuple[float, float]:
    return wilson(int(_sum(chosen, fact.field)), int(_sum(chosen, fact.per)))


_OPS: dict[Op, Callable[[Fact, list[Row], list[Row]], float]] = {
    "count": lambda _, chosen, __: len(chosen),
    "distinct": lambda fact, chosen, _: len(_distinct(chosen, fact.field)),
    "sum": lambda fact, chosen, _: _sum(chosen, fact.field),
    "mean": lambda fact, chosen, _: _sum(chosen, fact.field) / len(chosen),
    "share": _share,
    "ratio": lambda fact, chosen, _: _sum(chosen, fact.field) / _sum(chosen, fact.per),
    "low": lambda fact, chosen, _: _interval(fact, chosen)[0],
    "high": lambda fact, chosen, _: _interval(fact, chosen)[1],
}


def make(
    id_: str,
    name: str,
    op: Op,
    rows: Rows,
    evidence: Sequence[str],
    *,
    field: str = "",
    per: str = "",
    where: Mapping[str, Value] | None = None,
    unit: str = "",
) -> Fact:
    """Return the fact that the evidence gives. Raises CannotCompute."""
    chosen = tuple(sorted((where or {}).items()))
    empty = Fact(id_, name, op, 0.0, tuple(evidence), field, per, chosen, unit)
    value = compute(empty, rows)
    return Fact(id_, name, op, value, empty.evidence, field, per, chosen, unit)


def shown(fact: Fact) -> str:
    """Return the number as texts have it: counts whole, shares in whole per cent, else .00."""
    if fact.op in ("share", "ratio", "low", "high"):
        return f"{100 * fact.value:.0f} %"
    if fact.op == "mean" or fact.value != int(fact.value):
        return f"{fact.value:.2f}"
    return f"{fact.value:.0f}"


def render(template: str, facts: Sequence[Fact]) -> str:
    """Return *template* with numbers for placeholders; one without a fact stays as it is."""
    known = {fact.id: shown(fact) for fact in facts}
    return PLACEHOLDER.sub(lambda found: known.get(found[1], found[0]), template)
