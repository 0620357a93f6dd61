"""
Batches: consecutive sealed entries of one lane, the same bytes as on disk.

The same frames travel over the wire and in a bundle's file, so whatever is
checked here is checked for both.
"""

from collections.abc import Sequence
from typing import Protocol

import zstandard
from msgspec import Struct

from edge.events import codec
from edge.protocol.errors import BadEntry, BadFrame
from edge.protocol.frames import Batch, Line
from edge.protocol.packing import Data

MAX_WINDOW = 8 * 2**20
"""Bytes of history that a zstd frame may ask the reader to keep (edge-and-link.md, 4.4)."""


class Sealed(Protocol):
    """An entry as a journal holds it."""

    @property
    def seq(self) -> int:
        """Return its number within origin and lane."""
        ...

    @property
    def generation(self) -> int:
        """Return how often something in it was erased."""
        ...

    @property
    def count(self) -> int:
        """Return how many events it holds."""
        ...

    @property
    def at(self) -> int:
        """Return when it was committed, ms since 1970."""
        ...

    @property
    def hash(self) -> bytes:
        """Return the 16 bytes that seal it."""
        ...

    @property
    def body(self) -> bytes:
        """Return zstd(msgpack) of its events."""
        ...


class Item(Struct, frozen=True):
    """An entry as it came over the link."""

    seq: int
    generation: int
    count: int
    at: int
    hash: bytes
    body: Data


def pack(session: int, epoch: int, lane: int, entries: Sequence[Sealed]) -> tuple[Batch, bytes]:
    """Return the frame of *entries*, which must be consecutive, and its body."""
    lines = [
        Line(entry.seq, entry.generation, entry.count, entry.at, entry.hash, len(entry.body))
        for entry in entries
    ]
    frame = Batch(session=session, epoch=epoch, lane=lane, lines=lines)  # type: ignore[arg-type]
    return frame, b"".join([entry.body for entry in entries])


def unpack(frame: Batch, body: Data) -> list[Item]:
    """
    Return the entries of *frame*, each checked against its seal.

    Raises :class:`BadFrame` where header and body do not fit each other, and
    :class:`BadEntry` for the first entry that is altered or over its limits.
    """
    first = frame.lines[0].seq
    if any(line.seq != first + at for at, line in enumerate(frame.lines)):
        raise BadFrame("the entries of a batch are not consecutive")
    if sum(line.size for line in frame.lines) != len(body):
        raise BadFrame("the bodies of a batch are not as long as its header says")
    items = []
    start = 0
    for line in frame.lines:
        data = body[start : start + line.size]
        start += line.size
        _check(line, data)
        items.append(Item(line.seq, line.generation, line.count, line.at, line.hash, data))
    return items


def _check(line: Line, data: Data) -> None:
    """Check seal and declared sizes; what lies inside is for the reader of the inbox to judge."""
    if codec.seal(data) != line.hash:
        raise BadEntry(line.seq, "hash")
    try:
        declared = zstandard.get_frame_parameters(data)
    except zstandard.ZstdError:
        raise BadEntry(line.seq, "decode") from None
    if declared.content_size > codec.MAX_ENTRY or declared.window_size > MAX_WINDOW:
        raise BadEntry(line.seq, "too_big")
