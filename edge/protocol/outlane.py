"""One lane of the sender: what was sent, what is acknowledged, what the hub refuses."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from edge.protocol.batch import Sealed

TRIES = 3
"""Refusals of one entry after which it is put aside."""
ENDED = "retention"
"""Reason of a hole that nobody declared where the hub held it before: it was ended in time."""
MISSING = "missing"
"""Reason of any other hole that nobody declared: a fault, and never anybody's policy."""


class Declared(Protocol):
    """A gap that this node has recorded itself."""

    @property
    def lo(self) -> int:
        """Return its first number."""
        ...

    @property
    def hi(self) -> int:
        """Return its last number."""
        ...

    @property
    def why(self) -> str:
        """Return the reason."""
        ...


class Log(Protocol):
    """The edge's journal, as the sender reads it; everything is about the current origin."""

    def head(self, lane: int) -> int:
        """Return the newest number given."""
        ...

    def tail(self, lane: int) -> int:
        """Return the oldest number kept, head + 1 when none is."""
        ...

    def entries(self, lane: int, after: int, max_bytes: int) -> Sequence[Sealed]:
        """Return kept entries behind *after* in order: at least one where there is one."""
        ...

    def gaps(self, lane: int, after: int) -> Sequence[Declared]:
        """Return recorded gaps that end behind *after*."""
        ...

    def acknowledged(self, lane: int) -> int:
        """Return up to where the hub ever held it: what is older may end without a gap."""
        ...


@dataclass(frozen=True, slots=True)
class Flight:
    """A batch or gap under way."""

    last: int
    size: int
    at: float


@dataclass(frozen=True, slots=True)
class Hole:
    """Numbers that will never be sent, and why."""

    lo: int
    hi: int
    why: str


@dataclass(slots=True)
class OutLane:
    """Where one lane stands in this session and, for ``acked`` and ``aside``, in all."""

    lane: int
    acked: int = 0
    sent: int = 0
    flights: deque[Flight] = field(default_factory=deque)
    single_until: int = 0
    """Entries up to here go one by one, to find the one that the hub refuses."""
    strikes: dict[int, int] = field(default_factory=dict)
    aside: dict[int, str] = field(default_factory=dict)
    """Quarantined numbers and why; the hub is told of each as a gap."""

    def restart(self, cursor: int) -> None:
        """Go on behind *cursor*, which is all that the hub holds."""
        self.acked = self.sent = cursor
        self.flights.clear()

    def acknowledge(self, seq: int) -> list[Flight]:
        """Note that the hub holds everything up to *seq*; return the flights that landed."""
        self.acked = max(self.acked, seq)
        self.sent = max(self.sent, seq)
        landed = []
        while self.flights and self.flights[0].last <= seq:
            landed.append(self.flights.popleft())
        for number in [number for number in self.strikes if number <= seq]:
            del self.strikes[number]
        return landed

    def strike(self, seq: int, why: str) -> None:
        """Note that the hub refused what it got from *seq* on; the third time it is put aside."""
        if not self.acked < seq <= self.sent:
            return
        self.single_until = max(self.single_until, self.sent)
        self.strikes[seq] = self.strikes.get(seq, 0) + 1
        if self.strikes[seq] >= TRIES:
            self.aside[seq] = why

    def next(self, log: Log, max_bytes: int, max_entry: int) -> list[Sealed] | Hole | None:
        """
        Return what follows in this lane: entries without a hole, a hole, or None.

        The head is read before the entries: read the other way round, an entry
        committed in between would look like a hole.
        """
        after = self.sent
        head = log.head(self.lane)
        if head <= after:
            return None
        if after + 1 in self.aside:
            return Hole(after + 1, after + 1, self.aside[after + 1])
        found = log.entries(self.lane, after, max_bytes)
        if not found or found[0].seq > after + 1:
            return self._hole(log, after + 1, found[0].seq - 1 if found else head)
        return self._run(found, max_bytes, max_entry)

    def _hole(self, log: Log, lo: int, hi: int) -> Hole:
        for gap in log.gaps(self.lane, lo - 1):
            if gap.lo <= lo:
                return Hole(lo, min(hi, gap.hi), gap.why)
            hi = min(hi, gap.lo - 1)
            break
        held = log.acknowledged(self.lane)
        return Hole(lo, min(hi, held), ENDED) if lo <= held else Hole(lo, hi, MISSING)

    def _run(self, found: Sequence[Sealed], max_bytes: int, max_entry: int) -> list[Sealed] | Hole:
        run: list[Sealed] = []
        size = 0
        for entry in found:
            if len(entry.body) > max_entry:
                self.aside[entry.seq] = "too_big"
            size += len(entry.body)
            follows = entry.seq == self.sent + 1 + len(run)
            full = bool(run) and (size > max_bytes or run[-1].seq <= self.single_until)
            if not follows or full or len(run) == 512 or entry.seq in self.aside:
                break
            run.append(entry)
        return run or Hole(found[0].seq, found[0].seq, self.aside[found[0].seq])
