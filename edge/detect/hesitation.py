"""Hesitation: the pointer or the focus rests on a control, and nothing is done."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from edge.detect.detector import Scope
from edge.detect.row import Finding, Row
from edge.events.event import SignalName
from edge.events.raw import Hover, Kind, RawPayload, Signal

READ_OR_WATCHED: frozenset[Kind] = frozenset({"inert", "media", "canvas"})
"""Kinds on which a pointer rests while one reads, listens or looks."""


@dataclass(frozen=True, slots=True)
class Hesitation:
    """``dwell_ms`` or more on one target without acting: the owner's definition."""

    signal: ClassVar[SignalName] = "hesitation"
    version: ClassVar[int] = 1
    scope: ClassVar[Scope] = "row"
    reads: ClassVar[tuple[type[Signal], ...]] = (Hover,)

    dwell_ms: float = 3000
    kinds: frozenset[Kind] = READ_OR_WATCHED
    """Kinds of target that never count."""

    def wants(self, payload: RawPayload) -> bool:
        """Say whether this dwell is one."""
        return (
            isinstance(payload, Hover)
            and payload.dwell >= self.dwell_ms
            and not payload.acted
            and payload.kind not in self.kinds
        )

    def find(self, rows: Sequence[Row]) -> Iterator[Finding]:
        """Return one finding a dwell."""
        for row in rows:
            hover = row.payload
            if isinstance(hover, Hover) and self.wants(hover):
                yield Finding((row,), hover.target, hover.name, duration=hover.dwell)
