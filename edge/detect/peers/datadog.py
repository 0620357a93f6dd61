"""Datadog RUM (browser-sdk, 2026): rage, dead and error clicks, judged on chains of clicks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import hypot, inf
from typing import ClassVar

from edge.detect.clicks import earliest
from edge.detect.error_click import ErrorClick
from edge.detect.peers.common import (
    LINKS,
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

ACTIVITY = ("dom", "nav", "request", "media", "dialog")
"""What their page activity sees: mutations, resources, requests, window.open."""
JUDGED_INPUTS = frozenset({"checkbox", "radio", "button", "submit", "reset", "range"})
"""Inputs whose clicks show something."""
NEVER: frozenset[Kind] = LINKS | {"entry", "canvas"}
ERROR_CLICK = ErrorClick(within_ms=10_000, exclusive=False)
"""Any error while the action lives, at most 10 s."""


def chains(rows: Sequence[Row], chain_px: float, chain_ms: float) -> Iterator[list[Row]]:
    """Yield chains: one target, at most *chain_px* and less than *chain_ms* to the one before."""
    chain: list[Row] = []
    for row, click in clicks_in(rows):
        if chain:
            before = chain[-1].payload
            assert isinstance(before, Click)
            far = hypot(click.x - before.x, click.y - before.y)
            late = row.at - chain[-1].at >= chain_ms
            if late or far > chain_px or click.target != before.target:
                yield chain
                chain = []
        chain.append(row)
    if chain:
        yield chain


def _selected(row: Row) -> bool:
    click = row.payload
    reaction = row.reaction
    return (isinstance(click, Click) and click.selected) or (
        reaction is not None and reaction.selection is not None
    )


def _scrolled(row: Row) -> bool:
    return row.reaction is not None and row.reaction.scroll is not None


@dataclass(frozen=True, slots=True)
class RageClick(ClickDetector):
    """Any ``clicks`` of a chain within ``within_ms``, and none with a selection or a scroll."""

    signal: ClassVar[SignalName] = "rage_click"

    clicks: int = 3
    within_ms: float = 1000
    chain_px: float = 100
    chain_ms: float = 1000

    @property
    def gap_ms(self) -> float:
        """Rows this far apart do not concern each other."""
        return self.chain_ms

    def find(self, rows: Sequence[Row]) -> Iterator[Finding]:
        """Return one finding a chain."""
        for chain in chains(rows, self.chain_px, self.chain_ms):
            if any(_selected(row) or _scrolled(row) for row in chain):
                continue
            pairs = zip(chain, chain[self.clicks - 1 :], strict=False)
            if any(last.at - first.at <= self.within_ms for first, last in pairs):
                yield burst(chain)


@dataclass(frozen=True, slots=True)
class DeadClick(ClickDetector):
    """No activity within ``validation_ms`` of pointerdown, where the target should show some."""

    signal: ClassVar[SignalName] = "dead_click"

    validation_ms: float = 100
    chain_px: float = 100
    chain_ms: float = 1000
    kinds: frozenset[Kind] = NEVER
    """Kinds that are never judged, besides selects and textual inputs."""

    @property
    def watch_ms(self) -> float:
        """The page must be watched so long after a click."""
        return self.validation_ms

    @property
    def gap_ms(self) -> float:
        """Rows this far apart do not concern each other."""
        return self.chain_ms

    def find(self, rows: Sequence[Row]) -> Iterator[Finding]:
        """Return one finding a dead click; a chain that is a rage is one action there."""
        rage = RageClick(chain_px=self.chain_px, chain_ms=self.chain_ms)
        for chain in chains(rows, self.chain_px, self.chain_ms):
            dead = [row for row, verdict in self.verdicts(chain) if verdict == "dead"]
            if dead and any(rage.find(chain)):
                yield burst(dead)
            else:
                yield from (burst([row]) for row in dead)

    def verdicts(self, rows: Sequence[Row]) -> Iterator[tuple[Row, Verdict]]:
        """Say of each click what became of it."""
        for chain in chains(rows, self.chain_px, self.chain_ms):
            selected = any(_selected(row) for row in chain)
            for row in chain:
                yield row, "alive" if selected else self._verdict(row)

    def _verdict(self, row: Row) -> Verdict:
        click, reaction = row.payload, row.reaction
        if reaction is None or not isinstance(click, Click):
            return "unknown"
        began = [at for at in (earliest(reaction, ACTIVITY), opened(reaction)) if at is not None]
        if _scrolled(row) or min(began, default=inf) <= self.validation_ms:
            return "alive"
        if self._ignored(click):
            return "ignored"
        return "dead" if reaction.watched >= self.validation_ms else "pending"

    def _ignored(self, click: Click) -> bool:
        target = path_of(click)[0]
        tag = target.tag
        textual = tag == "input" and not is_input(target, click, JUDGED_INPUTS)
        # A link without a function of its own is told by its kind; a pager may be one too.
        link = tag == "a" and click.kind in ("pager", "stepper", "key")
        return (
            click.kind in self.kinds or textual or link or tag in ("select", "textarea", "canvas")
        )
