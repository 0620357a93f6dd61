"""Error, dead and slow clicks, and that one click counts once."""

import pytest

from edge.events.raw import Click, Error
from tests.edge.detect.make import BUTTON, OTHER, clicks, found, names, raw, reaction


def test_nothing_after_a_click_is_dead() -> None:
    """A watched click that nothing came of is dead, with its reaction row as evidence."""
    (signal,) = found([*clicks(0), reaction(1, 0, 3000)])
    assert signal.payload.signal == "dead_click"
    assert signal.payload.evidence == ["AAAAAAAAAAA:0", "AAAAAAAAAAA:1"]


def test_unknown_is_never_dead() -> None:
    """Without a reaction row, or with a watch that ended early, nothing is said."""
    assert names(clicks(0)) == []
    assert names([*clicks(0), reaction(1, 0, 3000, watched=2499)]) == []
    assert names([*clicks(0), reaction(1, 0, 3000, watched=2500)]) == ["dead_click"]


@pytest.mark.parametrize("life", ["dom", "nav", "request", "media", "dialog"])
def test_any_sign_of_life_keeps_a_click_alive(life: str) -> None:
    """One reaction of the page within the deadline is enough."""
    kinds = {life: 100.0, **({"request_end": 200.0} if life == "request" else {})}
    assert names([*clicks(0), reaction(1, 0, 3000, **kinds)]) == []


@pytest.mark.parametrize("echo", ["scroll", "selection", "focus"])
def test_what_the_visitor_may_have_done_excuses_for_a_second(echo: str) -> None:
    """Scroll, selection and focus count as life for a second: they may only excuse."""
    assert names([*clicks(0), reaction(1, 0, 3000, **{echo: 1000.0})]) == []
    assert names([*clicks(0), reaction(1, 0, 3000, **{echo: 1001.0})]) == ["dead_click"]


@pytest.mark.parametrize(
    "kind", ["entry", "media", "canvas", "picker", "outgoing", "tab", "download", "inert"]
)
def test_targets_that_show_no_reaction_are_never_dead(kind: str) -> None:
    """The browser's own surfaces, other tabs, downloads and plain text promise nothing."""
    assert names([*clicks(0, kind=kind), reaction(1, 0, 3000)]) == []


@pytest.mark.parametrize("fact", [{"modified": True}, {"selected": True}, {"button": 1}])
def test_clicks_that_mean_something_else_are_never_dead(fact: dict[str, object]) -> None:
    """A held key, a selection and the other buttons have their own meaning."""
    assert names([*clicks(0, **fact), reaction(1, 0, 3000)]) == []


def test_late_is_slow_and_no_click_falls_between() -> None:
    """At 2,499 ms a click is answered, at 2,500 ms it is slow: there is no gap to dead."""
    assert names([*clicks(0), reaction(1, 0, 9000, watched=7000, dom=2499)]) == []
    (slow,) = found([*clicks(0), reaction(1, 0, 9000, watched=7000, dom=2500)])
    assert (slow.payload.signal, slow.payload.duration) == ("slow_click", 2500)


def test_a_request_still_open_is_slow_not_dead() -> None:
    """The page works on it: slow while its request is open, nothing once it has ended."""
    assert names([*clicks(0), reaction(1, 0, 3000, request=10)]) == ["slow_click"]
    assert names([*clicks(0), reaction(1, 0, 3000, request=10, request_end=300)]) == []


def test_an_error_soon_after_a_click() -> None:
    """An error less than two seconds after a click makes an error click."""
    assert names([*clicks(0), raw(1, 1999, Error(of=0, after=1999))]) == ["error_click"]
    assert names([*clicks(0), raw(1, 2000, Error(of=0, after=2000))]) == []


def test_an_error_without_a_name_is_the_latest_clicks() -> None:
    """Where the page does not say which click, it is the one before."""
    (signal,) = found([*clicks(0, 900), raw(5, 1000, Error())])
    assert signal.payload.evidence == ["AAAAAAAAAAA:1", "AAAAAAAAAAA:5"]


def test_many_errors_of_one_click_are_one_signal() -> None:
    """The signal counts its errors and begins with the first."""
    errors = [raw(n, 100 * n, Error(of=0, after=100.0 * n)) for n in (1, 2, 3)]
    (signal,) = found([*clicks(0), *errors])
    assert signal.payload.metrics == {"errors": 3}
    assert signal.payload.duration == 100


def test_one_click_counts_once() -> None:
    """Rage before error before dead before slow."""
    dead = [reaction(20 + n, n, 3000) for n in range(3)]
    error = raw(9, 300, Error(of=2, after=100))
    assert names([*clicks(0, 100, 200), *dead, error]) == ["rage_click"]
    assert names([*clicks(0), dead[0], raw(9, 300, Error(of=0, after=300))]) == ["error_click"]


def test_reactions_of_another_page_load_do_not_count() -> None:
    """A reaction belongs to its stream."""
    from edge.detect.session import SessionDetection

    detection = SessionDetection("s")
    detection.add("AAAAAAAAAAA", clicks(0))
    assert detection.add(OTHER, [reaction(1, 0, 3000)]) == []


def test_a_late_reaction_withdraws_nothing_else() -> None:
    """A click's reaction changes that click alone."""
    first = [raw(0, 0, Click(target=BUTTON)), raw(1, 60_000, Click(target=BUTTON))]
    assert [s.timestamp for s in found([*first, reaction(2, 1, 63_000)])] == [first[1].timestamp]
