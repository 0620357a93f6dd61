"""Hysteresis of the probes."""

from hypothesis import given
from hypothesis import strategies as st

from edge.collector.operations.steady import Steady

ANSWERS = st.lists(st.tuples(st.floats(0.01, 10), st.booleans()), min_size=1, max_size=60)


@given(ANSWERS, st.floats(0, 20), st.floats(0, 20))
def test_only_what_lasts_changes_a_probe(answers, bad_after, good_after):
    """Whenever it turns, it was told so without a break for its time."""
    probe = Steady(bad_after=bad_after, good_after=good_after)
    now, run_since, last = 0.0, 0.0, None
    for gap, good in answers:
        now += gap
        if good is not last:
            run_since, last = now, good
        before = probe.says
        after = probe.hear("ok" if good else "bad", now)
        if before and (before == "ok") != (after == "ok"):
            assert good == (after == "ok")
            assert now - run_since >= (good_after if good else bad_after)
        if not before:
            assert (after == "ok") is good


def test_a_change_of_words_is_told_at_once():
    """As long as it is bad, the newest reason holds."""
    probe = Steady(good_after=5)
    assert probe.hear("one", 0) == "one"
    assert probe.hear("two", 1) == "two"
    assert probe.hear("ok", 2) == "two"
    assert probe.hear("ok", 6.9) == "two"
    assert probe.hear("ok", 7) == "ok"
