"""
What detectors read and what they answer: a :class:`Row` is one raw signal of a
session, a :class:`Finding` is a pattern in some of them.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from msgspec import Struct

from edge.events.event import SignalRaw
from edge.events.raw import RawPayload, Reaction

NO_METRICS: Mapping[str, float] = MappingProxyType({})


class Row(Struct, gc=False, array_like=True):
    """
    One raw signal as a session keeps it. ``at`` is ms since 1970.

    A click carries what it caused: ``reaction`` is the row of decision 6 with
    its event number ``reaction_n``; None means that the outcome is unknown.
    """

    at: int
    n: int
    stream: str
    view: int
    page: str
    payload: RawPayload
    reaction: Reaction | None = None
    reaction_n: int = -1

    @property
    def id(self) -> str:
        """The event's id, ``stream:n``."""
        return f"{self.stream}:{self.n}"


def to_row(stream: str, event: SignalRaw) -> Row:
    """Return *event* of *stream* as a row."""
    return Row(event.timestamp, event.n, stream, event.view, event.page, event.payload)


def order(row: Row) -> tuple[int, int]:
    """Key of rows of one stream in event time; ``n`` decides within one millisecond."""
    return row.at, row.n


class Finding(Struct, frozen=True, gc=False):
    """
    A pattern. The first of ``rows`` names the signal and says when and where;
    every click among them is claimed by it. ``duration`` is in ms.
    """

    rows: tuple[Row, ...]
    target: str | None = None
    name: str | None = None
    count: int = 1
    duration: float = 0.0
    metrics: Mapping[str, Any] = NO_METRICS
