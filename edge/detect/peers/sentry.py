"""
Sentry (replay, 2026): slow clicks in the browser, which its server calls dead or rage.

Quirks that are kept: a reaction after exactly 0 ms counts as none, and clicks are
counted for every pending click of an element, so that one series can be several rages.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from edge.detect.clicks import earliest
from edge.detect.peers.common import (
    ClickDetector,
    Verdict,
    burst,
    clicks_in,
    is_input,
    opened,
    path_of,
)
from edge.detect.row import Finding, Row
from edge.events.event import SignalName
from edge.events.raw import Click, Kind

MUTATIONS = ("dom", "selection", "media", "nav", "dialog")
"""What counts as a mutation: also selections and media."""
NOT_HERE: frozenset[Kind] = frozenset({"tab", "download"})
"""A link that opens elsewhere, or a download."""


class Candidate:
    """A click that is waited for, and the clicks on its element meanwhile."""

    __slots__ = ("row", "run", "target")

    def __init__(self, row: Row, target: str) -> None:
        self.row = row
        self.target = target
        self.run: list[Row] = []


@dataclass(frozen=True, slots=True)
class _SlowClicks(ClickDetector):
    """The browser's part: what became of each click on a link or a button."""

    threshold_ms: float = 3000
    timeout_ms: float = 7000
    scroll_ms: float = 300
    once_ms: float = 1000
    """A click this soon after a pending one on the same element is counted, not judged."""
    rage_clicks: int = 5
    """Clicks of a dead series that the server calls rage."""
    server_ms: float = 7000
    """The server takes no click for dead that was waited for less."""

    @property
    def gap_ms(self) -> float:
        """Rows this far apart do not concern each other."""
        return self.timeout_ms

    @property
    def watch_ms(self) -> float:
        """The page must be watched so long after a click."""
        return self.timeout_ms

    def judged(self, rows: Sequence[Row]) -> Iterator[tuple[Row, Verdict, list[Row]]]:
        """Yield (click, what the browser says, all clicks on the element while it was pending)."""
        candidates: list[Candidate] = []
        ignored: list[Row] = []
        for row, click in clicks_in(rows):
            pending = [
                c
                for c in candidates
                if c.target == click.target and row.at < c.row.at + self.timeout_ms
            ]
            if _judged(click) and not any(row.at - c.row.at < self.once_ms for c in pending):
                candidates.append(Candidate(row, click.target))
                pending.append(candidates[-1])
            else:
                ignored.append(row)
            for candidate in pending:
                candidate.run.append(row)
        for row in ignored:
            yield row, "ignored", []
        for candidate in candidates:
            yield candidate.row, self._browser(candidate), candidate.run

    def classified(self, rows: Sequence[Row]) -> Iterator[tuple[Row, Verdict, list[Row]]]:
        """Yield what the server makes of it: ``rage``, ``dead`` or ``unknown``."""
        for row, verdict, run in self.judged(rows):
            if verdict == "slow_timeout" and self.timeout_ms >= self.server_ms:
                yield row, "rage" if len(run) >= self.rage_clicks else "dead", run
            else:
                yield row, verdict if verdict == "ignored" else "unknown", run

    def _browser(self, candidate: Candidate) -> Verdict:
        reaction = candidate.row.reaction
        if reaction is None:
            return "unknown"
        changes = (earliest(reaction, MUTATIONS), opened(reaction))
        # 0 is falsy there, and so here
        mutation = min((at for at in changes if at is not None), default=0.0) or None
        scroll = reaction.scroll or None
        if (scroll and scroll <= self.scroll_ms) or (mutation and mutation <= self.threshold_ms):
            return "multi" if len(candidate.run) > 1 else "alive"
        if mutation is not None and mutation < self.timeout_ms:
            return "slow_mutation"
        return "slow_timeout" if reaction.watched >= self.timeout_ms else "pending"


@dataclass(frozen=True, slots=True)
class RageClick(_SlowClicks):
    """A dead click of which the element had ``rage_clicks`` or more while it was pending."""

    signal: ClassVar[SignalName] = "rage_click"

    def find(self, rows: Sequence[Row]) -> Iterator[Finding]:
        """Return one finding a candidate that is a rage."""
        return _findings(self.classified(rows), "rage")


@dataclass(frozen=True, slots=True)
class DeadClick(_SlowClicks):
    """Nothing came of a click on a link or a button for ``timeout_ms``."""

    signal: ClassVar[SignalName] = "dead_click"

    def find(self, rows: Sequence[Row]) -> Iterator[Finding]:
        """Return one finding a dead click."""
        return _findings(self.classified(rows), "dead")


@dataclass(frozen=True, slots=True)
class SlowClick(_SlowClicks):
    """The first mutation came later than ``threshold_ms`` and before ``timeout_ms``."""

    signal: ClassVar[SignalName] = "slow_click"

    def find(self, rows: Sequence[Row]) -> Iterator[Finding]:
        """Return one finding a slow click."""
        return _findings(self.judged(rows), "slow_mutation")


def _findings(
    judged: Iterator[tuple[Row, Verdict, list[Row]]],
    wanted: Literal["rage", "dead", "slow_mutation"],
) -> Iterator[Finding]:
    for _, verdict, run in judged:
        if verdict == wanted:
            yield burst(run)


def _judged(click: Click) -> bool:
    path = path_of(click)
    nearest = next((element for element in path if element.tag in ("a", "button")), path[0])
    if nearest.tag == "a" and click.kind in NOT_HERE:
        return False
    return nearest.tag in ("a", "button") or is_input(nearest, click, ("submit", "button"))
