"""Rage click: one target is clicked again and again, faster than anybody expects an answer."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from edge.detect.clicks import REPEATED, VISIBLE, earliest, stretches
from edge.detect.detector import Scope
from edge.detect.row import Finding, Row
from edge.events.event import SignalName
from edge.events.raw import Click, Kind, RawPayload, Select, Signal

MOST_CLICKS = 100
"""A session keeps some hundred clicks: a definition that needs more would never fire."""


@dataclass(frozen=True, slots=True)
class RageClick:
    """
    ``clicks`` or more on one target, where the first and the last of some run
    of ``clicks`` lie less than ``within_ms`` apart: the owner's definition.
    """

    signal: ClassVar[SignalName] = "rage_click"
    version: ClassVar[int] = 1
    scope: ClassVar[Scope] = "burst"
    reads: ClassVar[tuple[type[Signal], ...]] = (Click, Select)

    clicks: int = 3
    within_ms: float = 500
    join_ms: float = 1000
    """Runs that follow each other sooner than this are one burst with the full count."""
    answered_ms: float = 250
    """A burst of which every click was visibly answered within this is work, not rage."""
    kinds: frozenset[Kind] = REPEATED
    """Kinds of target that never count."""
    exclusive: bool = True

    def __post_init__(self) -> None:
        """Raise ``ValueError`` where every click would be one."""
        if not 2 <= self.clicks <= MOST_CLICKS:
            raise ValueError(f"clicks cannot be {self.clicks}: 2 to {MOST_CLICKS}")

    @property
    def gap_ms(self) -> float:
        """Rows this far apart do not concern each other."""
        return max(self.within_ms, self.join_ms)

    def wants(self, _payload: RawPayload) -> bool:
        """Every click and every selection of text matters."""
        return True

    def find(self, rows: Sequence[Row]) -> Iterator[Finding]:
        """Return one finding a burst."""
        for run in stretches(rows, self.kinds):
            for first, last in self._bursts(run):
                burst = run[first : last + 1]
                if not all(self._answered(row) for row in burst):
                    yield _finding(burst)

    def _bursts(self, run: list[Row]) -> list[tuple[int, int]]:
        found: list[tuple[int, int]] = []
        for first in range(len(run) - self.clicks + 1):
            last = first + self.clicks - 1
            if run[last].at - run[first].at >= self.within_ms:
                continue
            if found and run[first].at - run[found[-1][1]].at < self.join_ms:
                found[-1] = found[-1][0], last
            else:
                found.append((first, last))
        return found

    def _answered(self, row: Row) -> bool:
        if row.reaction is None:
            return False
        at = earliest(row.reaction, (*VISIBLE, "scroll"))
        return at is not None and at <= self.answered_ms


def _finding(burst: list[Row]) -> Finding:
    click = burst[0].payload
    assert isinstance(click, Click)
    span = float(burst[-1].at - burst[0].at)
    dead = sum(
        row.reaction is not None and earliest(row.reaction, VISIBLE) is None for row in burst
    )
    return Finding(
        tuple(burst),
        click.target,
        click.name,
        count=len(burst),
        duration=span,
        metrics={"unanswered": float(dead)},
    )
