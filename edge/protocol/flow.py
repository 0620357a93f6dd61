"""
How much may be under way: back-off, the window, and the share of the two lanes.

The hub's credit bounds its memory: what it received and has not yet on disk is
what it granted, a share of one budget for all its edges. The window below bounds
time: on a line of 50 kbit/s a megabyte under way would starve the PONGs behind it
and the link would reconnect for ever (nats-server#7615), so the window follows what
the line delivers, and grows no further once more under way only waits longer.
"""

import random
from dataclasses import dataclass

SMALLEST = 16 * 2**10
"""Bytes under way at first and at the least: 2.6 s of a line of 50 kbit/s."""
LARGEST = 8 * 2**20
"""Bytes under way at the most: 100 MB/s to a hub whose disk takes 80 ms for a commit."""
FIRST_CREDIT = 256 * 2**10
"""Bytes of credit with which a session begins, so that a herd of edges fills no memory."""
CREDIT_BUDGET = 64 * 2**20
"""Bytes of credit of all edges together, but for the first of each."""
SLOW = 2.0
"""Seconds from sending to acknowledgement above which the window halves."""
QUICK = 0.25
"""Seconds to acknowledgement below which it grows; on a long line four times the least seen."""
FLOOR_RATE = 4 * 2**10
"""Bytes per second assumed of a line that has delivered nothing yet."""
BACKLOG_SHARE = 0.2
"""Least share of the backlog lane while both lanes have something to send."""


class Backoff:
    """Exponential back-off with full jitter, reset by progress and not by a connection."""

    def __init__(self, first: float, most: float, rng: random.Random) -> None:
        self._first = first
        self._most = most
        self._rng = rng
        self._tries = 0

    def next(self) -> float:
        """Return the seconds to wait before the next attempt."""
        ceiling = min(self._most, self._first * 2.0 ** min(self._tries, 16))
        self._tries += 1
        return self._rng.uniform(ceiling / 10, ceiling)

    def reset(self) -> None:
        """Start anew: something was acknowledged."""
        self._tries = 0

    @property
    def tries(self) -> int:
        """Attempts since the last progress."""
        return self._tries


def credit(settled: int, edges: int, most: int = LARGEST) -> int:
    """
    Return the bytes that one of *edges* may have under way after *settled* were stored.

    It begins small and doubles with what reaches the disk, up to an equal share.
    """
    share = max(FIRST_CREDIT, CREDIT_BUDGET // max(1, edges))
    return min(most, share, FIRST_CREDIT + settled)


class Window:
    """How many bytes may be under way so that they arrive within seconds."""

    def __init__(self) -> None:
        self.size = SMALLEST
        self.srtt = 0.0
        self._least = float("inf")
        self._rate = 0.0
        self._held_until = 0.0

    def delivered(self, size: int, delay: float, now: float) -> None:
        """Note that *size* bytes were acknowledged *delay* seconds after they were sent."""
        self.srtt = delay if not self.srtt else 0.875 * self.srtt + 0.125 * delay
        self._least = min(self._least, delay)
        rate = size / max(delay, 1e-4)
        self._rate = rate if not self._rate else 0.875 * self._rate + 0.125 * rate
        if delay > SLOW and now >= self._held_until:
            self.size = max(SMALLEST, self.size // 2)
            self._held_until = now + delay
        elif delay < min(SLOW / 2, max(QUICK, 4 * self._least)):
            self.size = min(LARGEST, self.size + size)

    def patience(self, floor: float, under_way: int) -> float:
        """Return the seconds of silence after which the other end counts as gone."""
        rate = max(self._rate, FLOOR_RATE)
        return max(floor, 4 * self.srtt) + 2 * under_way / rate


class Bucket:
    """Lets *burst* through at once and *rate* per second on."""

    def __init__(self, rate: float, burst: float) -> None:
        self._rate = rate
        self._burst = burst
        self._tokens = burst
        self._at = float("-inf")

    def take(self, now: float) -> bool:
        """Spend a token; return whether there was one."""
        gained = max(0.0, now - self._at) * self._rate
        self._tokens = min(self._burst, self._tokens + gained)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


@dataclass(slots=True)
class Share:
    """Lane 0 first, yet a fifth of the bytes for the backlog while both wait."""

    owed: float = 0.0

    def pick(self, ready: list[int]) -> int:
        """Return which of the lanes *ready* to send goes next."""
        if len(ready) == 1:
            return ready[0]
        return 1 if self.owed > 0 else 0

    def sent(self, lane: int, size: int, *, contended: bool) -> None:
        """Note that *size* bytes of *lane* went out; uncontended ones owe nothing."""
        if contended:
            self.owed += size * BACKLOG_SHARE / (1 - BACKLOG_SHARE) if lane == 0 else -size
            self.owed = max(-float(LARGEST), min(float(LARGEST), self.owed))
