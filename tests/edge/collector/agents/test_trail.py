"""The positions of a session's commits."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from edge.collector.agents.trail import MAX_BYTES, Trail

GAPS = st.lists(st.tuples(st.integers(1, 2**40), st.integers(0, 10**8)), max_size=200)


def walk(gaps):
    position = moment = 0
    for on, later in gaps:
        position, moment = position + on, moment + later
        yield position, moment


@given(gaps=GAPS)
def test_a_trail_tells_what_was_noted(gaps):
    """Every commit with its second, also after a trip through its row."""
    trail = Trail()
    for position, moment in walk(gaps):
        trail.add(position, moment)
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(trail), type=Trail)

    assert list(again) == [(position, moment // 1000) for position, moment in walk(gaps)]


def test_one_commit_is_noted_once_and_never_backwards():
    """Two batches of one commit are one step; a clock that goes back stands still."""
    trail = Trail()
    for position, moment in ((7, 9_000), (7, 9_500), (6, 9_900), (8, 4_000)):
        trail.add(position, moment)
    assert list(trail) == [(7, 9), (8, 9)]


def test_a_trail_is_bounded():
    """The older half is forgotten, the newest stays; a usual commit takes three bytes."""
    trail = Trail()
    for n in range(1, 5001):
        trail.add(300 * n, 5_000 * n)
        assert len(trail.steps) <= MAX_BYTES
    kept = list(trail)
    assert kept[-1] == (300 * 5000, 25_000)
    assert kept == [(300 * n, 5 * n) for n in range(5001 - len(kept), 5001)]
    assert len(kept) > MAX_BYTES / 2 / 3.1
