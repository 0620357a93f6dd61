"""
What a detector is: a frozen dataclass of parameters with one pure function.

``row``    judges one raw signal by itself
``burst``  judges clicks, and what lies between them, in a stretch of one stream
``view``   judges what happened in one view of one stream
"""

from collections.abc import Iterable, Sequence
from typing import ClassVar, Literal, Protocol

from edge.detect.row import Finding, Row
from edge.events.event import SignalName, SignalRaw
from edge.events.raw import RawPayload, Signal

Scope = Literal["row", "burst", "view"]


class Detector(Protocol):
    """
    A definition of one signal.

    Equal rows always give equal findings; no clock, no memory. ``version``
    counts up when the definition changes for equal parameters.
    """

    signal: ClassVar[SignalName]
    version: ClassVar[int]
    scope: ClassVar[Scope]
    reads: ClassVar[tuple[type[Signal], ...]]
    """The payloads that it looks at; clicks bring their reactions with them."""

    def wants(self, payload: RawPayload) -> bool:
        """Say quickly whether *payload*, one of ``reads``, can matter at all."""
        ...

    def find(self, rows: Sequence[Row]) -> Iterable[Finding]:
        """Return the patterns in *rows*, which are in event time."""
        ...


class BurstDetector(Detector, Protocol):
    """A detector of clicks."""

    @property
    def gap_ms(self) -> float:
        """Rows of a stream that lie this far apart do not concern each other."""
        ...

    @property
    def exclusive(self) -> bool:
        """A click that an earlier detector of the list claimed does not count here."""
        ...


class ViewDetector(Detector, Protocol):
    """A detector over a view."""

    def view_of(self, event: SignalRaw) -> int:
        """Return the view that *event* concerns."""
        ...

    def matters(self, rows: Sequence[Row], event: SignalRaw) -> bool:
        """Say quickly whether *event* can add anything to *rows*, the needed ones of its view."""
        ...

    def needed(self, rows: Sequence[Row]) -> list[Row]:
        """Return those of *rows* that can still matter, whatever else arrives."""
        ...
