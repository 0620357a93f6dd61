"""
The frames of FB1 (edge-and-link.md, 4.3), as they are named in code and on the wire.

Everything is absolute and may be repeated: cumulative cursors, an absolute byte
limit, absolute ranges. So duplicated or reordered control frames do no harm.
Unknown header keys are ignored, so that a newer end may add some.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

PROTOCOL = 1
"""The newest version of this protocol."""
OLDER = 2
"""Versions before the newest that are spoken too: a hub N serves edges of N-2 to N."""
VERSIONS = tuple(range(max(1, PROTOCOL - OLDER), PROTOCOL + 1))
"""Those that are spoken here; the highest that both ends speak is taken."""

LANES = (0, 1)

Natural = Annotated[int, Meta(ge=0, le=2**63 - 1)]
"""What fits an SQLite integer: a larger number would fail only when it is stored."""
Seq = Annotated[int, Meta(ge=1, le=2**63 - 1)]
Lane = Literal[0, 1]
Hash = Annotated[bytes, Meta(min_length=16, max_length=16)]
Node = Annotated[str, Meta(pattern="^[0-9a-f]{32}$")]
Text = Annotated[str, Meta(max_length=200)]


class Frame(Struct, frozen=True, kw_only=True):
    """Base of all frames."""


class LaneState(Struct, frozen=True, array_like=True):
    """What an edge holds of one lane."""

    lane: Lane
    head: Natural
    tail: Natural
    acked: Natural


class Cursor(Struct, frozen=True, array_like=True):
    """How far the hub holds one lane: ``seq`` on disk, ``seen`` received in this session."""

    lane: Lane
    seq: Natural
    seen: Natural
    generation: Natural = 0
    hash: bytes = b""
    """Seal of the entry at ``seq``, empty where unknown: shows an edge that its history forked."""


class Line(Struct, frozen=True, array_like=True):
    """One entry of a batch, without its body."""

    seq: Seq
    generation: Natural
    count: Natural
    at: Natural
    hash: Hash
    size: Natural


class Hello(
    Frame,
    frozen=True,
    kw_only=True,
    rename={"versions": "pv", "schema": "sv", "control": "ctl"},
):
    """Edge: who I am, what I hold. Opens a session."""

    versions: Annotated[list[Natural], Meta(max_length=16)]
    node: Node
    epoch: Natural
    boot: Natural
    """Random per process: two that alternate are two machines with one key."""
    n: Natural
    """Counts this process's HELLOs; the WELCOME repeats it."""
    schema: Annotated[list[Natural], Meta(min_length=2, max_length=2)]
    """Oldest and newest form of the entries held. Nobody decides by it: a hub parks what is newer
    than itself, and learns that from the entries."""
    lanes: Annotated[list[LaneState], Meta(max_length=2)]
    maxmsg: Natural
    ver: Text = ""
    clock: Natural = 0
    """Unix ms, to record the skew; orders nothing."""
    control: Natural | None = None
    """All of the hub's control is here up to this revision; None: it takes none."""


class Welcome(
    Frame,
    frozen=True,
    kw_only=True,
    rename={"version": "pv", "session": "s", "limit": "lim", "cursors": "cur", "heartbeat": "hb"},
):
    """Hub: what I have of you, and how much may be under way."""

    version: Natural
    session: Natural
    n: Natural
    limit: Natural
    cursors: Annotated[list[Cursor], Meta(max_length=2)]
    maxmsg: Natural
    heartbeat: float
    """Seconds between PINGs."""
    schema: Natural = 0
    """Newest form of entries that the hub reads, 0 where it does not say: it parks newer ones."""
    clock: Natural = 0
    run: Natural = 0
    """Names this process of the hub: another one may stand on a backup that was put back."""
    seals: Natural = 0
    """How many of an :class:`Ask` are answered at the most; 0: this hub answers none."""


class Batch(
    Frame,
    frozen=True,
    kw_only=True,
    rename={"session": "s", "epoch": "e", "lines": "x"},
):
    """Edge: consecutive entries of one lane; their bodies follow, one behind the other."""

    session: Natural
    epoch: Natural
    lane: Lane
    lines: Annotated[list[Line], Meta(min_length=1, max_length=512)]


class GapFrame(Frame, frozen=True, kw_only=True, rename={"session": "s", "epoch": "e"}):
    """Edge: these numbers will never come, and why. Takes its place in the lane's order."""

    session: Natural
    epoch: Natural
    lane: Lane
    lo: Seq
    hi: Seq
    why: Text


class Ack(Frame, frozen=True, kw_only=True, rename={"session": "s", "seq": "a", "limit": "lim"}):
    """
    Hub: everything of this lane up to ``seq`` is on disk.

    ``limit`` is the credit: bytes of batches that may have been sent since the session began.
    It is freed by what reaches the disk, so ACK and PONG alone say it, and 4.3's CREDIT is
    not spoken.
    """

    session: Natural
    lane: Lane
    seq: Natural
    limit: Natural


Why = Literal["gap", "hash", "decode", "too_big", "overload"]
"""
Of the table in 4.3, but for two: what is too new is parked and never refused, and who was
revoked gets an ERROR.
"""


class Nak(Frame, frozen=True, kw_only=True, rename={"session": "s", "expected": "exp"}):
    """Hub: this was not taken. ``expected`` is the number wanted next, or the one refused."""

    session: Natural
    lane: Lane
    expected: Natural
    why: Why
    retry_ms: Natural = 0
    hint: Text = ""


class Ping(Frame, frozen=True, kw_only=True, rename={"session": "s", "control": "ctl"}):
    """Edge: are you there, and where are you?"""

    session: Natural
    n: Natural
    control: Natural | None = None
    """As in HELLO."""


class Errand(Struct, frozen=True, array_like=True):
    """A session that its visitor had deleted by way of another edge (decision 5)."""

    project: Text
    session: Text
    receipt: Text
    """Hash of the visitor's secret, as it travelled in the grant."""


class Pong(
    Frame,
    frozen=True,
    kw_only=True,
    rename={"session": "s", "limit": "lim", "cursors": "cur", "errands": "er"},
):
    """Hub: here, with everything that an ACK could have said."""

    session: Natural
    n: Natural
    limit: Natural
    cursors: Annotated[list[Cursor], Meta(max_length=2)]
    errands: Annotated[list[Errand], Meta(max_length=64)] = []
    """What this edge is to erase; said again until its own tombstone comes."""


class ControlFrame(Frame, frozen=True, kw_only=True, rename={"session": "s"}):
    """Hub: a signed sheet of control; its bytes follow (``edge.protocol.control``)."""

    session: Natural
    rev: Seq
    sig: Annotated[bytes, Meta(min_length=64, max_length=64)]


class Ask(Frame, frozen=True, kw_only=True, rename={"session": "s", "epoch": "e"}):
    """Edge: under which seals did you get these? Only to a hub whose WELCOME offers it."""

    session: Natural
    epoch: Natural
    lane: Lane
    lo: Seq
    hi: Seq


class Seals(Frame, frozen=True, kw_only=True, rename={"session": "s"}):
    """Hub: these; they follow from *lo* on (``edge.protocol.parting``)."""

    session: Natural
    lane: Lane
    lo: Seq


class Complaint(Struct, frozen=True, array_like=True):
    """An item of control that an edge does not hold, and why."""

    kind: Text
    key: Text
    rev: Natural
    why: Text


class Stat(Frame, frozen=True, kw_only=True, rename={"session": "s", "control": "ctl"}):
    """Edge: how far I hold your control, said after each sheet; lossy, a PING says it again."""

    session: Natural
    control: Natural
    complaints: Annotated[list[Complaint], Meta(max_length=16)] = []


class Bye(Frame, frozen=True, kw_only=True, rename={"session": "s"}):
    """Either: this session is over. ``session`` names the one meant, 0 every one."""

    session: Natural
    why: Literal["session", "stopping", "busy"]
    retry_ms: Natural = 0


class ErrorFrame(Frame, frozen=True, kw_only=True):
    """Hub: you may not send. Fatal ones need a person; the edge keeps everything meanwhile."""

    code: Literal["revoked", "cloned", "version", "node", "malformed", "credit"]
    msg: Text = ""
    fatal: bool = False


TYPES: dict[int, type[Frame]] = {
    0x01: Hello,
    0x02: Batch,
    0x03: Ping,
    0x04: Stat,
    0x05: Bye,
    0x06: GapFrame,
    0x07: Ask,
    0x81: Welcome,
    0x82: Ack,
    0x83: Nak,
    0x85: Pong,
    0x86: ControlFrame,
    0x87: Bye,
    0x88: ErrorFrame,
    0x89: Seals,
}
"""Type byte to frame; the hub's have the high bit."""
BODIED = (Batch, ControlFrame, Seals)
"""Frames whose third part is a body; the others have two parts."""
