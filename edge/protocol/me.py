"""What the sender's shell tells it of its edge, and where it sees the link stand."""

from dataclasses import dataclass
from enum import Enum


class Phase(Enum):
    """Where the link stands."""

    AWAY = "away"
    CONNECTING = "connecting"
    GREETING = "greeting"
    ASKING = "asking"
    """The hub is asked where its history and this one part."""
    FLOWING = "flowing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Me:
    """What the edge says of itself."""

    node: str
    epoch: int
    boot: int
    schema: tuple[int, int] = (1, 1)
    version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Seconds. The defaults are for the field; tests shorten them."""

    silence: float = 5.0
    """Least silence after which the hub counts as gone."""
    connect: float = 15.0
    """A socket that has not connected after this is made anew."""
    backoff_first: float = 0.5
    backoff_most: float = 20.0
    """So that whatever was, an event is at the hub within 30 s of the last fault (INV-7)."""
