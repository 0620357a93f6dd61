"""What a journal holds: entries of origins, and the gaps between them."""

from dataclasses import dataclass

from msgspec import Struct


@dataclass(frozen=True, slots=True)
class Origin:
    """A node's history: a new epoch begins when its journal is made, restored or salvaged."""

    node: str
    """UUID as 32 hex digits, given at enrolment."""
    epoch: int
    """63 random bits."""


class Entry(Struct, frozen=True):
    """
    What one commit wrote to one lane: the same bytes on disk, on the wire and in a file.

    A struct because a backlog makes millions: a frozen dataclass takes five times as long.
    """

    origin: Origin
    lane: int
    """0 signals, feedback, consent, navigation; 1 other raw events; 2 what never leaves."""
    seq: int
    """Counted from 1 within (origin, lane), without holes."""
    count: int
    """Events in it."""
    at: int
    """When it was committed where it was made, ms since 1970."""
    hash: bytes
    """BLAKE2b-128 of the body."""
    body: bytes
    generation: int = 0
    """Counts erasures within this entry (decision 9)."""
    position: int = 0
    """Order of commits in the journal it was read from."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Entries ``lo`` to ``hi`` that left a journal before they were acknowledged, and why."""

    origin: Origin
    lane: int
    lo: int
    hi: int
    why: str
    at: int
