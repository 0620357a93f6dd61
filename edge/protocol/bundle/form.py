"""What a bundle's file says of itself, in front of its records and behind them."""

import hashlib
from typing import Annotated, Literal, TypeVar

import msgpack  # type: ignore[import-untyped]
import msgspec
from msgspec import Meta, Struct

from edge.errors import FlowbackError
from edge.protocol.frames import Lane, Natural, Node, Seq, Text

T = TypeVar("T", bound=Struct)

MAGIC = {"entries": b"FBX1", "receipt": b"FBR1"}
"""The fourth byte is the format's version."""
MAX_MANIFEST = 2**20
"""Bytes of what stands in front of the records, and of what stands behind them."""
MAX_RECORD = 18 * 2**20
"""Bytes of one sealed record: the largest entry there can be, with its header."""
MIN_RECORD = 17
"""Bytes of one that says nothing: what libsodium's secretstream adds."""
MAX_FILES = 5_000
"""Files of one export."""
MAX_SPANS = 4_096
"""Spans of one file: an edge begins an epoch when it was restored, not by the thousand."""
LENGTH = 4
"""Bytes of a length, most significant first. A length of 0 ends the records."""

Kind = Literal["entries", "receipt"]
Why = Literal[
    "torn", "altered", "format", "unfinished", "other_receiver", "unknown", "revoked", "forked"
]
Key = Annotated[bytes, Meta(min_length=32, max_length=32)]
Root = Annotated[bytes, Meta(min_length=32, max_length=32)]


class BadBundle(FlowbackError):
    """A bundle's file is refused, and nothing of it is used."""

    def __init__(self, why: Why, message: str) -> None:
        super().__init__(message)
        self.why = why


class Slot(Struct, frozen=True, array_like=True):
    """The file's key, for one receiver."""

    receiver: Key
    """X25519 public key."""
    box: Annotated[bytes, Meta(min_length=80, max_length=80)]
    """The 32 bytes of the key in libsodium's sealed box."""


class Span(Struct, frozen=True, array_like=True):
    """Numbers of one lane that a file holds, entries and gaps, without a hole."""

    epoch: Natural
    lane: Lane
    lo: Seq
    hi: Seq


class Note(Struct, frozen=True, array_like=True):
    """An earlier file of the same export, so that a missing one is known by its numbers."""

    no: Seq
    root: Root
    spans: Annotated[list[Span], Meta(max_length=MAX_SPANS)]


class Manifest(Struct, frozen=True, kw_only=True):
    """Who made a file, for whom, and its place among its fellows. Open to all."""

    node: Node
    """The edge: that made the entries, or for which the receipt is."""
    run: Annotated[str, Meta(pattern="^[0-9a-f]{16}$")]
    """One export, or one receipt."""
    no: Annotated[int, Meta(ge=1, le=MAX_FILES)]
    before: Annotated[list[Note], Meta(max_length=MAX_FILES)] = []
    made: Natural
    """ms since 1970, by the sender's clock; orders nothing by itself."""
    to: Annotated[list[Slot], Meta(min_length=1, max_length=8)]
    head: Annotated[bytes, Meta(min_length=24, max_length=24)]
    """The secretstream's header."""
    by: Annotated[list[Key], Meta(min_length=1, max_length=4)]
    """Ed25519 keys, each of which signs the file."""
    version: Text = ""
    holds: Natural = 0
    """Revision of the hub's control up to which the edge judged it."""
    heard: Natural = 0
    """When the newest receipt that the edge has was made, as that says; 0: it has none."""


class Contents(Struct, frozen=True, kw_only=True):
    """What is in a file. Open to all, and what is signed."""

    root: Root
    """BLAKE2b-256 of all bytes up to and with the end mark."""
    spans: Annotated[list[Span], Meta(max_length=MAX_SPANS)] = []
    entries: Natural = 0
    events: Natural = 0
    records: Natural = 0
    last: bool = True
    """No further file of this export follows."""


class Trailer(Struct, frozen=True, array_like=True):
    """The end of a file."""

    contents: bytes
    signatures: Annotated[
        list[Annotated[bytes, Meta(min_length=64, max_length=64)]], Meta(max_length=4)
    ]


def new_hash() -> "hashlib.blake2b":
    """Return the hash that makes a root."""
    return hashlib.blake2b(digest_size=32)


def to_sign(kind: Kind, contents: bytes) -> bytes:
    """Return the message over which a file's keys sign."""
    return b"flowback bundle 1 " + kind.encode() + b"\n" + contents


def pack(value: Struct) -> bytes:
    """Return *value* as msgpack."""
    return bytes(msgpack.packb(msgspec.to_builtins(value, builtin_types=(bytes,))))


def unpack(data: bytes, kind: type[T]) -> T:
    """Return the *kind* in *data*; keys of a newer version are passed over. Raises BadBundle."""
    try:
        plain = msgpack.unpackb(data, raw=False, strict_map_key=True, max_ext_len=0)
        return msgspec.convert(plain, kind, builtin_types=(bytes,))
    except (ValueError, RecursionError):  # msgpack's and msgspec's errors are ValueErrors
        raise BadBundle("altered", f"its {kind.__name__.lower()} cannot be read") from None


def framed(data: bytes) -> bytes:
    """Return *data* behind its length."""
    return len(data).to_bytes(LENGTH, "big") + data
