"""Rage click: the owner's definition at its edges, and what never counts."""

import pytest

from edge.detect.rage_click import RageClick
from edge.events.raw import Click, Select
from tests.edge.detect.make import clicks, found, names, raw, reaction


def test_three_clicks_in_less_than_half_a_second_are_one() -> None:
    """Three clicks on one target within 499 ms are a rage click; 500 ms are none."""
    assert names(clicks(0, 250, 499)) == ["rage_click"]
    assert names(clicks(0, 250, 500)) == []


def test_two_clicks_are_none() -> None:
    """A double click is no rage."""
    assert names(clicks(0, 100)) == []


def test_a_burst_is_one_signal_with_its_full_count() -> None:
    """Nine clicks are one signal that counts nine and carries the first as its evidence."""
    (signal,) = found(clicks(*range(0, 900, 100)))
    assert signal.payload.count == 9
    assert signal.payload.duration == 800
    assert signal.payload.evidence[0] == "AAAAAAAAAAA:0"
    assert signal.timestamp == clicks(0)[0].timestamp


def test_runs_that_follow_soon_are_one_burst() -> None:
    """A pause of less than a second does not part a burst; a longer one does."""
    assert [s.payload.count for s in found(clicks(0, 100, 200, 1100, 1200, 1300))] == [6]
    assert [s.payload.count for s in found(clicks(0, 100, 200, 1300, 1400, 1500))] == [3, 3]


@pytest.mark.parametrize("kind", ["stepper", "pager", "entry", "media", "canvas", "picker", "key"])
def test_what_is_clicked_often_in_peace_never_counts(kind: str) -> None:
    """Steppers, pagers, fields, players, drawings, pickers and held keys are no rage."""
    assert names(clicks(0, 100, 200, 300, kind=kind)) == []


@pytest.mark.parametrize("fact", ["modified", "selected"])
def test_modifiers_and_selections_never_count(fact: str) -> None:
    """Clicks with a key held and clicks that select text are no rage."""
    assert names(clicks(0, 100, 200, **{fact: True})) == []


def test_another_target_ends_a_run() -> None:
    """Clicks here and there are no rage, however fast."""
    there = raw(9, 150, Click(target="a#other"))
    assert names([*clicks(0, 100, 200), there]) == []


def test_a_selection_of_text_ends_a_run() -> None:
    """Two clicks, a selection and another click are no rage."""
    assert names([*clicks(0, 100, 200), raw(9, 150, Select(target="p"))]) == []


def test_another_view_ends_a_run() -> None:
    """Clicks of two views do not add up."""
    third = raw(2, 200, Click(target=clicks(0)[0].payload.target), view=1)  # type: ignore[union-attr]
    assert names([*clicks(0, 100), third]) == []


def test_clicks_that_wake_the_window_never_count() -> None:
    """Within a second of a change of focus a click may only be meant for the window."""
    woken = [reaction(10 + n, n, 3000, focus=0) for n in range(3)]
    assert names([*clicks(0, 100, 200), *woken]) == []


def test_a_burst_that_was_answered_is_no_rage() -> None:
    """Where each click is visibly answered at once, somebody works; one unanswered is enough."""
    answered = [reaction(10 + n, n, 3000, dom=20) for n in range(3)]
    assert names([*clicks(0, 100, 200), *answered]) == []
    assert "rage_click" in names([*clicks(0, 100, 200), *answered[:2], reaction(12, 2, 3000)])


def test_parameters_decide() -> None:
    """Four clicks in a second, as another team wants it."""
    four = (RageClick(clicks=4, within_ms=1000),)
    assert names(clicks(0, 300, 600), four) == []
    assert names(clicks(0, 300, 600, 999), four) == ["rage_click"]
