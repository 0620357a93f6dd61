"""The positions of a session's commits, and how long its detectors' state lives."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from edge.collector.agents.trail import MAX_BYTES, STATE_LIFE, Trail

STEPS = st.lists(st.integers(1, 2**40), max_size=200)
NOW = 1_800_000_000_000


@given(steps=STEPS)
def test_a_trail_tells_what_was_noted(steps):
    """Every commit, also after a trip through its row."""
    trail, position, noted = Trail(), 0, []
    for step in steps:
        position += step
        trail.add(position, NOW)
        noted.append(position)
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(trail), type=Trail)

    assert list(again) == noted


def test_one_commit_is_noted_once_and_never_backwards():
    """Two batches of one commit are one step; a clock that goes back stands still."""
    trail = Trail()
    for position, moment in ((7, 9_000), (7, 9_500), (6, 9_900), (8, 4_000)):
        trail.add(position, moment)
    assert (list(trail), trail.at) == ([7, 8], 9_900)


def test_a_state_ends_after_an_hour_without_events():
    """An hour is within, and a new trail has nothing to end."""
    trail = Trail()
    assert not trail.is_over(NOW)
    trail.add(1, NOW)
    assert not trail.is_over(NOW + STATE_LIFE)
    assert trail.is_over(NOW + STATE_LIFE + 1)


def test_a_trail_is_bounded_and_holds_hours():
    """A commit every 5 s takes two bytes; after more than two and a half hours the state ends."""
    trail = Trail()
    commits = 0
    while not trail.is_over(NOW + 5_000 * commits):
        commits += 1
        trail.add(300 * commits, NOW + 5_000 * commits)
    assert len(trail.steps) <= MAX_BYTES + 9
    assert commits > 2.5 * 3600 / 5
