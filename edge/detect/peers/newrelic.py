"""New Relic (browser agent, 2026): rage, dead and error clicks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from edge.detect.error_click import ErrorClick as AnyErrorClick
from edge.detect.peers.common import ClickDetector, PlainDeadClick, burst, tag_of
from edge.detect.row import Finding, Row
from edge.events.event import SignalName
from edge.events.raw import Click, Error, Input, Select, Signal, Submit

BUTTONS_AND_LINKS = frozenset({"a", "button"})


@dataclass(frozen=True, slots=True)
class RageClick(ClickDetector):
    """
    ``click_count`` clicks within ``window_ms`` in an unbroken series on one selector.
    Any other action of the visitor begins a new series.
    """

    signal: ClassVar[SignalName] = "rage_click"
    reads: ClassVar[tuple[type[Signal], ...]] = (Click, Input, Submit, Select)

    click_count: int = 4
    window_ms: float = 1000

    @property
    def gap_ms(self) -> float:
        """A series has no limit in time: all of a stream concerns each other."""
        return float(2**53)

    def find(self, rows: Sequence[Row]) -> Iterator[Finding]:
        """Return one finding a series that was a rage at some moment."""
        series: list[Row] = []
        for row in rows:
            same = isinstance(row.payload, Click) and (
                not series or row.payload.target == _target(series[-1])
            )
            if not same and series:
                yield from self._rage(series)
                series = []
            if isinstance(row.payload, Click):
                series.append(row)
        yield from self._rage(series)

    def _rage(self, series: list[Row]) -> Iterator[Finding]:
        pairs = zip(series, series[self.click_count - 1 :], strict=False)
        if any(last.at - first.at < self.window_ms for first, last in pairs):
            yield burst(series)


@dataclass(frozen=True, slots=True)
class ErrorClick(ClickDetector):
    """An error less than ``within_ms`` after a click on a button or a link."""

    signal: ClassVar[SignalName] = "error_click"
    reads: ClassVar[tuple[type[Signal], ...]] = (Click, Error)

    within_ms: float = 2000

    @property
    def gap_ms(self) -> float:
        """Rows this far apart do not concern each other."""
        return AnyErrorClick(within_ms=self.within_ms).gap_ms

    def find(self, rows: Sequence[Row]) -> Iterator[Finding]:
        """Return one finding a click."""
        for finding in AnyErrorClick(within_ms=self.within_ms).find(rows):
            click = finding.rows[0].payload
            if isinstance(click, Click) and tag_of(click) in BUTTONS_AND_LINKS:
                yield finding


DEAD_CLICK = PlainDeadClick(timeout_ms=2000, life=("dom", "nav", "request"), tags=BUTTONS_AND_LINKS)
"""No mutation, navigation or request within 2 s of a click on a button or a link."""


def _target(row: Row) -> str:
    return row.payload.target if isinstance(row.payload, Click) else ""
