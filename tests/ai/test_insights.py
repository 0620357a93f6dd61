"""Findings and their words: from figures alone, every number checkable."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai.faithful import check
from ai.rules import Finding, Place, find
from ai.trend import trend, wilson
from ai.words import EVIDENCE, NAMES, _row, describe, summarise

WEIGHTS = {"rage_click": 0.5, "hesitation": 0.25, "backtrack": 0.3, "dead_click": 0.3}


def place(page: str, sessions: int, affected: dict[str, int], **more) -> Place:
    """Return a page on which each affected session has its signal once."""
    contributions = {signal: WEIGHTS[signal] * count for signal, count in affected.items()}
    return Place(
        page=page,
        sessions=sessions,
        signals=affected,
        affected=affected,
        contributions=contributions,
        **more,
    )


def test_one_finding_for_each_page_that_hurts_about_its_worst_signal() -> None:
    """Weight times count decides; a page without trouble has none."""
    pages = [
        place("/checkout", 40, {"rage_click": 12, "hesitation": 20}, score=0.3),
        place("/cart", 90, {"hesitation": 15}, score=0.05),
        place("/", 200, {}, score=0.0),
    ]
    found = find(pages, [], [], mean=0.1, least=10)
    assert [(one.page, one.signal) for one in found] == [
        ("/checkout", "rage_click"),
        ("/cart", "hesitation"),
    ]


def test_a_signal_of_too_few_sessions_is_left_alone() -> None:
    """The threshold of disclosure holds for insights too."""
    pages = [place("/a", 40, {"rage_click": 9, "hesitation": 11}, score=0.2)]
    (found,) = find(pages, [], [], mean=0.1, least=10)
    assert found.signal == "hesitation"
    assert find(pages, [], [], mean=0.1, least=12) == []


@pytest.mark.parametrize(
    ("now", "before", "wanted"),
    [
        ((30, 100), (0, 0), "new"),
        ((30, 100), (0, 100), "new"),
        ((30, 100), (10, 100), "rising"),
        ((10, 100), (30, 100), "falling"),
        ((30, 100), (28, 100), "steady"),
        ((3, 4), (1, 100), "unclear"),
        ((100, 100), (100, 100), "steady"),
    ],
)
def test_trend(now: tuple[int, int], before: tuple[int, int], wanted: str) -> None:
    """A share against the one before."""
    assert trend(*now, *before) == wanted


def test_the_wilson_interval_is_the_published_one() -> None:
    """10 of 100 (Newcombe 1998): 0.0552 to 0.1744."""
    low, high = wilson(10, 100)
    assert (round(low, 4), round(high, 4)) == (0.0552, 0.1744)
    assert wilson(0, 0) == (0.0, 1.0)


def test_the_order_of_the_rows_changes_nothing() -> None:
    """Same figures, same findings."""
    pages = [place(f"/p{n}", 50, {"dead_click": 10 + n % 3}, score=0.1) for n in range(8)]
    assert find(pages, [], [], mean=0.1, least=1) == find(pages[::-1], [], [], mean=0.1, least=1)


counts = st.integers(1, 60)


@given(counts, counts, st.integers(61, 900), st.floats(0, 1), counts, counts)
def test_every_number_in_the_words_is_one_of_the_figures(
    rage: int, back: int, sessions: int, score: float, down: int, up: int
) -> None:
    """Nothing is said that cannot be recomputed."""
    reactions = {"thumbs_down": down, "thumbs_up": up}
    affected = {"rage_click": rage, "backtrack": back}
    page = place("/checkout", sessions, affected, score=score, reactions=reactions)
    element = place("/checkout", 9, {"rage_click": 1}, target="button.pay")
    element = Place(**{**{f: getattr(element, f) for f in element.__slots__}, "sessions": 70})
    (found,) = find(
        [page], [place("/checkout", 80, {"rage_click": 7})], [element], mean=0.1, least=1
    )
    words = describe(found)
    figures = {value for _, value, _ in words.numbers}
    figures |= {round(value, 2) for value in figures}
    figures |= {float(f"{100 * found.affected / found.sessions:.0f}")}
    for number in re.findall(r"\d+(?:\.\d+)?", words.description):
        assert float(number) in figures, words.description
    assert "not proven" in words.hypothesis.lower()


@pytest.mark.parametrize("signal", [*NAMES])
@pytest.mark.parametrize("before", [(0, 0), (3, 4), (10, 80), (30, 80), (60, 80)])
def test_every_word_of_the_rules_can_be_checked(signal: str, before: tuple[int, int]) -> None:
    """Of every signal and trend, on the start page too; nothing of it is dropped."""
    for path in ("/", "/checkout/step2", "/item/:id"):
        found = Finding(
            page=path, signal=signal, trend=trend(30, 90, *before), score=0.31, mean=0.1,
            sessions=90, affected=30, times=41,
            affected_before=before[0], sessions_before=before[1],
            element="Step 2: Pay", element_times=30, taps=7, unhappy=5,
            others=tuple((other, 2) for other in NAMES if other != signal),
        )  # fmt: skip
        summary = summarise(found, found.page, found.element)
        rows = {EVIDENCE: _row(found)}
        assert check(summary, rows) == []
        words = describe(found)
        assert words.title == summary.texts()["title"]
        assert words.description == summary.texts()["description"]
        assert "30 of 90 sessions (33 %)" in words.description
        assert "on Step 2: Pay" in words.description


@pytest.mark.parametrize("name", ["/<script>", "/a“b”", "/see http://evil.example", "/x{f1}"])
def test_a_name_that_cannot_be_shown_is_not_said(name: str) -> None:
    """The figures are told all the same."""
    (found,) = find([place(name, 40, {"rage_click": 12}, score=0.3)], [], [], mean=0.1, least=10)
    words = describe(found)
    assert name not in words.title + words.description
    assert words.title == "Rage clicks on a page"
    assert "12 of 40 sessions (30 %)" in words.description
