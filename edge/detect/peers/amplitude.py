"""Amplitude (Amplitude-TypeScript, 2026): rage, dead and error clicks, thrashed cursor."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from edge.detect.error_click import ErrorClick
from edge.detect.peers.common import ClickDetector, PlainDeadClick, burst
from edge.detect.pointer import Change, Shake
from edge.detect.row import Finding, Row
from edge.events.event import SignalName
from edge.events.raw import Click, Select, Signal


@dataclass(frozen=True, slots=True)
class RageClick(ClickDetector):
    """
    ``click_count`` clicks on one tracked element within ``window_ms``, all in a box of
    ``box_px``; one event for the whole burst. A change of selection empties the window.
    """

    signal: ClassVar[SignalName] = "rage_click"
    reads: ClassVar[tuple[type[Signal], ...]] = (Click, Select)

    click_count: int = 4
    window_ms: float = 1000
    box_px: float = 50

    @property
    def gap_ms(self) -> float:
        """Rows this far apart do not concern each other."""
        return self.window_ms

    def find(self, rows: Sequence[Row]) -> Iterator[Finding]:
        """Return one finding a burst, with its full count."""
        run: list[Row] = []
        for row in rows:
            if not isinstance(row.payload, Click):
                # Selecting loses what is still waiting for its timer.
                if isinstance(row.payload, Select) and run:
                    yield from self._finished(run if self._is_over(run, row) else [])
                    run = []
            elif run and self._continues(run, row):
                run.append(row)
            else:
                yield from self._finished(run)
                run = [row]
        yield from self._finished(run)

    def _finished(self, run: list[Row]) -> Iterator[Finding]:
        if len(run) >= self.click_count:
            yield burst(run)

    def _is_over(self, run: list[Row], row: Row) -> bool:
        return row.at - run[-1].at >= self.window_ms

    def _continues(self, run: list[Row], row: Row) -> bool:
        clicks = [each.payload for each in (*run, row) if isinstance(each.payload, Click)]
        first = run[max(0, len(run) - self.click_count + 1)]
        wide = max(click.x for click in clicks) - min(click.x for click in clicks)
        high = max(click.y for click in clicks) - min(click.y for click in clicks)
        return (
            clicks[-1].target == clicks[-2].target
            and row.at - first.at < self.window_ms
            and max(wide, high) <= self.box_px
        )


DEAD_CLICK = PlainDeadClick(
    timeout_ms=3000,
    life=("dom", "nav"),
    tags=frozenset({"a", "button"}),
    input_types=frozenset({"button", "submit", "reset", "image", "file"}),
    roles=frozenset(
        {"button", "link", "menuitem", "menuitemcheckbox", "menuitemradio"}
        | {"option", "tab", "treeitem"}
    ),
    kinds=frozenset({"outgoing"}),
    left_only=True,
)
"""No mutation and no navigation within 3 s of a left click on an allow-listed element."""

ERROR_CLICK = ErrorClick(within_ms=2000, exclusive=False)
"""An error within 2 s of a click."""


def thrashed(
    changes: Iterable[Change], *, direction_changes: int = 20, window_ms: float = 2000
) -> Iterator[Shake]:
    """
    Yield the bursts in *changes* of direction: ``direction_changes`` on one axis in
    less than ``window_ms``; a burst ends when the pace falls or nothing comes for that long.
    """
    axes: dict[Literal["x", "y"], deque[float]] = {
        "x": deque(maxlen=direction_changes),
        "y": deque(maxlen=direction_changes),
    }
    start: float | None = None
    last, count = 0.0, 0
    for change in changes:
        if start is not None and change.at - last >= window_ms:
            yield Shake(start, count, last - start)
            start = None
            axes["x"].clear()
            axes["y"].clear()
        axes[change.axis].append(change.at)
        firsts = [
            times[0]
            for times in axes.values()
            if len(times) == direction_changes and times[-1] - times[0] < window_ms
        ]
        if firsts:
            count = direction_changes if start is None else count + 1
            start, last = (min(firsts) if start is None else start), change.at
        elif start is not None:
            yield Shake(start, count, last - start)
            start = None
            axes["x"].clear()
            axes["y"].clear()
    if start is not None:
        yield Shake(start, count, last - start)
