"""Quick back: a page is left again at once, by the way one came, with nothing done on it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from edge.detect.detector import Scope
from edge.detect.row import Finding, Row
from edge.events.event import SignalName
from edge.events.raw import Backtrack, RawPayload, Signal


@dataclass(frozen=True, slots=True)
class QuickBack:
    """Back after at most ``stayed_ms`` without an interaction (Uxify 5 s, Clarity undisclosed)."""

    signal: ClassVar[SignalName] = "quick_back"
    version: ClassVar[int] = 1
    scope: ClassVar[Scope] = "row"
    reads: ClassVar[tuple[type[Signal], ...]] = (Backtrack,)

    stayed_ms: float = 7000

    def wants(self, payload: RawPayload) -> bool:
        """Say whether this step back is one."""
        return (
            isinstance(payload, Backtrack)
            and payload.stayed <= self.stayed_ms
            and not payload.interacted
        )

    def find(self, rows: Sequence[Row]) -> Iterator[Finding]:
        """Return one finding a step back."""
        for row in rows:
            back = row.payload
            if isinstance(back, Backtrack) and self.wants(back):
                yield Finding((row,), duration=back.stayed)
