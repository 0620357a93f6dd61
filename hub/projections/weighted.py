"""
Friction in which each signal counts as much as it was found to be worth.

A session's score in a place is ``1 - exp(-sum(weight of the signal x its measured
weight))``; without measured weights it is what the projections hold.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hub.projections.hotspots import Found, Place
from hub.projections.scope import Scope
from hub.stores.analytics import Reader, Row

_ASK = """
with element as (
  select unnest(?::varchar[]) as signal, unnest(?::varchar[]) as page,
         unnest(?::varchar[]) as target, unnest(?::double[]) as weight
),
detector as (select unnest(?::varchar[]) as signal, unnest(?::double[]) as weight),
part as (
  select {place}, s.signal, s.number,
         s.contribution * coalesce(element.weight, detector.weight, 1.0) as weighed
  from (select * from signal where {where}) s
  left join element
    on (element.signal, element.page, element.target) = (s.signal, s.page, s.target)
  left join detector on detector.signal = s.signal
),
per as (select page, target, number, 1 - exp(-sum(weighed)) as score from part group by all)
{answer}
"""

_SCORES = "select page, target, sum(score), sum(score * score) from per group by all"
_CONTRIBUTIONS = "select page, target, signal, sum(weighed) from part group by all"


@dataclass(frozen=True, slots=True)
class Weights:
    """What one signal counts, in 0…1; what is not named counts in full."""

    detectors: Mapping[str, float] = field(default_factory=dict)
    elements: Mapping[tuple[str, str, str], float] = field(default_factory=dict)
    """(signal, page, target) → weight, before that of its detector."""

    @property
    def change(self) -> bool:
        """Whether any of them is not 1."""
        return any(one != 1.0 for one in (*self.detectors.values(), *self.elements.values()))

    @property
    def arguments(self) -> list[list[object]]:
        """The columns of the two lists as a query takes them."""
        elements = [(*place, weight) for place, weight in self.elements.items()]
        return [*_columns(elements, 4), *_columns([*self.detectors.items()], 2)]


def weigh(
    reader: Reader, scope: Scope, found: Sequence[Found], weights: Weights, *, elements: bool
) -> None:
    """Put *weights* into the sums and contributions of *found*, the places of *scope*."""
    if not weights.change:
        return
    places: dict[Place, Found] = {(one.page, one.target): one for one in found}
    for place in found:
        place.total = place.squares = 0.0
        place.contributions.clear()
    where, arguments = scope.where()
    target = "s.target" if elements else "'' as target"
    columns = f"s.page, {target}"

    def ask(answer: str) -> list[Row]:
        sql = _ASK.format(place=columns, where=where, answer=answer)
        return reader.read(sql, [*weights.arguments, *arguments])

    for page, on, total, squares in ask(_SCORES):
        if one := places.get((page, on)):
            one.total, one.squares = float(total), float(squares)
    for page, on, signal, total in ask(_CONTRIBUTIONS):
        if one := places.get((page, on)):
            one.contributions[signal] = float(total)


def _columns(rows: Sequence[Sequence[object]], width: int) -> list[list[object]]:
    return [[row[place] for row in rows] for place in range(width)]
