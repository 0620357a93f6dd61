"""
How full is the disk, what follows from it, and when will it be full? Pure.

The states are those of edge-and-link.md 4.6: from 80 % on what the hub holds goes early,
from 90 % on nothing is taken in, and that ends below 80 % only.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

SHED = 0.8
"""Level from which delivered entries go early, and below which the edge takes in again."""
FULL = 0.9
"""Level from which nothing is taken in."""
DAY = 86_400.0  # seconds
_SPAN = DAY / 24
"""Seconds of samples that a forecast needs at the least."""


class Disk(Enum):
    """What the edge may write."""

    NORMAL = "normal"
    SHEDDING = "shedding"
    """Room is made from what the hub holds already."""
    FULL = "full"
    """Nothing is taken in; what is there is still sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One look at the disk; all sizes in bytes."""

    live: int
    """Pages of the journal in use."""
    file: int
    """The journal's file, with its free pages."""
    wal: int
    """The write-ahead log."""
    free: int
    """What the file system has left for us."""
    reserve: int = 0
    """What must stay free: room to work in when all else is full."""
    budget: int = 0
    """What the journal may take; 0: what the file system has."""
    wal_cap: int = 0
    """What the write-ahead log may take while a reader holds it; 0: anything."""
    writable: bool = True
    """The last commit succeeded."""

    @property
    def capacity(self) -> int:
        """Return the size to which the journal can grow."""
        most = self.file + max(0, self.free - self.reserve)
        return min(most, self.budget) if self.budget else most

    @property
    def level(self) -> float:
        """Return how much of the capacity is in use: 0 empty, 1 full."""
        return min(1.0, self.live / self.capacity) if self.capacity else 1.0

    @property
    def pinned(self) -> bool:
        """Return whether the write-ahead log cannot be emptied and has no room left."""
        return bool(self.wal_cap) and self.wal >= self.wal_cap


def step(state: Disk, seen: Figures) -> Disk:
    """Return the state that follows *state* when the disk looks like *seen*."""
    held_back = state is Disk.FULL and seen.level >= SHED
    if not seen.writable or seen.pinned or seen.level >= FULL or held_back:
        return Disk.FULL
    return Disk.SHEDDING if seen.level >= SHED else Disk.NORMAL


def full_at(samples: Sequence[tuple[float, int]], capacity: int) -> float:
    """
    Return the moment at which nothing is taken in any more if all goes on as it went.

    *samples* are (moment in seconds, live bytes); the line of least squares through them
    is followed to where the disk counts as full. Infinity where they do not grow, or
    where they span less than an hour.
    """
    if len(samples) < 2 or samples[-1][0] - samples[0][0] < _SPAN:
        return math.inf
    start = samples[0][0]
    times = [moment - start for moment, _ in samples]
    mean_t = sum(times) / len(times)
    mean_b = sum(live for _, live in samples) / len(samples)
    spread = sum((t - mean_t) ** 2 for t in times)
    slope = sum((t - mean_t) * (live - mean_b) for t, (_, live) in zip(times, samples, strict=True))
    if spread <= 0 or slope / spread <= 0:
        return math.inf
    moment = start + mean_t + (FULL * capacity - mean_b) * spread / slope
    return max(samples[-1][0], moment)


def says(state: Disk, seen: Figures) -> str:
    """Return what an operator reads: ``ok``, or what is wrong and what helps."""
    if state is not Disk.FULL:
        return "ok"
    if not seen.writable:
        return "the journal cannot be written: free some disk space, or look at the disk"
    if seen.pinned:
        return "a reader holds the write-ahead log: end the program that reads journal.db"
    return (
        f"the disk is {seen.level:.0%} full: free some space, raise disk_mb, or let the"
        " oldest go with when_full = 'drop_oldest'"
    )
