"""
Bytes to events and back.

Every decoder raises :class:`BadEvent` on bytes that do not fit, whatever they
are, and takes bounded memory: the sizes are checked before anything is inflated.
"""

import hashlib
from collections.abc import Sequence
from typing import Any

import msgspec
import zstandard

from edge.errors import FlowbackError
from edge.events.entry import Group
from edge.events.event import BrowserEvent
from edge.events.known import known

MAX_ENTRY = 16 * 2**20
"""Bytes of one entry before compression; a commit that gathers more is split."""


class BadEvent(FlowbackError):
    """These bytes are not what they should be: an event, an entry or a batch."""


_encoder = msgspec.msgpack.Encoder()
_groups = msgspec.msgpack.Decoder(list[Group])


def pack(groups: Sequence[Group]) -> bytes:
    """Return *groups* as the body of an entry: zstd(msgpack)."""
    return zstandard.ZstdCompressor(level=1).compress(_encoder.encode(groups))


def seal(body: bytes) -> bytes:
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
    data = inflate(body)
    try:
        return _groups.decode(data)
    except msgspec.ValidationError:
        return _known_groups(data)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise BadEvent(f"an entry cannot be decoded: {error}") from None


def _known_groups(data: bytes) -> list[Group]:
    try:
        groups, _ = known(msgspec.msgpack.decode(data), list[Group])
        return msgspec.convert(groups, list[Group])
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise BadEvent(f"an entry cannot be decoded: {error}") from None


def to_event(data: Any) -> BrowserEvent:
    """Return the browser event that the plain *data* describe. Raises :class:`BadEvent`."""
    try:
        return msgspec.convert(data, BrowserEvent)  # type: ignore[no-any-return]
    except (msgspec.ValidationError, RecursionError) as error:
        raise BadEvent(str(error)) from None
