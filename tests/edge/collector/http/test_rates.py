"""How much one sender may send, whoever else sends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.collector.http.errors import TooMany
from edge.collector.http.rates import CLOSED, Limit, Rates
from edge.events.wire import MAX_EVENTS


def test_a_bucket_holds_a_minute_and_fills_in_a_minute():
    """What it holds goes at once; then as much as flows in."""
    limit = Limit(6_000)
    limit.spend("a", 6_000, 0.0)
    assert limit.wait("a", 100, 0.0) == pytest.approx(1.0)
    assert limit.wait("a", 100, 1.0) == 0.0
    assert limit.wait("b", 6_000, 0.0) == 0.0


@given(
    st.integers(1, 100_000),
    st.lists(st.tuples(st.floats(0, 30), st.integers(1, MAX_EVENTS)), max_size=60),
)
def test_no_more_passes_than_a_minute_and_what_flowed_in(per_minute, requests):
    """Whatever comes when: the sum is bounded, and the largest batch is never shut out."""
    limit, now, passed = Limit(per_minute), 0.0, 0
    for pause, cost in requests:
        now += pause
        if limit.wait("a", cost, now) == 0:
            limit.spend("a", cost, now)
            passed += cost
    assert passed <= max(per_minute, MAX_EVENTS) + per_minute * now / 60 + 1
    assert limit.wait("a", MAX_EVENTS, now + 61 * max(1, MAX_EVENTS / per_minute)) == 0


@given(st.lists(st.integers(0, 10_000), max_size=300))
def test_memory_is_bounded_whoever_comes(keys):
    """The longest silent are forgotten first."""
    limit = Limit(1, keys=8)
    for now, key in enumerate(keys):
        limit.wait(key, 501, float(now))
        limit.spend(key, 1, float(now))
    assert len(limit) <= 8


def rates(session=0, project=0, address=0):
    return Rates(Limit(session), Limit(project), Limit(address))


def test_what_is_refused_counts_against_nobody():
    """A session over its limit takes nothing from its project, and the other way round."""
    of = rates(session=1_000, project=1_500)
    of.take("s", "p", None, 1_000, 0.0)
    with pytest.raises(TooMany, match="one session"):
        of.take("s", "p", None, 500, 0.0)
    of.take("t", "p", None, 500, 0.0)
    with pytest.raises(TooMany, match="one project"):
        of.take("u", "p", None, 100, 0.0)
    of.take("u", "other", None, 1_000, 0.0)


def test_who_was_refused_is_refused_unheard_for_a_moment():
    """Before anything is read, and only that project or address."""
    of = rates(address=500)
    of.take("s", "p", 7, 500, 0.0)
    of.admit("p", 7, 0.0)
    with pytest.raises(TooMany, match="one address"):
        of.take("s", "p", 7, 1, 0.0)
    with pytest.raises(TooMany, match="one address"):
        of.admit("p", 7, CLOSED / 2)
    of.admit("p", 8, CLOSED / 2)
    of.admit("p", None, CLOSED / 2)
    of.admit("p", 7, CLOSED * 2)


def test_no_limit_is_no_limit():
    """0 lets everything through and remembers nobody."""
    of = rates()
    for _ in range(100):
        of.take("s", "p", 7, MAX_EVENTS, 0.0)
    assert len(of.session) == len(of.project) == len(of.address) == 0
