"""
Bytes to events and back.

Every decoder raises :class:`BadEvent` on bytes that do not fit, whatever they
are, and takes bounded memory: the sizes are checked before anything is inflated.
"""

import hashlib
from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec
import zstandard

from edge.errors import FlowbackError
from edge.events.entry import Group, Stamp
from edge.events.event import Event
from edge.events.known import known

T = TypeVar("T")

MAX_ENTRY = 16 * 2**20
"""Bytes of one entry before compression; a commit that gathers more is split."""


class BadEvent(FlowbackError):
    """These bytes are not what they should be: an event, an entry or a batch."""


class _Sealed(msgspec.Struct, rename="camel"):
    """A group whose events are not looked at."""

    stamp: Stamp
    events: msgspec.Raw


_encoder = msgspec.msgpack.Encoder()
_groups = msgspec.msgpack.Decoder(list[Group])
_events = msgspec.msgpack.Decoder(list[Event | None])
_sealed = msgspec.msgpack.Decoder(list[_Sealed])


class Packer:
    """
    Packs one entry after the other, never two at once.

    It keeps its compressor: making one takes longer than packing a small commit.
    """

    __slots__ = ("_compressor",)

    def __init__(self) -> None:
        self._compressor = zstandard.ZstdCompressor(level=1)

    def pack(self, groups: Sequence[Group]) -> bytes:
        """Return *groups* as the body of an entry: zstd(msgpack)."""
        return self._compressor.compress(_encoder.encode(groups))


def pack(groups: Sequence[Group]) -> bytes:
    """Return *groups* as the body of an entry: zstd(msgpack)."""
    return Packer().pack(groups)


def seal(body: bytes | memoryview) -> bytes:
    """Return the 16 bytes that seal *body*: BLAKE2b-128 (edge-and-link.md, 4.2)."""
    return hashlib.blake2b(body, digest_size=16).digest()


def inflate(body: bytes, limit: int = MAX_ENTRY) -> bytes:
    """
    Return what *body* holds, never more than *limit* bytes.

    The size that the frame declares is checked first, because zstandard ignores
    ``max_output_size`` where a frame declares one (edge-and-link.md, appendix B).
    """
    try:
        declared = zstandard.get_frame_parameters(body).content_size
        if declared > limit:
            raise BadEvent(f"an entry of {declared} bytes is over the limit of {limit}")
        decompressor = zstandard.ZstdDecompressor(max_window_size=8 * 2**20)
        data = decompressor.decompress(body, max_output_size=limit)
    except zstandard.ZstdError as error:
        raise BadEvent(f"an entry cannot be inflated: {error}") from None
    return data


def unpack(body: bytes) -> list[Group]:
    """
    Return the groups of an entry's *body*. Raises :class:`BadEvent`.

    Fields that a newer node added are put aside; the bytes keep them.
    """
    return _lenient(inflate(body), _groups, list[Group])


def unpack_session(body: bytes, session: str) -> list[Group]:
    """
    Return the groups of one session in an entry's *body*. Raises :class:`BadEvent`.

    A commit holds batches of many sessions; the events of the others are passed over.
    """
    return [
        Group(stamp=group.stamp, events=_lenient(group.events, _events, list[Event | None]))
        for group in _lenient(inflate(body), _sealed, list[_Sealed])
        if group.stamp.session == session
    ]


def _lenient(data: msgspec.Raw | bytes, decoder: msgspec.msgpack.Decoder[T], kind: Any) -> T:
    try:
        try:
            return decoder.decode(data)
        except msgspec.ValidationError:
            plain, _ = known(msgspec.msgpack.decode(data), kind)
            return msgspec.convert(plain, kind)  # type: ignore[no-any-return]
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise BadEvent(f"an entry cannot be decoded: {error}") from None
