"""Backtrack: the visitor goes back to where they came from."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from edge.detect.detector import Scope
from edge.detect.quick_back import QuickBack
from edge.detect.row import Finding, Row
from edge.events.event import SignalName
from edge.events.raw import Backtrack as Back
from edge.events.raw import RawPayload, Signal


@dataclass(frozen=True, slots=True)
class Backtrack:
    """A step back that is no quick back."""

    signal: ClassVar[SignalName] = "backtrack"
    version: ClassVar[int] = 1
    scope: ClassVar[Scope] = "row"
    reads: ClassVar[tuple[type[Signal], ...]] = (Back,)

    quick: QuickBack | None = field(default_factory=QuickBack)
    """What counts as a quick back instead; None: nothing does."""

    def wants(self, payload: RawPayload) -> bool:
        """Say whether this step back is one."""
        return isinstance(payload, Back) and not (self.quick and self.quick.wants(payload))

    def find(self, rows: Sequence[Row]) -> Iterator[Finding]:
        """Return one finding a step back; its duration is the stay on the page left."""
        for row in rows:
            back = row.payload
            if isinstance(back, Back) and self.wants(back):
                yield Finding((row,), duration=back.stayed)
