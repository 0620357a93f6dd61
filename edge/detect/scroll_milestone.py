"""Scroll milestone: how far down a page was read. No friction; the base of exposure."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

from edge.detect.detector import Scope
from edge.detect.row import Finding, Row, order
from edge.events.event import SignalName, SignalRaw
from edge.events.raw import Leave, RawPayload, Scroll, Signal


@dataclass(frozen=True, slots=True)
class ScrollMilestone:
    """
    The first moment in a view at which each of ``depths``, in percent of the
    page, was reached. A jump over several is one signal for the deepest.
    """

    signal: ClassVar[SignalName] = "scroll_milestone"
    version: ClassVar[int] = 1
    scope: ClassVar[Scope] = "view"
    reads: ClassVar[tuple[type[Signal], ...]] = (Scroll, Leave)

    depths: tuple[float, ...] = (25, 50, 75, 100)
    """Ascending, above 0 and up to 100."""

    def __post_init__(self) -> None:
        """Raise ``ValueError`` where the depths are not as they must be."""
        rising = all(one < two for one, two in pairwise((0.0, *self.depths)))
        if not self.depths or not rising or self.depths[-1] > 100:
            raise ValueError(f"depths cannot be {[*self.depths]}: ascending, in 0 to 100")

    def wants(self, payload: RawPayload) -> bool:
        """Say whether *payload* reached any milestone."""
        return self._milestone(payload) > 0

    def view_of(self, event: SignalRaw) -> int:
        """A view is scrolled by itself."""
        return event.view

    def matters(self, rows: Sequence[Row], event: SignalRaw) -> bool:
        """What comes after the deepest milestone and goes no deeper adds nothing."""
        if not rows or rows[-1].at >= event.timestamp:
            return True
        return self._milestone(event.payload) > self._milestone(rows[-1].payload)

    def needed(self, rows: Sequence[Row]) -> list[Row]:
        """Keep the first row of each milestone: the others can never matter again."""
        reached = 0.0
        kept = []
        for row in sorted(rows, key=order):
            milestone = self._milestone(row.payload)
            if milestone > reached:
                kept.append(row)
                reached = milestone
        return kept

    def find(self, rows: Sequence[Row]) -> Iterator[Finding]:
        """Return one finding a milestone."""
        for row in self.needed(rows):
            yield Finding((row,), metrics={"depth": self._milestone(row.payload)})

    def _milestone(self, payload: RawPayload) -> float:
        if not isinstance(payload, (Scroll, Leave)):
            return 0
        reached = bisect_right(self.depths, payload.depth)
        return self.depths[reached - 1] if reached else 0
