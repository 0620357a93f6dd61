"""Mixpanel (mixpanel-js, 2026): rage and dead clicks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import hypot
from typing import ClassVar

from edge.detect.clicks import earliest
from edge.detect.peers.common import (
    ClickDetector,
    DeadClickDetector,
    Life,
    Verdict,
    burst,
    clicks_in,
    path_of,
)
from edge.detect.row import Finding, Row
from edge.events.event import SignalName
from edge.events.raw import Click, Reaction

INERT_TAGS = frozenset(
    {"article", "div", "h1", "h2", "h3", "h4", "h5", "h6", "p", "section", "span"}
    | {"base", "head", "html", "link", "meta", "script", "style", "title", "br", "hr", "wbr"}
    | {"noscript", "picture", "source", "template", "track"}
)
"""Without an interactive element around them these surely have no function."""


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
            if self.interactive_elements_only and _is_inert(click):
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


def _is_inert(click: Click) -> bool:
    """Only what surely has no function: bare text and boxes with nothing interactive around."""
    return click.kind == "inert" and path_of(click)[0].tag in INERT_TAGS


@dataclass(frozen=True, slots=True)
class DeadClick(DeadClickDetector):
    """
    No change within ``timeout_ms`` of a click on what is not surely without function.

    A request, media and a window that opens are no change there; what toggles is.
    """

    timeout_ms: float = 500
    life: tuple[Life, ...] = ("dom", "nav", "scroll", "selection", "dialog")
    """Kinds of reaction that keep a click alive."""

    @property
    def gap_ms(self) -> float:
        """Each click is judged by itself."""
        return 0

    @property
    def watch_ms(self) -> float:
        """The page must be watched so long after a click."""
        return self.timeout_ms

    def verdicts(self, rows: Sequence[Row]) -> Iterator[tuple[Row, Verdict]]:
        """Say of each click what became of it."""
        for row, click in clicks_in(rows):
            yield row, "ignored" if _is_inert(click) else self._verdict(row.reaction)

    def _verdict(self, reaction: Reaction | None) -> Verdict:
        if reaction is None:
            return "unknown"
        at = earliest(reaction, self.life)
        if at is not None and at < self.timeout_ms:
            return "alive"
        return "dead" if reaction.watched >= self.timeout_ms else "pending"
