"""Which numbers of a stream have come."""

from hypothesis import given
from hypothesis import strategies as st

from edge.collector.agents.numbers import MAX_INTERVALS, Numbers


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


BATCHES = st.lists(st.lists(st.integers(0, 400), max_size=120), max_size=12)


@given(BATCHES)
def test_no_number_is_new_twice_and_few_holes_cost_nothing(batches):
    """Against a set; only while a stream has more holes than are kept is a number given up."""
    numbers, model, given_up = Numbers(), set(), False
    for batch in batches:
        for n in batch:
            new = numbers.add(n)
            assert not (new and n in model)
            assert new or n in model or given_up
            model.add(n)
        before = len(numbers.bounds) // 2
        numbers.bound()
        given_up = given_up or before > MAX_INTERVALS
        assert len(numbers.bounds) // 2 == min(before, MAX_INTERVALS)
        assert all(n in numbers for n in batch)


@given(st.sets(st.integers(0, 2000), min_size=80), st.integers(2001, 2**53 - 100))
def test_what_is_new_passes_however_many_holes_there_are(scattered, first):
    """A stream goes on; the lowest hole is given up, the highest ones stay open."""
    numbers = Numbers()
    for n in scattered:
        numbers.add(n)
        numbers.bound()
    assert all(numbers.add(first + 2 * step) for step in range(40))
    numbers.bound()

    assert all(numbers.add(first + 2 * step + 1) for step in range(39))
    assert not any(numbers.add(n) for n in scattered)


def test_a_hostile_sender_cannot_make_it_grow():
    """Beyond the bound of holes the lowest are closed, as many as are too many."""
    numbers = Numbers()
    for n in range(MAX_INTERVALS + 2):
        numbers.add(n * 2)
    numbers.bound()

    assert len(numbers.bounds) == 2 * MAX_INTERVALS
    assert not numbers.add(1)
    assert not numbers.add(3)
    assert numbers.add(5)
