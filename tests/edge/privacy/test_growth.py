"""
No text makes scrubbing slow: what it costs grows with its length, and its length is bounded.

Steps are calls, of Python and of C, which no other load on the machine changes; what a
pattern does within one call is seen by the ratio of times. Milliseconds: ``make bench``.
"""

import sys
import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.privacy.clean import clean
from edge.privacy.selector import scrub_selector_uncached
from edge.privacy.text import MAX_TEXT, scrub_once, scrub_text_uncached
from edge.privacy.url import host_of, scrub_url
from tests.edge.privacy.hostile import PIECES, SCRUBBERS

SIZES = {
    scrub_once: (1000, 2000, 4000),
    scrub_url: (500, 1000, 2000),
    scrub_selector_uncached: (250, 500, 1000),
    host_of: (500, 1000, 2000),
}
"""One look of each scrubber, and lengths below that at which it cuts."""
STEPS = 12
"""Calls per character, at the most."""

Scrub = Callable[[str], str]


def steps(scrub: Scrub, text: str) -> int:
    """Return how many calls *scrub* makes for *text*."""
    count = 0

    def note(_frame: object, event: str, _what: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        scrub(text)
    finally:
        sys.setprofile(None)
    return count


def seconds(scrub: Scrub, text: str) -> float:
    """Return the least time of several runs, of this thread alone."""

    def once() -> float:
        start = time.thread_time()
        scrub(text)
        return time.thread_time() - start

    return min(once() for _ in range(3))


@pytest.mark.parametrize("scrub", SIZES)
@pytest.mark.parametrize("piece", PIECES)
def test_steps_grow_with_length_alone(scrub: Scrub, piece: str) -> None:
    """Twice the text, twice the calls: at 1,000, 2,000 and 4,000 characters."""
    small, middle, large = (steps(scrub, ("1" + piece * size)[:size]) for size in SIZES[scrub])

    assert middle <= 2.2 * small + 60
    assert large <= 2.2 * middle + 60
    assert large <= STEPS * SIZES[scrub][-1]


@pytest.mark.parametrize("piece", PIECES)
def test_time_within_a_pattern_grows_with_length_alone(piece: str) -> None:
    """Where a pattern reads letters again and again, eight times the text costs 64 times."""
    text = "1" + piece * 16_000

    assert seconds(scrub_once, text[:16_000]) < 20 * seconds(scrub_once, text[:2000]) + 0.001


@pytest.mark.parametrize("piece", PIECES)
def test_what_is_cut_or_grows_costs_no_more_than_what_is_kept(piece: str) -> None:
    """From the first letter to the last look: a text over the limit against what is kept of it."""
    text = piece * 8000
    over, kept = text[:8000], clean(text, MAX_TEXT)

    cost = seconds(scrub_text_uncached, over)
    assert cost < 3 * seconds(scrub_text_uncached, kept) + 0.002
    assert cost < 8 * seconds(scrub_text_uncached, clean(text, 2000)) + 0.002


@pytest.mark.parametrize("piece", ["é", "e\u0301", "a\u200b", "\ufdfa", "٣", "\n", "가"])
def test_what_lies_behind_the_limit_is_not_even_made_clean(piece: str) -> None:
    """A million letters cost no more than a few thousand."""
    text = piece * 1_000_000
    few, many = text[:16_004], text[:1_000_000]

    assert (
        seconds(lambda t: clean(t, 4000), many) < 3 * seconds(lambda t: clean(t, 4000), few) + 0.002
    )


UNITS = st.lists(
    st.sampled_from(PIECES) | st.text(max_size=3) | st.sampled_from(list(" .-/:@=0aA")),
    min_size=1,
    max_size=5,
).map("".join)


@settings(derandomize=True, max_examples=150)
@given(st.sampled_from([*SIZES]), UNITS.filter(bool))
def test_no_mixture_breaks_the_bound(scrub: Scrub, unit: str) -> None:
    """Whatever is repeated: found by search, mutated and put together anew."""
    _, middle, large = SIZES[scrub]
    text = unit * large
    assert steps(scrub, text[:large]) <= 3 * steps(scrub, text[:middle]) + 100
    assert steps(scrub, text[:large]) <= STEPS * large


@pytest.mark.parametrize("scrub", SCRUBBERS)
@pytest.mark.parametrize("piece", PIECES)
def test_length_beyond_the_limit_costs_nothing(scrub: Scrub, piece: str) -> None:
    """What lies behind the limit is cut off before it is looked at."""
    at_limit = steps(scrub, (piece * MAX_TEXT)[: 4 * MAX_TEXT])
    assert steps(scrub, (piece * 100 * MAX_TEXT)[: 100 * MAX_TEXT]) <= at_limit + 2


@pytest.mark.parametrize("piece", PIECES)
def test_a_text_is_looked_at_a_bounded_number_of_times(piece: str) -> None:
    """Short texts several times, long ones once: together no more than one of full length."""
    for size in (500, 1000, 1999, 2500):
        assert steps(scrub_text_uncached, (piece * size)[:size]) <= STEPS * MAX_TEXT
