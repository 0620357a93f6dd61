"""Thrash: the pointer is shaken to and fro."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from edge.detect.detector import Scope
from edge.detect.row import Finding, Row
from edge.events.event import SignalName
from edge.events.raw import Pointer, RawPayload, Signal


@dataclass(frozen=True, slots=True)
class Thrash:
    """
    ``changes`` or more changes of direction on one axis, at the pace of so many
    in less than ``within_ms`` (Amplitude's definition), moving ``step_px`` or more from one
    to the next on average: less is a tremble. A longer shake is one signal.
    """

    signal: ClassVar[SignalName] = "thrash"
    version: ClassVar[int] = 1
    scope: ClassVar[Scope] = "row"
    reads: ClassVar[tuple[type[Signal], ...]] = (Pointer,)

    changes: int = 20
    within_ms: float = 2000
    step_px: float = 3

    def wants(self, payload: RawPayload) -> bool:
        """Say whether this shake is one."""
        if not isinstance(payload, Pointer) or payload.changes < self.changes:
            return False
        steps = payload.changes - 1
        trembles = payload.travel is not None and payload.travel < self.step_px * steps
        fast = payload.duration * self.changes < self.within_ms * payload.changes
        return fast and not trembles

    def find(self, rows: Sequence[Row]) -> Iterator[Finding]:
        """Return one finding a shake; its count is the changes of direction."""
        for row in rows:
            shake = row.payload
            if isinstance(shake, Pointer) and self.wants(shake):
                yield Finding((row,), count=shake.changes, duration=shake.duration)
