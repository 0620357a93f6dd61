"""What the receiver remembers of each edge, and what it asks its shell to do."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from edge.protocol import frames
from edge.protocol.apply import Inbox, Outcome, apply_batch, apply_gap
from edge.protocol.batch import Item
from edge.protocol.clones import CloneWatch
from edge.protocol.flow import Bucket
from edge.protocol.packing import Parts

HELLOS_OF_ONE, HELLOS_AT_ONCE = 5, 20
"""Sessions opened per second by one edge, and at once: it takes no other's place."""


@dataclass(frozen=True, slots=True)
class Send:
    """A message for one connection."""

    peer: bytes
    parts: Parts


@dataclass(frozen=True, slots=True)
class Request:
    """One batch or gap to apply to one lane of the inbox, in a transaction of its own."""

    node: str
    epoch: int
    fence: int
    lane: int
    size: int
    last: int
    items: Sequence[Item] = ()
    gap: frames.GapFrame | None = None

    def apply(self, inbox: Inbox) -> Outcome:
        """Do it. Runs on the writer's thread."""
        if self.gap is not None:
            return apply_gap(inbox, self.gap.lo, self.gap.hi, self.gap.why)
        return apply_batch(inbox, self.items)


Step = Send | Request


@dataclass(frozen=True, slots=True)
class Caller:
    """Where a message came from: the connection, and the key that was proved for it."""

    peer: bytes
    key: str


@dataclass(slots=True)
class Session:
    """One edge's current session. A new HELLO replaces it."""

    peer: bytes
    key: str
    fence: int
    epoch: int
    boot: int
    limit: int
    cursors: dict[int, frames.Cursor]
    taken: int = 0
    """Bytes of batches received."""
    settled: int = 0
    """Bytes of batches that no longer wait for the disk."""
    broken: set[int] = field(default_factory=set)
    """Lanes that got their one NAK of this session."""
    last_seen: float = 0.0
    control: int | None = None
    """Revision of control that the edge said it holds; None: it takes none."""
    told: int = 0
    """Revision of the last sheet of control that was sent to it."""

    def advance(self, lane: int, *, seq: int = 0, seen: int = 0) -> None:
        """Note that *lane* is on disk up to *seq*, and received up to *seen*; never back."""
        old = self.cursors[lane]
        self.cursors[lane] = frames.Cursor(old.lane, max(old.seq, seq), max(old.seen, seen, seq))


@dataclass(slots=True)
class Known:
    """What the receiver remembers of one node, over its sessions."""

    node: str
    clones: dict[str, tuple[int, CloneWatch]] = field(default_factory=dict)
    """Key → when it was pardoned last, and its watch since then."""
    hellos: Bucket = field(default_factory=lambda: Bucket(HELLOS_OF_ONE, HELLOS_AT_ONCE))
    session: Session | None = None
    hello: frames.Hello | None = None
    skew_ms: int | None = None
    requests: int = 0
    """Requests that the disk has not answered."""
    waiting: int = 0
    """Bytes of batches, of this session and earlier ones, that wait for the disk."""
    refused: str = ""
    """Why its last HELLO was refused for good, empty where it was not: a person must act."""
    counts: Counter[str] = field(default_factory=Counter)
    """hellos, applied, duplicates, naks, gaps, equivocal, stale, refused."""
