"""
OpenReplay (backend and tracker, 2026): click rage, dead clicks, mouse thrashing.

Quirks that are kept: a click is dead only when a later message shows that time
has passed, so a page that never changes again has none; a label falls back to what names
the element in the page, so that icon buttons count and plain text does not.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

from edge.detect.detector import Scope
from edge.detect.peers.common import (
    ClickDetector,
    DeadClickDetector,
    Verdict,
    burst,
    clicks_in,
    tag_of,
)
from edge.detect.row import Finding, Row
from edge.events.event import SignalName
from edge.events.raw import Click, Pointer, RawPayload, Signal


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
class DeadClick(DeadClickDetector):
    """The next change of the page or click came ``relation_ms`` or more after a click."""

    relation_ms: float = 1234

    @property
    def gap_ms(self) -> float:
        """The next click may come at any time: all of a stream concerns each other."""
        return float(2**53)

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


@dataclass(frozen=True, slots=True)
class Thrash:
    """
    More than ``direction_changes`` turns in ``interval_ms``, reached with an acceleration
    over ``threshold`` px/ms²: from rest to the speed of the shake within one interval.
    """

    signal: ClassVar[SignalName] = "thrash"
    version: ClassVar[int] = 1
    scope: ClassVar[Scope] = "row"
    reads: ClassVar[tuple[type[Signal], ...]] = (Pointer,)

    threshold: float = 0.008
    interval_ms: float = 225
    direction_changes: int = 4

    def wants(self, payload: RawPayload) -> bool:
        """Say whether this shake is one."""
        if not isinstance(payload, Pointer) or not payload.duration:
            return False
        speed = (payload.travel or 0.0) / payload.duration
        pace = payload.changes * self.interval_ms / payload.duration
        return pace > self.direction_changes and speed / self.interval_ms > self.threshold

    def find(self, rows: Sequence[Row]) -> Iterator[Finding]:
        """Return one finding a shake; its count is the changes of direction."""
        for row in rows:
            shake = row.payload
            if isinstance(shake, Pointer) and self.wants(shake):
                yield Finding((row,), count=shake.changes, duration=shake.duration)
