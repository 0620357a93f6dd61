"""A request's body is never larger than it may be."""

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.collector.http.body import MAX_INFLATED, inflate
from edge.collector.http.errors import NotABatch, Refused, TooLarge


@given(st.binary(max_size=2000))
def test_what_was_compressed_comes_back(data):
    """One gzip member, whole."""
    assert inflate(gzip.compress(data)) == data


def test_a_bomb_is_refused():
    """130 KB that would be 128 MiB stop at 1 MiB (I8)."""
    bomb = gzip.compress(b"\0" * (MAX_INFLATED + 1))
    with pytest.raises(TooLarge):
        inflate(bomb)


def test_a_cut_body_is_refused():
    """Half a batch is no batch (I10)."""
    with pytest.raises(NotABatch, match="cut off"):
        inflate(gzip.compress(b"x" * 1000)[:-9])


def test_what_follows_a_member_is_refused():
    """Trailing bytes are no part of the batch (I10)."""
    with pytest.raises(NotABatch, match="follows"):
        inflate(gzip.compress(b"x") + b"garbage")


def test_zlib_is_not_gzip():
    """Only the one coding is read."""
    with pytest.raises(NotABatch):
        inflate(zlib.compress(b"x"))


@given(st.binary(max_size=500))
def test_no_bytes_crash_it(data):
    """Whatever comes, it is refused in words."""
    try:
        inflate(b"\x1f\x8b" + data)
    except Refused as refusal:
        assert str(refusal)
