"""Where trouble is more frequent: the tests of statistics, by their published figures."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai.excess import Cell, Standing, Voices, benjamini_hochberg, excesses, fisher, joined


def test_fishers_test_is_the_published_one() -> None:
    """The lady tasting tea (Fisher 1935): 3 of 4 or better by chance, 17 in 70."""
    assert fisher(3, 4, 1, 4) == pytest.approx(17 / 70)
    assert fisher(4, 4, 0, 4) == pytest.approx(1 / 70)
    assert fisher(0, 5, 2, 5) == 1


@given(st.integers(0, 12), st.integers(1, 12), st.integers(0, 12), st.integers(1, 12))
def test_fishers_test_is_that_of_counting(
    hit: int, count: int, others_hit: int, others: int
) -> None:
    """Every way of drawing, counted in whole numbers."""
    hit, others_hit = min(hit, count), min(others_hit, others)
    everyone, all_hit = count + others, hit + others_hit
    ways = sum(
        math.comb(all_hit, k) * math.comb(everyone - all_hit, count - k)
        for k in range(hit, min(count, all_hit) + 1)
    )
    wanted = Fraction(ways, math.comb(everyone, count))
    assert fisher(hit, count, others_hit, others) == pytest.approx(float(wanted))


def test_benjamini_and_hochbergs_own_example() -> None:
    """Their 15 comparisons (1995, section 4.2): four are rejected at 5 %."""
    chances = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344,
               0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0]  # fmt: skip
    adjusted = benjamini_hochberg(chances)
    assert sum(q <= 0.05 for q in adjusted) == 4
    assert adjusted == sorted(adjusted)
    assert benjamini_hochberg(chances[::-1]) == adjusted[::-1]


def cells(hits: dict[str, int], exposed: int = 200) -> list[Cell]:
    return [Cell((page, "button"), "rage_click", hit, exposed) for page, hit in hits.items()]


def test_the_one_place_that_hurts_is_found() -> None:
    """With its interval above what is usual elsewhere."""
    some = cells({f"/p{n}": 4 for n in range(9)} | {"/checkout": 30})
    (found,) = excesses(some, least=5)
    assert found.cell.place == ("/checkout", "button")
    assert found.baseline == pytest.approx(0.02)
    assert found.low > found.baseline
    assert found.low < found.rate == 0.15 < found.high
    assert found.q <= 0.1


def test_too_few_sessions_are_not_told() -> None:
    """However sure it is."""
    some = cells({f"/p{n}": 0 for n in range(9)} | {"/checkout": 9})
    assert [e.cell.place[0] for e in excesses(some, least=9)] == ["/checkout"]
    assert excesses(some, least=10) == []
    assert excesses(cells({"/a": 4, "/b": 0}, exposed=4), least=5) == []


def test_a_site_of_one_place_has_no_elsewhere() -> None:
    """Nor do kinds or forms of places that differ compare."""
    assert excesses(cells({"/a": 150}), least=5) == []
    mixed = [*cells({"/a": 150}), Cell(("/b", "button"), "dead_click", 0, 900)]
    mixed.append(Cell(("/b", "new", "mobile"), "rage_click", 0, 900))
    assert excesses(mixed, least=5) == []


def test_an_impossible_cell_is_told() -> None:
    """More hit than exposed."""
    with pytest.raises(ValueError, match="9 of 5"):
        excesses([Cell(("/a",), "x", 9, 5)], least=1)


counts = st.lists(st.tuples(st.integers(0, 40), st.integers(40, 90)), min_size=2, max_size=8)


@given(counts, st.randoms(use_true_random=False))
def test_the_order_of_the_cells_changes_nothing(rows, chance) -> None:
    """Same cells, same findings; none twice, each above the others' rate."""
    some = [Cell((f"/{n}",), "x", hit, exposed) for n, (hit, exposed) in enumerate(rows)]
    found = excesses(some, least=5)
    chance.shuffle(some)
    assert excesses(some, least=5) == found
    assert all(one.rate >= one.low > one.baseline for one in found)


def test_a_finding_is_told_when_it_has_stood() -> None:
    """One that went away in between begins anew."""
    (found,) = excesses(cells({f"/p{n}": 4 for n in range(9)} | {"/checkout": 30}), least=5)
    standing = Standing(hold=100)
    assert standing.told([found], 0) == []
    assert standing.told([found], 99) == []
    assert standing.told([found], 100) == [found]
    assert standing.told([], 101) == []
    assert standing.told([found], 102) == []
    assert Standing(hold=0).told([found], 0) == [found]


def test_comments_are_joined_by_page_and_session() -> None:
    """And it is told how many of each."""
    groups = [
        Voices(1, {"/checkout": {"a", "b", "c"}, "/": {"d"}}),
        Voices(2, {"/checkout": {"x"}}),
        Voices(3, {"/": {"a"}}),
        Voices(4, {"/checkout": {"p", "q"}}),
    ]
    assert joined("/checkout", {"a", "b", "q"}, groups) == [(1, 3, 2), (4, 2, 1), (2, 1, 0)]
