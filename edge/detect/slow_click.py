"""Slow click: a click works, but the visitor has to wait for it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from edge.detect.clicks import ECHO, UNSEEN, VISIBLE, earliest
from edge.detect.dead_click import excused
from edge.detect.detector import Scope
from edge.detect.row import Finding, Row
from edge.events.event import SignalName
from edge.events.raw import Click, Kind, RawPayload, Reaction, Signal


@dataclass(frozen=True, slots=True)
class SlowClick:
    """
    The first thing to see came ``slow_ms`` or more after a click, or its request
    was still open then. It begins where the dead click's deadline ends, so that
    no click falls between the two.
    """

    signal: ClassVar[SignalName] = "slow_click"
    version: ClassVar[int] = 1
    scope: ClassVar[Scope] = "burst"
    reads: ClassVar[tuple[type[Signal], ...]] = (Click,)

    slow_ms: float = 2500
    echo_ms: float = 1000
    """Scroll, selection and focus answer a click this long."""
    kinds: frozenset[Kind] = UNSEEN
    """Kinds of target that never count."""
    exclusive: bool = True

    @property
    def gap_ms(self) -> float:
        """Each click is judged by itself."""
        return 0

    @property
    def watch_ms(self) -> float:
        """The page must be watched so long after a click."""
        return self.slow_ms

    def wants(self, _payload: RawPayload) -> bool:
        """Every click matters."""
        return True

    def find(self, rows: Sequence[Row]) -> Iterator[Finding]:
        """Return one finding a slow click; its duration is how long the visitor waited."""
        for row in rows:
            click, reaction = row.payload, row.reaction
            if not isinstance(click, Click) or reaction is None or excused(row, self.kinds):
                continue
            waited = self._waited(reaction)
            if waited is not None:
                yield Finding((row,), click.target, click.name, duration=waited)

    def _waited(self, reaction: Reaction) -> float | None:
        seen = earliest(reaction, VISIBLE)
        if seen is not None and seen < self.slow_ms:
            return None
        echo = earliest(reaction, ECHO)
        if echo is not None and echo <= self.echo_ms:
            return None
        if seen is not None:
            return seen
        began, ended = reaction.request, reaction.request_end
        pending = began is not None and (ended is None or ended >= self.slow_ms)
        return reaction.watched if pending and reaction.watched >= self.slow_ms else None
