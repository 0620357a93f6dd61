"""A browser's moments on the server's clock."""

from hypothesis import given
from hypothesis import strategies as st

from edge.collector import clock

NOW = 1_800_000_000_000
DAY = 86_400_000


def test_latency_is_no_skew():
    """A batch that took 1.5 s to arrive keeps its moments."""
    assert clock.first_skew(sent_at=NOW - 1500, received_at=NOW) == 0


def test_a_wrong_clock_is_corrected_by_when_it_says_it_sent():
    """A device two years ahead: its click of 10 s before sending was 10 s before receipt."""
    ahead = 730 * DAY
    skew = clock.first_skew(sent_at=NOW + ahead, received_at=NOW)

    assert NOW + ahead - 10_000 + skew == NOW - 10_000


@given(st.integers(-59_000, 59_000))
def test_one_skew_holds_through_a_session(wobble):
    """Latency that wobbles between batches never reorders events."""
    assert clock.skew(5_000, sent_at=NOW - 5_000 + wobble, received_at=NOW) == 5_000


def test_a_clock_that_is_set_during_a_session_is_followed():
    """A step of an hour is no latency."""
    assert clock.skew(0, sent_at=NOW - 3_600_000, received_at=NOW) == 3_600_000
