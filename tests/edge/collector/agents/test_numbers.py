"""Which numbers of a stream have come."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.collector.agents.numbers import MAX_INTERVALS, Numbers, TooScattered


@given(st.lists(st.integers(0, 80), max_size=200))
def test_it_is_a_set(sequence):
    """Whatever the order, `add` says whether a number is new, and `in` whether it has come."""
    numbers, model = Numbers(), set()
    for n in sequence:
        assert numbers.add(n) == (n not in model)
        model.add(n)

    assert [n for n in range(82) if n in numbers] == sorted(model)


@given(st.permutations(list(range(40))))
def test_it_ends_as_one_interval_whatever_the_order(sequence):
    """A stream without holes costs two numbers, however it came."""
    numbers = Numbers()
    for n in sequence:
        numbers.add(n)

    assert numbers.bounds == [0, 39]


def test_it_survives_being_stored():
    """The bounds are all of its state."""
    numbers = Numbers()
    for n in (0, 1, 2, 7, 9, 10):
        numbers.add(n)
    again = Numbers(list(numbers.bounds))

    assert [n for n in range(12) if n in again] == [0, 1, 2, 7, 9, 10]
    assert not again.add(9)
    assert again.add(8)


def test_a_hostile_sender_cannot_make_it_grow():
    """Beyond the bound of holes a new number is refused, known ones still answer."""
    numbers = Numbers()
    for n in range(MAX_INTERVALS):
        numbers.add(n * 2)

    with pytest.raises(TooScattered):
        numbers.add(10_000)
    assert not numbers.add(2)
    assert numbers.add(1)
