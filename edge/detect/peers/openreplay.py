"""
OpenReplay (backend and tracker, 2026): click rage, dead clicks, mouse thrashing.

Quirks that are kept: a click is dead only when a later message shows that time
has passed, so a page that never changes again has none; the thrash detector does not
reset its first interval, and a steady shake is found once.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

from edge.detect.peers.common import ClickDetector, Verdict, burst, clicks_in, tag_of
from edge.detect.pointer import Move, Shake
from edge.detect.row import Finding, Row
from edge.events.event import SignalName
from edge.events.raw import Click


def label_of(click: Click) -> str:
    """Return what stands for their label: the element's name, else where it is; inert has none."""
    return click.name or ("" if click.kind == "inert" else click.target)


@dataclass(frozen=True, slots=True)
class RageClick(ClickDetector):
    """``click_count`` clicks on one label, each less than ``gap`` ms after the one before."""

    signal: ClassVar[SignalName] = "rage_click"

    gap: float = 300
    click_count: int = 3

    @property
    def gap_ms(self) -> float:
        """Rows this far apart do not concern each other."""
        return self.gap

    def find(self, rows: Sequence[Row]) -> Iterator[Finding]:
        """Return one finding a run, with its full count."""
        run: list[Row] = []
        last = ""
        for row, click in clicks_in(rows):
            label = label_of(click)
            if run and (label != last or row.at - run[-1].at >= self.gap):
                yield from self._rage(run)
                run = []
            if label:
                run.append(row)
            last = label
        yield from self._rage(run)

    def _rage(self, run: list[Row]) -> Iterator[Finding]:
        if len(run) >= self.click_count:
            yield burst(run)


@dataclass(frozen=True, slots=True)
class DeadClick(ClickDetector):
    """The next change of the page or click came ``relation_ms`` or more after a click."""

    signal: ClassVar[SignalName] = "dead_click"

    relation_ms: float = 1234

    @property
    def gap_ms(self) -> float:
        """The next click may come at any time: all of a stream concerns each other."""
        return float(2**53)

    def find(self, rows: Sequence[Row]) -> Iterator[Finding]:
        """Return one finding a dead click."""
        for row, verdict in self.verdicts(rows):
            if verdict == "dead":
                yield burst([row])

    def verdicts(self, rows: Sequence[Row]) -> Iterator[tuple[Row, Verdict]]:
        """Say of each click what became of it."""
        labelled = [row for row, click in clicks_in(rows) if label_of(click)]
        following = {row.n: later for row, later in pairwise(labelled)}
        for row, click in clicks_in(rows):
            field = click.kind in ("entry", "picker") or tag_of(click) == "input"
            if field or not label_of(click):
                yield row, "ignored"
                continue
            later = following.get(row.n)
            messages = [] if later is None else [float(later.at - row.at)]
            if row.reaction is not None and row.reaction.dom is not None:
                messages.append(row.reaction.dom)
            late = min(messages, default=0.0) >= self.relation_ms
            yield row, "dead" if late else "alive"


def shaken(
    moves: Iterable[Move],
    *,
    threshold: float = 0.008,
    interval_ms: float = 225,
    direction_changes: int = 4,
) -> Iterator[Shake]:
    """
    Yield the intervals of *moves* with more than *direction_changes* horizontal turns (rest
    counts as a direction) and an acceleration over *threshold* px/ms². Time begins at 0.
    """
    tick = interval_ms
    velocity = distance = 0.0
    changes, direction = 0, 0
    last: Move | None = None
    for move in [*moves, None]:
        while move is None or move.at > tick:
            following = distance / interval_ms
            if velocity:
                faster = (following - velocity) / interval_ms
                if changes > direction_changes and faster > threshold:
                    yield Shake(tick - interval_ms, changes, interval_ms)
                distance, changes = 0.0, 0
            velocity = following
            if move is None:
                return
            tick += interval_ms
        if last is not None:
            step = move.x - last.x
            distance += abs(step) + abs(move.y - last.y)
            sign = (step > 0) - (step < 0)
            changes += sign != direction
            direction = sign
        last = move
