"""Amplitude (Amplitude-TypeScript, 2026): rage, dead and error clicks, thrashed cursor."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf
from typing import ClassVar, NamedTuple

from edge.detect.clicks import earliest
from edge.detect.error_click import CLOCK_STEP, delay
from edge.detect.peers.common import (
    ClickDetector,
    DeadClickDetector,
    Life,
    Verdict,
    burst,
    clicks_in,
    is_input,
    path_of,
)
from edge.detect.row import Finding, Row
from edge.detect.thrash import Thrash
from edge.events.event import SignalName
from edge.events.raw import Click, Error, Select, Signal

TAGS = frozenset({"a", "button"})
INPUTS = frozenset({"button", "submit", "reset", "image", "file"})
ROLES = frozenset(
    {"button", "link", "menuitem", "menuitemcheckbox", "menuitemradio", "option", "tab", "treeitem"}
)
"""Its default allow-list for dead and error clicks, with what is contenteditable."""


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
        box = Box()
        for row in rows:
            click = row.payload
            if isinstance(click, Click):
                if click.button != 0:
                    continue
                wider = box.with_point(click.x, click.y)
                if run and self._continues(run, row) and wider.side <= self.box_px:
                    run.append(row)
                    box = wider
                else:
                    yield from self._finished(run)
                    run, box = [row], Box().with_point(click.x, click.y)
            elif run and isinstance(click, Select):
                # Selecting loses what is still waiting for its timer.
                yield from self._finished(run if self._is_over(run, row) else [])
                run = []
        yield from self._finished(run)

    def _finished(self, run: list[Row]) -> Iterator[Finding]:
        if len(run) >= self.click_count:
            yield burst(run)

    def _is_over(self, run: list[Row], row: Row) -> bool:
        return row.at - run[-1].at >= self.window_ms

    def _continues(self, run: list[Row], row: Row) -> bool:
        before, click = run[-1].payload, row.payload
        assert isinstance(before, Click)
        assert isinstance(click, Click)
        first = run[max(0, len(run) - self.click_count + 1)]
        return click.target == before.target and row.at - first.at < self.window_ms


class Box(NamedTuple):
    """The smallest box around some points, CSS px."""

    left: float = inf
    top: float = inf
    right: float = -inf
    bottom: float = -inf

    def with_point(self, x: float, y: float) -> "Box":
        """Return the box that holds this point too."""
        return Box(min(self.left, x), min(self.top, y), max(self.right, x), max(self.bottom, y))

    @property
    def side(self) -> float:
        """The longer side."""
        return max(self.right - self.left, self.bottom - self.top)


def is_tracked(click: Click) -> bool:
    """
    Say whether an element of the allow-list is clicked: the target or what it lies in, but
    no link that opens elsewhere.
    """
    if click.kind == "tab":
        return False
    path = path_of(click)
    editable = click.kind == "entry" and path[0].tag not in ("input", "textarea")
    return editable or any(
        element.tag in TAGS or is_input(element, click, INPUTS) or element.role in ROLES
        for element in path
    )


@dataclass(frozen=True, slots=True)
class DeadClick(DeadClickDetector):
    """
    No mutation and no navigation within ``timeout_ms`` of a click on a tracked element.

    One waits at a time: what is clicked meanwhile is not judged.
    """

    timeout_ms: float = 3000
    life: tuple[Life, ...] = ("dom", "nav")
    """Kinds of reaction that keep a click alive."""

    @property
    def gap_ms(self) -> float:
        """Rows this far apart do not concern each other."""
        return self.timeout_ms

    @property
    def watch_ms(self) -> float:
        """The page must be watched so long after a click."""
        return self.timeout_ms

    def verdicts(self, rows: Sequence[Row]) -> Iterator[tuple[Row, Verdict]]:
        """Say of each click what became of it."""
        busy_until = -inf
        for row, click in clicks_in(rows):
            if row.at < busy_until or not is_tracked(click):
                yield row, "ignored"
                continue
            answer = None if row.reaction is None else earliest(row.reaction, self.life)
            alive = answer is not None and answer < self.timeout_ms
            busy_until = row.at + (answer if alive and answer is not None else self.timeout_ms)
            if row.reaction is None:
                yield row, "unknown"
            elif alive:
                yield row, "alive"
            else:
                yield row, "dead" if row.reaction.watched >= self.timeout_ms else "pending"


@dataclass(frozen=True, slots=True)
class ErrorClick(ClickDetector):
    """The first error less than ``within_ms`` after the latest click on a tracked element."""

    signal: ClassVar[SignalName] = "error_click"
    reads: ClassVar[tuple[type[Signal], ...]] = (Click, Error)

    within_ms: float = 2000

    @property
    def gap_ms(self) -> float:
        """Rows this far apart do not concern each other."""
        return self.within_ms + CLOCK_STEP

    def find(self, rows: Sequence[Row]) -> Iterator[Finding]:
        """Return one finding a click."""
        latest: Row | None = None
        for row in rows:
            click = row.payload
            if isinstance(click, Click) and click.button == 0 and is_tracked(click):
                latest = row
            elif isinstance(click, Error) and latest is not None:
                named = click.of == latest.n
                after = delay(row, latest) if named else float(row.at - latest.at)
                if 0 <= after < self.within_ms:
                    target = latest.payload
                    assert isinstance(target, Click)
                    yield Finding((latest, row), target.target, target.name, duration=after)
                latest = None


THRASH = Thrash(changes=20, within_ms=2000, step_px=0)
"""20 changes of direction on one axis in less than 2 s, however small."""
