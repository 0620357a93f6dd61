"""
PostHog (posthog-js, 2026): rage and dead clicks.

Quirks that are kept: distance and time are bounded from click to click only, so
that a run may drift; clicks are looked at every second from the first that waits, and one
that is 2,500 to 2,750 ms old then is neither found nor looked at again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf
from typing import ClassVar

from msgspec import Struct

from edge.detect.peers.common import (
    LINKS,
    ClickDetector,
    DeadClickDetector,
    Verdict,
    burst,
    clicks_in,
    path_of,
)
from edge.detect.row import Finding, Row
from edge.events.event import SignalName
from edge.events.raw import Click, Kind, Reaction

LOOK_MS = 1000
"""Between two looks at the clicks that wait."""


@dataclass(frozen=True, slots=True)
class RageClick(ClickDetector):
    """``click_count`` clicks, each near the one before in place (Manhattan) and time."""

    signal: ClassVar[SignalName] = "rage_click"

    threshold_px: float = 30
    timeout_ms: float = 1000
    click_count: int = 3
    kinds: frozenset[Kind] = frozenset({"stepper", "pager", "entry"})
    """Kinds on which a run does not fire: the defaults of 2026-05-30."""

    @property
    def gap_ms(self) -> float:
        """Rows this far apart do not concern each other."""
        return self.timeout_ms

    def find(self, rows: Sequence[Row]) -> Iterator[Finding]:
        """Return one finding a run, at its ``click_count``-th click."""
        run: list[Row] = []
        for row, click in clicks_in(rows):
            if not (run and self._continues(run[-1], row)):
                run = []
            run.append(row)
            if len(run) == self.click_count and click.kind not in self.kinds:
                yield burst(run)

    def _continues(self, last: Row, row: Row) -> bool:
        before, click = last.payload, row.payload
        assert isinstance(before, Click)
        assert isinstance(click, Click)
        far = abs(click.x - before.x) + abs(click.y - before.y)
        return far < self.threshold_px and row.at - last.at < self.timeout_ms


@dataclass(frozen=True, slots=True)
class DeadClick(DeadClickDetector):
    """No mutation, scroll, selection or change of visibility near a click on no link."""

    mutation_threshold_ms: float = 2500
    scroll_threshold_ms: float = 100
    selection_change_threshold_ms: float = 100
    visibility_ms: float = 1000
    absolute: float = 1.1
    """Times the mutation threshold: when a click without anything is given up."""
    repeat_ms: float = 1000
    """A click on an element that was clicked less than this before is no candidate."""

    @property
    def gap_ms(self) -> float:
        """Rows this far apart do not concern each other: the first click's list is empty."""
        return self.mutation_threshold_ms + LOOK_MS

    @property
    def watch_ms(self) -> float:
        """The page must be watched so long after a click."""
        return self.mutation_threshold_ms

    def verdicts(
        self, rows: Sequence[Row], looks: Sequence[float] | None = None
    ) -> Iterator[tuple[Row, Verdict]]:
        """
        Say of each click what became of it.

        *looks* are the moments at which the list of clicks that wait is looked at, ms since
        1970; None: a second after the first click, and on while any waits.
        """
        given = None if looks is None else iter(looks)
        due = inf if given is None else next(given, inf)
        waiting: list[Row] = []
        for row, click in clicks_in(rows):
            while due <= row.at:
                yield from self._look(waiting, due)
                due = _next(due, given, waiting)
            repeated = any(_same(row, other, self.repeat_ms) for other in waiting)
            if repeated or click.modified or _is_skipped(click):
                yield row, "ignored"
                continue
            waiting.append(row)
            due = row.at + LOOK_MS if given is None and due == inf else due
        while due < inf:
            yield from self._look(waiting, due)
            due = _next(due, given, waiting)
        yield from ((row, "pending") for row in waiting)

    def _look(self, waiting: list[Row], now: float) -> Iterator[tuple[Row, Verdict]]:
        """Yield what is decided at *now*, and take it off the list."""
        for row in [*waiting]:
            verdict = self._judge(row.reaction, now - row.at)
            if verdict != "pending":
                waiting.remove(row)
                yield row, verdict

    def _judge(self, reaction: Reaction | None, age: float) -> Verdict:
        """Say what a look at a click after *age* ms finds."""
        if reaction is None:
            return "unknown"
        limits = [
            (at, limit)
            for at, limit in (
                (reaction.dom, self.mutation_threshold_ms),
                (reaction.scroll, self.scroll_threshold_ms),
                (reaction.selection, self.selection_change_threshold_ms),
            )
            if at is not None and at <= age
        ]
        woke = reaction.focus is not None and reaction.focus <= age
        if woke and reaction.focus is not None and reaction.focus < self.visibility_ms:
            return "alive"
        if any(at < limit for at, limit in limits):
            return "alive"
        if reaction.watched < min(age, self.mutation_threshold_ms):
            return "unknown"
        if limits or age >= self.mutation_threshold_ms * self.absolute:
            return "dead"
        return "pending" if age < self.mutation_threshold_ms else "dropped"


def _next(due: float, given: Iterator[float] | None, waiting: list[Row]) -> float:
    """Return the moment of the look after the one at *due*."""
    if given is not None:
        return next(given, inf)
    return due + LOOK_MS if waiting else inf


def _same(row: Row, other: Row, within_ms: float) -> bool:
    """Say whether *other* is a click on the same element not long before *row*."""
    one, two = row.payload, other.payload
    assert isinstance(one, Click)
    assert isinstance(two, Click)
    return one.target == two.target and row.at - other.at < within_ms


def _is_skipped(click: Click) -> bool:
    """Within ``a``, with or without a destination, or the document itself."""
    path = path_of(click)
    tags = {element.tag for element in path}
    return click.kind in LINKS or "a" in tags or path[0].tag in ("html", "")


class Playlist(Struct, frozen=True):
    """PostHog's score of a session, and whether it is on the list of frustrated ones."""

    score: int
    included: bool


def playlist(*, rage_clicks: int, exceptions: int, over: int = 5) -> Playlist:
    """Return ``3 × rage click + 2 × exception``; on the list are sessions *over* 5."""
    score = 3 * rage_clicks + 2 * exceptions
    return Playlist(score, score > over)
