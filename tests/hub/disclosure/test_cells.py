"""Which cells are hidden (row P7): by hand, and over random lists."""

from hypothesis import given
from hypothesis import strategies as st

from hub.disclosure.cells import Cell, summed, suppress


def cells(*sessions: int) -> list[Cell]:
    """Return cells named a, b, c …"""
    return [Cell(chr(97 + n), count) for n, count in enumerate(sessions)]


def test_a_cell_is_hidden_below_k_and_shown_at_k() -> None:
    """k-1, then k."""
    assert suppress(cells(9), 100, 10) == {"a": "few"}
    assert suppress(cells(10), 100, 10) == {}


def test_a_cell_whose_complement_is_too_small_is_hidden() -> None:
    """The rest of the list would be 9 sessions; at 10, or at none, it may be shown."""
    assert suppress(cells(91), 100, 10) == {"a": "complement"}
    assert suppress(cells(90), 100, 10) == {}
    assert suppress(cells(100), 100, 10) == {}


def test_with_k_1_nothing_is_hidden() -> None:
    """A demo project."""
    assert suppress(cells(1, 2, 3), 4, 1) == {}


def test_what_adds_up_hides_a_second_cell_with_the_first() -> None:
    """One hidden cell could be had by subtraction: the smallest other one goes with it."""
    parts = cells(40, 30, 3)
    assert suppress(parts, 73, 10, together=summed(parts)) == {"c": "few", "b": "complement"}


@given(st.lists(st.integers(1, 60), max_size=12), st.integers(2, 20))
def test_subtraction_never_leads_to_fewer_than_k(counts: list[int], k: int) -> None:
    """Whatever is shown of a list that adds up, what is left is nobody or at least k."""
    parts = cells(*counts)
    total = sum(counts)
    hidden = suppress(parts, total, k, together=summed(parts))
    shown = [cell for cell in parts if cell.key not in hidden]
    rest = total - sum(cell.sessions for cell in shown)
    assert all(cell.sessions >= k for cell in shown)
    assert rest == 0 or rest >= k or not shown
    assert all(total - cell.sessions == 0 or total - cell.sessions >= k for cell in shown)
