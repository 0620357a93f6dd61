"""Hesitation, backtrack, quick back, thrash, scroll milestone, form abandon."""

import pytest

from edge.events.raw import Backtrack, Hover, Input, Leave, Nav, Pointer, Scroll, Submit
from tests.edge.detect.make import found, names, raw

FORM = "form#checkout"


def change(n: int, at: int, field: str = "input#name", form: str | None = FORM) -> object:
    return raw(n, at, Input(target=field, phase="change", form=form))


def test_hesitation_begins_at_three_seconds() -> None:
    """Three seconds of dwell without acting, and not a millisecond less."""
    assert names([raw(0, 0, Hover(target="button", dwell=3000))]) == ["hesitation"]
    assert names([raw(0, 0, Hover(target="button", dwell=2999))]) == []


def test_acting_is_no_hesitation() -> None:
    """Who clicks or types in the end had only been reading."""
    assert names([raw(0, 0, Hover(target="button", dwell=9000, acted=True))]) == []


@pytest.mark.parametrize("kind", ["inert", "media", "canvas"])
def test_reading_and_watching_are_no_hesitation(kind: str) -> None:
    """A pointer may rest on text, a film or a drawing."""
    assert names([raw(0, 0, Hover(target="p", dwell=9000, kind=kind))]) == []  # type: ignore[arg-type]


def test_a_quick_back_is_not_a_backtrack_too() -> None:
    """Back within seven seconds without doing anything is quick; all else is a backtrack."""
    quick = Backtrack(origin="/a", stayed=7000, interacted=False)
    assert names([raw(0, 0, quick)]) == ["quick_back"]
    assert names([raw(0, 0, Backtrack(origin="/a", stayed=7001, interacted=False))]) == [
        "backtrack"
    ]
    assert names([raw(0, 0, Backtrack(origin="/a", stayed=100))]) == ["backtrack"]


def test_thrash_needs_twenty_turns_at_that_pace() -> None:
    """Twenty turns in less than two seconds; a longer shake at the same pace is one too."""
    assert names([raw(0, 0, Pointer(changes=20, duration=1999))]) == ["thrash"]
    assert names([raw(0, 0, Pointer(changes=20, duration=2000))]) == []
    assert names([raw(0, 0, Pointer(changes=19, duration=500))]) == []
    assert names([raw(0, 0, Pointer(changes=60, duration=5000))]) == ["thrash"]


def test_each_milestone_is_reached_once() -> None:
    """Only what goes deeper than before is a milestone; a jump is one signal."""
    depths = [10, 25, 30, 80, 60, 100, 100]
    signals = found([raw(n, 100 * n, Scroll(depth=d)) for n, d in enumerate(depths)])
    assert [s.payload.metrics["depth"] for s in signals] == [25, 75, 100]


def test_every_view_has_its_milestones() -> None:
    """A new view begins at its top."""
    rows = [raw(n, 100 * n, Scroll(depth=50), view=n) for n in range(3)]
    assert names(rows) == ["scroll_milestone"] * 3


def test_leaving_says_how_deep_it_was() -> None:
    """Depth that only the last word of a view tells counts too."""
    assert names([raw(0, 0, Leave(stayed=100, depth=60))]) == ["scroll_milestone"]


def test_a_form_begun_and_left() -> None:
    """Two fields changed, no submit, the view ended: one signal that counts two."""
    (signal,) = found([change(0, 0), change(1, 500, "input#zip"), raw(2, 900, Leave(stayed=900))])
    assert (signal.payload.signal, signal.payload.count) == ("form_abandon", 2)
    assert signal.payload.target == FORM
    assert signal.payload.duration == 900


def test_a_form_that_was_sent_is_not_abandoned() -> None:
    """A submit names the form or the button within it."""
    for target in (FORM, f"{FORM} > button"):
        sent = raw(1, 100, Submit(target=target))
        assert names([change(0, 0), sent, raw(2, 900, Leave(stayed=900))]) == []


def test_an_open_form_is_unknown() -> None:
    """Nothing is said before the view ended, nor when work goes on after it was hidden."""
    assert names([change(0, 0)]) == []
    hidden = raw(1, 100, Leave(stayed=100))
    assert names([change(0, 0), hidden, change(2, 200, "input#zip")]) == []


def test_the_next_view_ends_the_one_before() -> None:
    """In a page that changes its route, the next view says that the form was left."""
    assert names([change(0, 0), raw(1, 100, Nav(how="route"), view=1)]) == ["form_abandon"]


def test_fields_outside_a_form_are_not_abandoned() -> None:
    """A search box by itself is no form."""
    assert names([change(0, 0, form=None), raw(1, 9, Leave(stayed=9))]) == []
