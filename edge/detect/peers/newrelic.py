"""New Relic (browser agent, 2026): rage, dead and error clicks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from edge.detect.clicks import earliest
from edge.detect.error_click import ErrorClick as AnyErrorClick
from edge.detect.peers.common import (
    LINKS,
    ClickDetector,
    DeadClickDetector,
    Life,
    Verdict,
    burst,
    is_input,
    path_of,
)
from edge.detect.row import Finding, Row
from edge.events.event import SignalName
from edge.events.raw import Click, Error, Input, Select, Signal, Submit

ACTIONS: tuple[type[Signal], ...] = (Click, Input, Submit, Select)
"""What a visitor does, as far as the widget tells it."""
LIFE: tuple[Life, ...] = ("dom", "nav", "request", "scroll")
"""What clears its timer; a scroll is another action there."""


def is_button_or_link(click: Click) -> bool:
    """Say whether a button, a link or what lies in one is clicked."""
    return click.kind in LINKS or any(
        element.tag in ("a", "button") or is_input(element, click, ("button",))
        for element in path_of(click)
    )


def series(rows: Sequence[Row]) -> Iterator[tuple[list[Row], Row | None]]:
    """
    Yield each unbroken series of clicks on one selector, and the action that broke it.

    That is any other action: a click elsewhere, another button, typing, sending, selecting.
    """
    run: list[Row] = []
    for row in rows:
        if isinstance(row.payload, Input) and row.payload.phase != "change":
            continue  # an element's focus is no action there
        click = row.payload if isinstance(row.payload, Click) else None
        left = click is not None and click.button == 0
        same = left and (not run or _target(row) == _target(run[-1]))
        if run and not same:
            yield run, row
            run = []
        if left:
            run.append(row)
    if run:
        yield run, None


@dataclass(frozen=True, slots=True)
class RageClick(ClickDetector):
    """``click_count`` clicks within ``window_ms`` in an unbroken series on one selector."""

    signal: ClassVar[SignalName] = "rage_click"
    reads: ClassVar[tuple[type[Signal], ...]] = ACTIONS

    click_count: int = 4
    window_ms: float = 1000

    @property
    def gap_ms(self) -> float:
        """A series has no limit in time: all of a stream concerns each other."""
        return float(2**53)

    def find(self, rows: Sequence[Row]) -> Iterator[Finding]:
        """Return one finding a series that was a rage at some moment."""
        for run, _ in series(rows):
            pairs = zip(run, run[self.click_count - 1 :], strict=False)
            if any(last.at - first.at < self.window_ms for first, last in pairs):
                yield burst(run)


@dataclass(frozen=True, slots=True)
class DeadClick(DeadClickDetector):
    """
    No mutation, navigation or request and no other action within ``timeout_ms`` of the first
    click of a series on a button or a link. The others of the series are not judged.
    """

    reads: ClassVar[tuple[type[Signal], ...]] = ACTIONS

    timeout_ms: float = 2000

    @property
    def gap_ms(self) -> float:
        """A series has no limit in time: all of a stream concerns each other."""
        return float(2**53)

    @property
    def watch_ms(self) -> float:
        """The page must be watched so long after a click."""
        return self.timeout_ms

    def verdicts(self, rows: Sequence[Row]) -> Iterator[tuple[Row, Verdict]]:
        """Say of each click what became of it."""
        for run, broken in series(rows):
            first = run[0]
            soon = broken is not None and broken.at - first.at < self.timeout_ms
            yield first, self._verdict(first, broken_soon=soon)
            for row in run[1:]:
                yield row, "ignored"

    def _verdict(self, row: Row, *, broken_soon: bool) -> Verdict:
        click, reaction = row.payload, row.reaction
        if not isinstance(click, Click) or not is_button_or_link(click):
            return "ignored"
        if broken_soon:
            return "alive"
        if reaction is None:
            return "unknown"
        found = (earliest(reaction, LIFE), reaction.focus or None)  # 0: before the click
        if any(at is not None and at < self.timeout_ms for at in found):
            return "alive"
        return "dead" if reaction.watched >= self.timeout_ms else "pending"


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
            if isinstance(click, Click) and click.button == 0 and is_button_or_link(click):
                yield finding


def _target(row: Row) -> str:
    return row.payload.target if isinstance(row.payload, Click) else ""
