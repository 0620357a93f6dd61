"""Which faults a soak brings, when, where and for how long: all of it follows from the seed."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

HUB = -1
EVERY = 3.0
"""Seconds between two faults, on average, where there is time for it."""

EDGE_FAULTS = {
    "kill edge": (0.0, 2.0),
    "pause edge": (3.0, 8.0),
    "disk full edge": (3.0, 6.0),
    "cut": (0.3, 0.3),
    "refuse": (3.0, 6.0),
    "half-open": (3.0, 8.0),
    "one way": (3.0, 8.0),
    "delay": (2.0, 6.0),
    "throttle": (3.0, 8.0),
    "corrupt": (2.0, 2.0),
    "orphan": (0.3, 0.3),
}
"""What befalls one edge or its line, and for how many seconds at the least and the most."""
HUB_FAULTS = {
    "kill hub": (0.0, 2.0),
    "pause hub": (3.0, 8.0),
    "disk full hub": (3.0, 6.0),
}
KINDS = EDGE_FAULTS | HUB_FAULTS


@dataclass(frozen=True, slots=True)
class Fault:
    at: float
    """Seconds from the start."""
    kind: str
    where: int
    """Number of the edge, or HUB."""
    lasts: float

    def __str__(self) -> str:
        place = "hub" if self.where == HUB else f"edge {self.where}"
        length = f" for {self.lasts:.1f} s" if self.lasts else ""
        return f"{self.at:8.1f}  {self.kind}, {place}{length}"


def plan(seed: int, seconds: float, edges: int, kinds: Sequence[str] = tuple(KINDS)) -> list[Fault]:
    """Return the faults of *seconds*: decks of all *kinds*, each shuffled: none is missed."""
    rng = random.Random(seed)
    every = min(EVERY, seconds / (len(kinds) + 2))
    found: list[Fault] = []
    at = every / 2
    while True:
        for kind in rng.sample(kinds, len(kinds)):
            where = HUB if kind in HUB_FAULTS else rng.randrange(edges)
            lasts = min(rng.uniform(*KINDS[kind]), seconds - at)
            if lasts < 0:
                return found
            found.append(Fault(at, kind, where, lasts))
            at += every * rng.uniform(0.6, 1.4)
