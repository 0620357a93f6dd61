"""
Where trouble is more frequent than elsewhere on the site, by counts of sessions alone.

A cell is a place (an element of a page, or a page for a cohort on a device) and a kind
of trouble; its rate is held against the same kind's in all other cells by Fisher's exact
test, one-sided. Of all cells seen often enough to be tried, those stand that
Benjamini and Hochberg's procedure (1995) keeps at a false discovery rate of 10 %; the
interval is Wilson's. What was tried is decided by exposure alone, not by what happened.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from ai.trend import wilson

RATE = 0.10
"""False discovery rate."""
HOLD = 3_600_000
"""An hour in ms."""
TINY = 1e-17
"""Share of a sum below which a further term changes nothing."""


@dataclass(frozen=True, slots=True)
class Cell:
    """
    Sessions that were *exposed* to a place, and those *hit* by trouble of a *kind* there.

    *place* is (page, element) or (page, cohort, device): only cells with places of one
    form and one kind are compared.
    """

    place: tuple[str, ...]
    kind: str
    hit: int
    exposed: int


@dataclass(frozen=True, slots=True)
class Excess:
    """A cell whose rate is above the *baseline*, that of all others. *q*: BH-adjusted p."""

    cell: Cell
    rate: float
    low: float
    high: float
    baseline: float
    p: float
    q: float
    elsewhere: tuple[int, int] = (0, 0)
    """Sessions hit and exposed in all other cells together, one for each cell."""


def excesses(cells: Iterable[Cell], *, least: int, rate: float = RATE) -> list[Excess]:
    """
    Return the cells with more trouble than elsewhere, the surest first.

    *least* sessions must have been exposed for a cell to be tried, and as many hit for it
    to be told: the k of the region. Raises ValueError for a cell of more hit than exposed.
    """
    tried = sorted((c for c in cells if c.exposed >= least), key=lambda c: (c.kind, c.place))
    totals: dict[tuple[str, int], tuple[int, int]] = {}
    for cell in tried:
        if not 0 <= cell.hit <= cell.exposed:
            raise ValueError(f"{cell.hit} of {cell.exposed} sessions in {cell.place}")
        hit, exposed = totals.get((cell.kind, len(cell.place)), (0, 0))
        totals[cell.kind, len(cell.place)] = hit + cell.hit, exposed + cell.exposed
    compared = []
    for cell in tried:
        hit, exposed = totals[cell.kind, len(cell.place)]
        if exposed > cell.exposed:
            others = hit - cell.hit, exposed - cell.exposed
            compared.append((cell, others, fisher(cell.hit, cell.exposed, *others)))
    adjusted = benjamini_hochberg([p for _, _, p in compared])
    found = []
    for (cell, others, p), q in zip(compared, adjusted, strict=True):
        low, high = wilson(cell.hit, cell.exposed)
        baseline = others[0] / others[1]
        if q <= rate and cell.hit >= least and low > baseline:
            share = cell.hit / cell.exposed
            found.append(Excess(cell, share, low, high, baseline, p, q, others))
    return sorted(found, key=lambda e: (e.p, e.cell.kind, e.cell.place))


def fisher(hit: int, count: int, others_hit: int, others: int) -> float:
    """Return the chance of *hit* or more of *count*, were the rate that of all together."""
    whole, all_hit = count + others, hit + others_hit
    if hit * whole > count * all_hit:
        return min(1.0, _tail(hit, 1, count, all_hit, whole))
    return max(0.0, 1 - _tail(hit - 1, -1, count, all_hit, whole))


def _tail(start: int, step: int, count: int, all_hit: int, whole: int) -> float:
    """Return the chance of *start* and all beyond it, away from the middle, by *step*."""
    least, most = max(0, count + all_hit - whole), min(count, all_hit)
    if not least <= start <= most:
        return 0.0
    term = total = math.exp(_log_chance(start, count, all_hit, whole))
    k = start
    while least <= k + step <= most and term > total * TINY:
        high = max(k, k + step)  # chance(high) = chance(high - 1) x grow
        grow = (count - high + 1) * (all_hit - high + 1)
        shrink = high * (whole - all_hit - count + high)
        term *= grow / shrink if step > 0 else shrink / grow
        total += term
        k += step
    return total


def _log_chance(k: int, count: int, all_hit: int, whole: int) -> float:
    return (
        _log_choose(all_hit, k)
        + _log_choose(whole - all_hit, count - k)
        - _log_choose(whole, count)
    )


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def benjamini_hochberg(chances: Sequence[float]) -> list[float]:
    """Return each p adjusted, in the order given: kept at a rate are those no greater."""
    order = sorted(range(len(chances)), key=lambda n: -chances[n])
    adjusted = [1.0] * len(chances)
    least = 1.0
    for passed, number in enumerate(order):
        least = min(least, chances[number] * len(chances) / (len(chances) - passed))
        adjusted[number] = least
    return adjusted


@dataclass(slots=True)
class Standing:
    """
    Tells a finding once it has stood at every look for *hold* ms.

    Whoever looks every two minutes sees chance cross the line now and then; what is so
    stays so. *since* is plain data: (kind, place) → ms.
    """

    hold: int = HOLD
    since: dict[tuple[str, tuple[str, ...]], int] = field(default_factory=dict)

    def told(self, found: Sequence[Excess], now: int) -> list[Excess]:
        """Return those of *found*, looked for at *now*, that have stood long enough."""
        keys = [(one.cell.kind, one.cell.place) for one in found]
        self.since = {key: self.since.get(key, now) for key in keys}
        return [
            one for one, key in zip(found, keys, strict=True) if now - self.since[key] >= self.hold
        ]


@dataclass(frozen=True, slots=True)
class Voices:
    """The comments of one group: page → sessions that wrote there."""

    group: int
    sessions: Mapping[str, AbstractSet[str]] = field(default_factory=dict)


def joined(
    page: str, hit: AbstractSet[str], groups: Iterable[Voices]
) -> list[tuple[int, int, int]]:
    """
    Return (group, sessions of it on *page*, of them also *hit*) of comments to be told too.

    Those with a session in common come first; a group without a word on the page is none.
    """
    found = []
    for voices in groups:
        here = voices.sessions.get(page, frozenset())
        if here:
            found.append((voices.group, len(here), len(here & hit)))
    return sorted(found, key=lambda row: (-row[2], -row[1], row[0]))
