"""Which detector reads which payload: worked out once for a list of detectors."""

from collections.abc import Sequence
from functools import lru_cache
from typing import cast

from edge.detect.detector import BurstDetector, Detector, ViewDetector
from edge.events.raw import Error, Reaction, Signal


class Route:
    """What is done with one type of payload."""

    __slots__ = ("burst", "rows", "views")

    def __init__(self, payload: type[Signal], detectors: Sequence[Detector]) -> None:
        readers = [(place, d) for place, d in enumerate(detectors) if payload in d.reads]
        self.burst = any(d.scope == "burst" for _, d in readers)
        self.rows = tuple((d.wants, d) for _, d in readers if d.scope == "row")
        self.views = tuple(
            (place, cast("ViewDetector", d)) for place, d in readers if d.scope == "view"
        )


class Plan:
    """The detectors of a session by scope, and the route of each payload that they read."""

    __slots__ = ("alone", "bursts", "calm_ms", "gap_ms", "routes", "views")

    def __init__(self, detectors: tuple[Detector, ...]) -> None:
        self.views = {
            place: cast("ViewDetector", d) for place, d in enumerate(detectors) if d.scope == "view"
        }
        self.bursts = tuple(cast("BurstDetector", d) for d in detectors if d.scope == "burst")
        self.gap_ms = max((d.gap_ms for d in self.bursts), default=0.0)
        calm = [d.gap_ms for d in self.bursts if Error not in d.reads]
        self.calm_ms = max(calm, default=0.0)
        """The gap while no script failed: without an error nothing looks that far."""
        self.alone = frozenset(d.signal for d in detectors if d.scope == "row")
        """Signals of a single row."""
        read = {payload for d in detectors for payload in d.reads}
        if self.bursts:
            read.add(Reaction)
        self.routes: dict[type, Route] = {payload: Route(payload, detectors) for payload in read}


@lru_cache(maxsize=64)
def plan(detectors: tuple[Detector, ...]) -> Plan:
    """Return the plan of *detectors*; there are as many as projects have definitions."""
    return Plan(detectors)
