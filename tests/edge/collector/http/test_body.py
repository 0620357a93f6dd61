"""A request's body is never larger than it may be."""

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.collector.http.body import MAX_INFLATED, STEP, inflate
from edge.collector.http.errors import NotABatch, Overloaded, Refused, TooLarge


def ignore(_: int) -> None:
    """There is room for everything."""


@given(st.binary(max_size=2000))
def test_what_was_compressed_comes_back(data):
    """One gzip member, whole."""
    assert inflate(gzip.compress(data), ignore) == data


@pytest.mark.parametrize("size", [0, STEP - 1, STEP, STEP + 1, 3 * STEP, MAX_INFLATED])
def test_what_is_inflated_is_taken(size):
    """To the byte, at each length where a step ends."""
    taken = []
    assert len(inflate(gzip.compress(b"x" * size), taken.append)) == size == sum(taken)


def test_nothing_is_inflated_beyond_the_room():
    """One step at most: then *take* has refused."""
    taken = []

    def take(size):
        taken.append(size)
        if sum(taken) > 100_000:
            raise Overloaded

    with pytest.raises(Overloaded):
        inflate(gzip.compress(b"x" * MAX_INFLATED), take)
    assert sum(taken) <= 100_000 + STEP


def test_a_bomb_is_refused():
    """130 KB that would be 128 MiB stop at 1 MiB (I8)."""
    bomb = gzip.compress(b"\0" * (MAX_INFLATED + 1))
    with pytest.raises(TooLarge):
        inflate(bomb, ignore)


def test_a_cut_body_is_refused():
    """Half a batch is no batch (I10)."""
    with pytest.raises(NotABatch, match="cut off"):
        inflate(gzip.compress(b"x" * 1000)[:-9], ignore)


def test_what_follows_a_member_is_refused():
    """Trailing bytes are no part of the batch (I10)."""
    with pytest.raises(NotABatch, match="follows"):
        inflate(gzip.compress(b"x") + b"garbage", ignore)


def test_zlib_is_not_gzip():
    """Only the one coding is read."""
    with pytest.raises(NotABatch):
        inflate(zlib.compress(b"x"), ignore)


@given(st.binary(max_size=500))
def test_no_bytes_crash_it(data):
    """Whatever comes, it is refused in words."""
    try:
        inflate(b"\x1f\x8b" + data, ignore)
    except Refused as refusal:
        assert str(refusal)
