"""Frames to bytes and back, and whatever bytes an enemy sends."""

import contextlib

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.protocol import frames
from edge.protocol.errors import BadFrame
from edge.protocol.packing import MAX_HEADER, decode, encode

HASH = b"h" * 16
EXAMPLES: list[tuple[frames.Frame, bytes | None]] = [
    (
        frames.Hello(
            versions=[1],
            node="a" * 32,
            epoch=2**63 - 1,
            boot=5,
            n=1,
            schema=[1, 1],
            lanes=[frames.LaneState(0, 9, 1, 3), frames.LaneState(1, 0, 1, 0)],
            maxmsg=8,
            ver="0.1.0",
            clock=1,
        ),
        None,
    ),
    (
        frames.Welcome(
            version=1,
            session=4,
            n=1,
            limit=100,
            cursors=[frames.Cursor(0, 3, 3, 0, HASH)],
            maxmsg=8,
            heartbeat=5.0,
            seals=2000,
        ),
        None,
    ),
    (
        frames.Batch(session=4, epoch=7, lane=1, lines=[frames.Line(1, 0, 2, 3, HASH, 3)]),
        b"abc",
    ),
    (frames.GapFrame(session=4, epoch=7, lane=0, lo=1, hi=9, why="retention"), None),
    (frames.Ack(session=4, lane=0, seq=9, limit=10), None),
    (frames.Nak(session=4, lane=0, expected=9, why="gap", retry_ms=5), None),
    (frames.Ping(session=4, n=1), None),
    (frames.Pong(session=4, n=1, limit=9, cursors=[]), None),
    (
        frames.Pong(session=4, n=1, limit=9, cursors=[], errands=[frames.Errand("shop", "s", "r")]),
        None,
    ),
    (frames.Ping(session=4, n=1, control=7), None),
    (frames.Stat(session=4, control=7), None),
    (frames.Stat(session=4, control=7, complaints=[frames.Complaint("a", "b", 7, "c")]), None),
    (frames.ControlFrame(session=4, rev=9, sig=b"s" * 64), b"sheet"),
    (frames.Ask(session=4, epoch=7, lane=1, lo=1, hi=2000), None),
    (frames.Seals(session=4, lane=1, lo=1), b"seals"),
    (frames.Bye(session=4, why="session"), None),
    (frames.ErrorFrame(code="cloned", msg="two", fatal=True), None),
]


@pytest.mark.parametrize(("frame", "body"), EXAMPLES, ids=lambda v: type(v).__name__)
def test_every_frame_survives_the_wire(frame: frames.Frame, body: bytes | None) -> None:
    """And the examples are all the frames that there are."""
    assert decode(encode(frame, body)) == (frame, body or b"")
    assert {type(example) for example, _ in EXAMPLES} == set(frames.TYPES.values())


def test_unknown_header_keys_are_ignored_so_that_a_newer_end_may_add_some() -> None:
    """The rule of additive change (edge-and-link.md, 4.3)."""
    header = msgpack.unpackb(encode(frames.Ping(session=4, n=1))[1]) | {"new": [1, 2]}
    assert decode([b"FB1\x03", msgpack.packb(header)])[0] == frames.Ping(session=4, n=1)


@pytest.mark.parametrize(
    "header",
    [
        msgpack.packb(msgpack.ExtType(5, b"pickle")),
        msgpack.packb({"s": msgpack.Timestamp(1), "n": 1}),
        msgpack.packb({"s": -1, "n": 1}),
        msgpack.packb({"s": 2**63, "n": 1}),
        msgpack.packb({"s": "4", "n": 1}),
        msgpack.packb({"n": 1}),
        msgpack.packb([4, 1]),
        b"\x91" * 5000,
        b"\xdf\xff\xff\xff\xff",
        b"",
        b"\xc1",
        b"\0" * (MAX_HEADER + 1),
    ],
)
def test_a_header_that_does_not_fit_is_refused(header: bytes) -> None:
    """Extension types too: nothing but plain data is ever built (E5)."""
    with pytest.raises(BadFrame):
        decode([b"FB1\x03", header])


@given(st.lists(st.binary(max_size=200), max_size=5))
def test_any_bytes_give_a_frame_or_the_one_error(parts: list[bytes]) -> None:
    """No other exception leaves the decoder."""
    with_magic = [b"FB1" + parts[0][:1], *parts[1:]] if parts else parts
    for candidate in (parts, with_magic):
        try:
            decode(candidate)
        except BadFrame:
            continue


@given(st.sampled_from(EXAMPLES), st.data())
def test_any_flipped_byte_gives_a_frame_or_the_one_error(
    example: tuple[frames.Frame, bytes | None], data: st.DataObject
) -> None:
    """Near misses reach deeper than random bytes do."""
    parts = encode(*example)
    header = bytearray(parts[1])
    at = data.draw(st.integers(0, len(header) - 1))
    header[at] ^= data.draw(st.integers(1, 255))
    with contextlib.suppress(BadFrame):
        decode([parts[0], bytes(header), *parts[2:]])
