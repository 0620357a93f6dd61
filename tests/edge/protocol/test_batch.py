"""Sealed entries on their way: nothing altered, oversized or misplaced gets in."""

import msgspec
import pytest
import zstandard

from edge.events.codec import MAX_ENTRY, seal
from edge.protocol.batch import Item, pack, unpack
from edge.protocol.errors import BadEntry, BadFrame
from edge.protocol.frames import Batch


def item(seq: int, data: bytes = b"") -> Item:
    """An entry with *data* inside."""
    body = zstandard.compress(data or b"entry %d" % seq)
    return Item(seq, 0, 1, seq, seal(body), body)


def test_entries_survive_the_way_byte_for_byte() -> None:
    """The same bytes as on disk, with their generation."""
    items = [item(4), item(5), item(6)]
    assert unpack(*pack(1, 2, 0, items)) == items


@pytest.mark.parametrize("at", [0, 10, -1])
def test_a_flipped_byte_is_found_and_its_entry_named(at: int) -> None:
    """By the seal; the entries around it are not blamed."""
    frame, body = pack(1, 2, 0, [item(4), item(5)])
    first = len(item(4).body)
    damaged = bytearray(body)
    position = first + at if at >= 0 else len(body) - 1
    damaged[position] ^= 1
    with pytest.raises(BadEntry) as raised:
        unpack(frame, bytes(damaged))
    assert (raised.value.seq, raised.value.why) == (5, "hash")


def test_a_bomb_is_refused_by_its_declared_size() -> None:
    """200 MiB in 6 KB (edge-and-link.md, 5 no. 30): never inflated."""
    bomb = zstandard.compress(b"\0" * (MAX_ENTRY + 1))
    sealed = Item(1, 0, 1, 1, seal(bomb), bomb)
    with pytest.raises(BadEntry) as raised:
        unpack(*pack(1, 2, 0, [sealed]))
    assert raised.value.why == "too_big"


def test_a_frame_that_hides_its_size_is_refused() -> None:
    """A streamed zstd frame declares none, and could inflate to anything."""
    compressor = zstandard.ZstdCompressor(write_content_size=False)
    body = compressor.compress(b"x" * 100)
    with pytest.raises(BadEntry) as raised:
        unpack(*pack(1, 2, 0, [Item(1, 0, 1, 1, seal(body), body)]))
    assert raised.value.why == "too_big"


def test_what_is_no_zstd_at_all_is_refused() -> None:
    """However well it is sealed."""
    with pytest.raises(BadEntry) as raised:
        unpack(*pack(1, 2, 0, [Item(1, 0, 1, 1, seal(b"plain"), b"plain")]))
    assert raised.value.why == "decode"


def test_header_and_body_must_fit_each_other() -> None:
    """A truncated body, a longer one, and numbers with a hole."""
    frame, body = pack(1, 2, 0, [item(4), item(5)])
    for wrong in (body[:-1], body + b"\0", b""):
        with pytest.raises(BadFrame):
            unpack(frame, wrong)
    holed = msgspec.structs.replace(frame, lines=[frame.lines[0], frame.lines[0]])
    assert isinstance(holed, Batch)
    with pytest.raises(BadFrame):
        unpack(holed, item(4).body * 2)
