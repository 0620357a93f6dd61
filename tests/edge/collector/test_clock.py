"""A browser's moments on the server's clock."""

from hypothesis import given
from hypothesis import strategies as st

from edge.collector import clock

NOW = 1_800_000_000_000
DAY = 86_400_000


def test_latency_is_no_skew():
    """A batch that took 1.5 s to arrive keeps its moments."""
    assert clock.first_skew(sent_at=NOW - 1500, received_at=NOW) == 0


def test_what_comes_before_it_was_sent_shows_a_clock_that_is_ahead():
    """A second ahead is no latency: nothing arrives before it leaves."""
    assert clock.first_skew(sent_at=NOW + 1000, received_at=NOW) == -1000


def test_a_wrong_clock_is_corrected_by_when_it_says_it_sent():
    """A device two years ahead: its click of 10 s before sending was 10 s before receipt."""
    ahead = 730 * DAY
    skew = clock.first_skew(sent_at=NOW + ahead, received_at=NOW)

    assert NOW + ahead - 10_000 + skew == NOW - 10_000


def test_the_fastest_request_before_the_first_event_tells_the_skew():
    """A choice that was 3 s under way is put right by the batch after it."""
    slow = clock.first_skew(sent_at=NOW - 3_000, received_at=NOW)
    assert clock.skew(slow, sent_at=NOW - 50, received_at=NOW, settled=False) == 0


@given(st.integers(-59_000, 59_000))
def test_one_skew_holds_through_a_session(wobble):
    """Once events lie on disk, latency that wobbles never reorders them."""
    sent = NOW - 5_000 + wobble
    assert clock.skew(5_000, sent_at=sent, received_at=NOW, settled=True) == 5_000


def test_a_clock_that_is_set_during_a_session_is_followed():
    """A step of an hour is no latency."""
    sent = NOW - 3_600_000
    assert clock.skew(0, sent_at=sent, received_at=NOW, settled=True) == 3_600_000


@given(st.lists(st.integers(-DAY, 2 * DAY), min_size=1))
def test_a_batch_goes_back_as_one(offsets):
    """What is left ahead is what latency can be; a wrong number moves no other event."""
    moments = [NOW + offset for offset in offsets]
    back = clock.overshoot(moments, NOW)
    sane = [at - back for at in moments if at <= NOW + clock.NONSENSE]
    assert all(at <= NOW + clock.AHEAD for at in sane)
    assert back == 0 or max(sane) == NOW
