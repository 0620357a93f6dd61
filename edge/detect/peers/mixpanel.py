"""Mixpanel (mixpanel-js, 2026): rage and dead clicks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import hypot
from typing import ClassVar

from edge.detect.peers.common import ClickDetector, PlainDeadClick, burst, clicks_in
from edge.detect.row import Finding, Row
from edge.events.event import SignalName
from edge.events.raw import Click


@dataclass(frozen=True, slots=True)
class RageClick(ClickDetector):
    """``click_count`` clicks, each near the one before in place (Euclid) and time; then anew."""

    signal: ClassVar[SignalName] = "rage_click"

    threshold_px: float = 30
    timeout_ms: float = 1000
    click_count: int = 4
    interactive_elements_only: bool = False

    @property
    def gap_ms(self) -> float:
        """Rows this far apart do not concern each other."""
        return self.timeout_ms

    def find(self, rows: Sequence[Row]) -> Iterator[Finding]:
        """Return one finding for every ``click_count`` clicks of a run."""
        run: list[Row] = []
        for row, click in clicks_in(rows):
            if self.interactive_elements_only and click.kind == "inert":
                continue
            if not (run and self._continues(run[-1], row)):
                run = []
            run.append(row)
            if len(run) == self.click_count:
                yield burst(run)
                run = []

    def _continues(self, last: Row, row: Row) -> bool:
        before, click = last.payload, row.payload
        assert isinstance(before, Click)
        assert isinstance(click, Click)
        far = hypot(click.x - before.x, click.y - before.y)
        return far < self.threshold_px and row.at - last.at < self.timeout_ms


TOLERANCE_MS = 100
"""Changes so long before a click count as its own: what the page's observer has to allow."""

DEAD_CLICK = PlainDeadClick(
    timeout_ms=500,
    life=("dom", "nav", "scroll", "selection", "dialog"),
    kinds=frozenset({"inert"}),
)
"""No change within 500 ms of a click on what is not surely without function."""
