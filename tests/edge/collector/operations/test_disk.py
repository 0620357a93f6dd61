"""The states of the disk and the forecast, for any figures."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.collector.operations.disk import DAY, Disk, Figures, full_at, says, step

MIB = 2**20
SIZES = st.integers(0, 2**40)
FIGURES = st.builds(
    Figures,
    live=SIZES,
    file=SIZES,
    wal=SIZES,
    free=SIZES,
    reserve=SIZES,
    budget=st.one_of(st.just(0), SIZES),
    wal_cap=st.one_of(st.just(0), SIZES),
    writable=st.booleans(),
)


def at(level: float, **more) -> Figures:
    whole = {"live": int(level * 1000), "file": 1000, "wal": 0, "free": 0}
    return Figures(**{**whole, **more})


@given(st.sampled_from(Disk), FIGURES)
def test_a_disk_that_cannot_be_written_is_always_full(state, seen):
    """And one that is, is full for one of the four reasons."""
    after = step(state, seen)
    if not seen.writable or seen.pinned or seen.level >= 0.9:
        assert after is Disk.FULL
    elif after is Disk.FULL:
        assert state is Disk.FULL
        assert seen.level >= 0.8


@given(st.lists(st.floats(0.0, 1.0), max_size=50))
def test_between_the_bounds_the_state_stays(levels):
    """No flicker: full is left below 80 % only, and entered at 90 % only."""
    state = Disk.NORMAL
    for level in levels:
        before, state = state, step(state, at(level))
        if before is Disk.FULL and state is not Disk.FULL:
            assert at(level).level < 0.8
        if before is not Disk.FULL and state is Disk.FULL:
            assert at(level).level >= 0.9


def test_the_way_up_and_down():
    """As edge-and-link.md 4.6 has it."""
    state, seen = Disk.NORMAL, []
    for level in (0.5, 0.79, 0.8, 0.89, 0.9, 0.85, 0.8, 0.79, 0.85):
        state = step(state, at(level))
        seen.append(state.value)
    assert seen == [
        *("normal", "normal", "shedding", "shedding", "full", "full", "full"),
        *("normal", "shedding"),
    ]


@given(FIGURES)
def test_the_level_is_a_share_and_grows_with_what_is_live(seen):
    """It lies in 0…1, and more in use is never less full."""
    import dataclasses

    more = dataclasses.replace(seen, live=seen.live + MIB)
    assert 0 <= seen.level <= more.level <= 1


def test_the_reserve_and_a_foreign_disk_count():
    """What others fill is as lost to us as what we fill."""
    assert at(0.5).level == 0.5
    assert at(0.5, free=1000).level == 0.25
    assert at(0.5, free=1000, reserve=1000).level == 0.5
    assert at(0.5, free=10**9, budget=500).level == 1.0


@given(st.floats(1e3, 1e9), st.integers(10, 400), st.integers(0, 10**9))
def test_a_steady_growth_is_foretold(per_day, hours, start):
    """On a straight line the forecast is where the line meets 90 %."""
    samples = [(h * 3600.0, int(start + per_day * h / 24)) for h in range(hours)]
    capacity = int((samples[-1][1] + 30 * per_day) / 0.9)
    left = (full_at(samples, capacity) - samples[-1][0]) / DAY
    assert left == pytest.approx(30, rel=0.05, abs=0.1)


@given(st.lists(st.tuples(st.floats(0, 1e9), st.integers(0, 2**40)), max_size=30), SIZES)
def test_a_forecast_never_lies_in_the_past(samples, capacity):
    """Nor is it a number that is none."""
    samples.sort()
    moment = full_at(samples, capacity)
    assert not math.isnan(moment)
    assert not samples or moment >= samples[-1][0]


def test_what_does_not_grow_is_never_full():
    """Nor what was watched for minutes only."""
    assert full_at([], 10) == math.inf
    assert full_at([(0.0, 5), (7200.0, 5)], 10) == math.inf
    assert full_at([(0.0, 5), (7200.0, 3)], 10) == math.inf
    assert full_at([(0.0, 5), (60.0, 7)], 10) == math.inf


@pytest.mark.parametrize(
    ("seen", "word"),
    [
        (at(0.95), "95% full"),
        (at(0.1, writable=False), "cannot be written"),
        (at(0.1, wal=10, wal_cap=10), "a reader holds"),
    ],
)
def test_a_full_disk_says_what_helps(seen, word):
    """And a good one says ok."""
    assert word in says(step(Disk.NORMAL, seen), seen)
    assert says(Disk.SHEDDING, at(0.85)) == "ok"
