"""Each preset against tables of what its product counts, waits for and takes together."""

from typing import Any

import pytest

from tests.edge.detect import cases
from tests.edge.detect.make import names
from tests.edge.detect.published import BUTTON, IN_TAB, case, click, element, happening, said
from tests.edge.detect.test_conformance import detector, rages

LIFE: list[tuple[str, str, float, str]] = [
    # What happens, when, and the verdict for a button.
    ("mixpanel", "mutation", 499, "alive"),
    ("mixpanel", "mutation", 500, "dead"),
    ("mixpanel", "selectionchange", 300, "alive"),
    ("mixpanel", "scroll", 300, "alive"),
    ("mixpanel", "navigate", 300, "alive"),
    ("mixpanel", "window_open", 300, "dead"),
    ("mixpanel", "request", 300, "dead"),
    ("mixpanel", "media_play", 300, "dead"),
    ("mixpanel", "visibilitychange", 300, "dead"),
    ("amplitude", "mutation", 2999, "alive"),
    ("amplitude", "mutation", 3000, "dead"),
    ("amplitude", "navigate", 2999, "alive"),
    ("amplitude", "request", 500, "dead"),
    ("amplitude", "scroll", 500, "dead"),
    ("amplitude", "selectionchange", 500, "dead"),
    ("amplitude", "window_open", 500, "dead"),
    ("newrelic", "mutation", 1999, "alive"),
    ("newrelic", "mutation", 2000, "dead"),
    ("newrelic", "request", 1999, "alive"),
    ("newrelic", "navigate", 1999, "alive"),
    ("newrelic", "other_action", 500, "alive"),
    ("newrelic", "other_action", 2000, "dead"),
    ("newrelic", "scroll", 500, "alive"),
    ("newrelic", "window_open", 500, "alive"),
    ("newrelic", "media_play", 500, "dead"),
    ("datadog", "mutation", 100, "alive"),
    ("datadog", "mutation", 101, "dead"),
    ("datadog", "request", 100, "alive"),
    ("datadog", "window_open", 80, "alive"),
    ("datadog", "window_open", 300, "dead"),
    ("datadog", "scroll", 5000, "alive"),
    ("sentry", "mutation", 3000, "alive"),
    ("sentry", "mutation", 3001, "slow_mutation"),
    ("sentry", "mutation", 6999, "slow_mutation"),
    ("sentry", "mutation", 7000, "slow_timeout"),
    ("sentry", "mutation", 0, "slow_timeout"),
    ("sentry", "scroll", 300, "alive"),
    ("sentry", "scroll", 301, "slow_timeout"),
    ("sentry", "selectionchange", 500, "alive"),
    ("sentry", "media_play", 500, "alive"),
    ("sentry", "window_open", 5, "alive"),
    ("sentry", "request", 500, "slow_timeout"),
    ("openreplay", "mutation", 1233, "alive"),
    ("openreplay", "mutation", 1234, "dead"),
    ("posthog", "mutation", 2499, "alive"),
    ("posthog", "mutation", 2500, "dead"),
    ("posthog", "scroll", 99, "alive"),
    ("posthog", "scroll", 100, "dead"),
    ("posthog", "selectionchange", 99, "alive"),
    ("posthog", "selectionchange", 100, "dead"),
    ("posthog", "visibilitychange", 999, "alive"),
    ("posthog", "window_open", 50, "alive"),
    ("posthog", "request", 50, "dead"),
]


@pytest.mark.parametrize(("profile", "what", "at", "verdict"), LIFE)
def test_what_keeps_a_click_alive_and_how_long(
    profile: str, what: str, at: float, verdict: str
) -> None:
    """On and off the boundary of each product."""
    events = [click(el="b"), happening(what, at)]
    if profile == "posthog":
        events.append(happening("check", 4000))
    assert said(profile, {"b": BUTTON}, events)[0] == verdict


TWO = {"b": BUTTON, "c": {"tag": "button", "text": "Sell"}, "d": element("div")}
SERIES: list[tuple[str, str, list[Any], dict[int, str]]] = [
    (
        "amplitude",
        "one on deck",
        [click(0, "b"), click(500, "c"), click(2999, "b"), click(3000, "c")],
        {0: "dead", 1: "ignored", 2: "ignored", 3: "dead"},
    ),
    (
        "amplitude",
        "an answer frees the deck",
        [click(0, "b"), happening("mutation", 200), click(500, "c")],
        {0: "alive", 2: "dead"},
    ),
    (
        "amplitude",
        "what is not tracked takes no place",
        [click(0, "d"), click(500, "c")],
        {0: "ignored", 1: "dead"},
    ),
    (
        "amplitude",
        "only the left button",
        [click(0, "b", button=2), click(10, "b", button=1)],
        {0: "ignored", 1: "ignored"},
    ),
    (
        "newrelic",
        "a click elsewhere is another action",
        [click(0, "b"), click(500, "c")],
        {0: "alive", 1: "dead"},
    ),
    (
        "newrelic",
        "one dead click a series",
        [click(0, "b"), click(500, "b"), click(4000, "b")],
        {0: "dead", 1: "ignored", 2: "ignored"},
    ),
    (
        "newrelic",
        "another button is another action",
        [click(0, "b"), click(500, "b", button=2)],
        {0: "alive"},
    ),
    (
        "posthog",
        "the same element within a second",
        [click(0, "b"), click(999, "b"), click(1000, "b"), happening("check", 4000)],
        {0: "dead", 1: "ignored", 2: "dead"},
    ),
    (
        "posthog",
        "modifiers",
        [click(0, "b", mods=["alt"]), click(5, "c", mods=["ctrl"]), happening("check", 4000)],
        {0: "ignored", 1: "ignored"},
    ),
    (
        "datadog",
        "a selection anywhere in the chain",
        [click(0, "d"), click(150, "d", selection=True)],
        {0: "alive", 1: "alive"},
    ),
    (
        "sentry",
        "within a second it is counted, not judged",
        [click(0, "b"), click(999, "b"), click(1000, "b")],
        {0: "slow_timeout", 1: "ignored", 2: "slow_timeout"},
    ),
    (
        "openreplay",
        "the next click shows that time has passed",
        [click(0, "b", label="Buy"), click(1234, "c", label="Sell")],
        {0: "dead", 1: "alive"},
    ),
]


@pytest.mark.parametrize(
    ("profile", "events", "verdict"),
    [pytest.param(p, e, v, id=f"{p}-{n}") for p, n, e, v in SERIES],
)
def test_what_one_click_does_to_another(
    profile: str, events: list[Any], verdict: dict[int, str]
) -> None:
    """Series, chains and waits."""
    found = said(profile, TWO, events)
    assert {index: found.get(index, "ignored") for index in verdict} == verdict


POLLED: list[tuple[str, list[Any], list[str]]] = [
    ("alone", [click(0, "b")], ["dead"]),
    (
        "400 ms after another: 2,600 ms old at the third look",
        [click(0, "b"), click(400, "c")],
        ["dead", "dropped"],
    ),
    ("100 ms after another: 2,900 ms old", [click(0, "b"), click(100, "c")], ["dead", "dead"]),
    (
        "501 ms after another: looked at once more",
        [click(0, "b"), click(501, "c")],
        ["dead", "dead"],
    ),
    ("a late change before the look", [click(0, "b"), happening("mutation", 2600)], ["dead"]),
    (
        "a change frees the element for another click",
        [click(0, "c"), click(600, "b"), happening("mutation", 620), click(1100, "b")],
        ["alive", "alive", "dead"],
    ),
]


@pytest.mark.parametrize(("events", "wanted"), [pytest.param(e, w, id=n) for n, e, w in POLLED])
def test_posthog_looks_every_second(events: list[Any], wanted: list[str]) -> None:
    """From the first click that waits, while any does: what a click's age is then decides."""
    raw, _ = cases.to_events(case("posthog", TWO, events))
    found = detector("posthog", "dead_click").verdicts(cases.to_rows(raw))
    assert [verdict for _, verdict in sorted(found, key=lambda said: said[0].n)] == wanted


def spots(*places: tuple[float, float, float], **more: Any) -> list[Any]:
    return [{"t": at, "type": "click", "x": x, "y": y, "el": "b", **more} for at, x, y in places]


def beats(count: int, gap: float, **more: Any) -> list[Any]:
    return spots(*[(gap * k, 50, 50) for k in range(count)], **more)


RAGES: list[tuple[str, str, list[Any], int]] = [
    ("posthog", "3 within a second of each other", beats(3, 999), 1),
    ("posthog", "a second apart", beats(3, 1000), 0),
    ("posthog", "once a run", beats(7, 100), 1),
    ("posthog", "Manhattan 29", spots((0, 0, 0), (100, 15, 14), (200, 0, 0)), 1),
    ("posthog", "Manhattan 30", spots((0, 0, 0), (100, 15, 15), (200, 0, 0)), 0),
    ("posthog", "it may drift", spots((0, 0, 0), (100, 29, 0), (200, 58, 0)), 1),
    ("mixpanel", "4", beats(4, 999), 1),
    ("mixpanel", "anew after each", beats(8, 100), 2),
    ("mixpanel", "Euclid 29.7", spots((0, 0, 0), (9, 21, 21), (18, 0, 0), (27, 21, 21)), 1),
    ("mixpanel", "Euclid 30", spots((0, 0, 0), (9, 30, 0), (18, 0, 0), (27, 30, 0)), 0),
    ("amplitude", "span 999", beats(4, 333), 1),
    ("amplitude", "span 1000", spots(*[(at, 0, 0) for at in (0, 300, 600, 1000)]), 0),
    ("amplitude", "box 50", spots((0, 0, 0), (9, 50, 50), (18, 0, 0), (27, 0, 0)), 1),
    ("amplitude", "box 51", spots((0, 0, 0), (9, 51, 0), (18, 0, 0), (27, 0, 0)), 0),
    ("newrelic", "span 999", beats(4, 333), 1),
    ("newrelic", "span 1000", spots(*[(at, 0, 0) for at in (0, 300, 600, 1000)]), 0),
    (
        "newrelic",
        "any 4 of a slow series",
        spots(*[(t, 0, 0) for t in (0, 5000, 5100, 5200, 5300)]),
        1,
    ),
    ("datadog", "3 within a second", beats(3, 500), 1),
    ("datadog", "100 px", spots((0, 0, 0), (9, 100, 0), (18, 0, 0)), 1),
    ("datadog", "101 px", spots((0, 0, 0), (9, 101, 0), (18, 0, 0)), 0),
    ("datadog", "a scroll", [*beats(2, 100), click(200, "b", scroll=True)], 0),
    ("openreplay", "gaps of 299", beats(3, 299, label="Buy"), 1),
    ("openreplay", "gaps of 300", beats(3, 300, label="Buy"), 0),
    ("highlight", "6", beats(6, 100), 1),
    ("highlight", "5", beats(5, 100), 0),
    ("highlight", "8 px", spots(*[(9 * k, 8 * (k % 2), 0) for k in range(6)]), 1),
    ("highlight", "9 px", spots(*[(9 * k, 9 * (k % 2), 0) for k in range(6)]), 0),
    ("sentry", "5 while the first is pending", beats(5, 150), 1),
    ("sentry", "4", beats(4, 150), 0),
]


@pytest.mark.parametrize(
    ("profile", "events", "count"), [pytest.param(p, e, c, id=f"{p}-{n}") for p, n, e, c in RAGES]
)
def test_what_is_a_rage(profile: str, events: list[Any], count: int) -> None:
    """On and off the boundary of each product."""
    found, _ = rages(profile, case(profile, {"b": BUTTON}, events))
    assert len(found) == count


@pytest.mark.parametrize("button", [1, 2])
@pytest.mark.parametrize(
    "profile",
    [
        "posthog",
        "mixpanel",
        "amplitude",
        "newrelic",
        "datadog",
        "openreplay",
        "highlight",
        "sentry",
    ],
)
def test_other_buttons_than_the_first_make_no_rage(profile: str, button: int) -> None:
    """The browser's click is of the first button; so it is by Flowback's own definition."""
    events = beats(9, 50, button=button)
    assert rages(profile, case(profile, {"b": BUTTON}, events))[0] == []
    raw, _ = cases.to_events(case("field", {"b": BUTTON}, events))
    assert "rage_click" not in names(raw)


ERRORS: list[tuple[str, str, list[Any], list[int]]] = [
    ("amplitude", "1999 ms", [click(0, "b"), happening("error", 1999)], [0]),
    ("amplitude", "2000 ms", [click(0, "b"), happening("error", 2000)], []),
    ("amplitude", "a plain div", [click(0, "d"), happening("error", 100)], []),
    (
        "amplitude",
        "a plain div leaves the button before it",
        [click(0, "b"), click(500, "d"), happening("error", 900)],
        [0],
    ),
    (
        "amplitude",
        "the first error only",
        [click(0, "b"), happening("error", 100), happening("error", 200)],
        [0],
    ),
    ("amplitude", "right button", [click(0, "b", button=2), happening("error", 100)], []),
    ("amplitude", "in a tab", [click(0, "t"), happening("error", 100)], []),
    ("newrelic", "link or button", [click(0, "b"), happening("error", 1999)], [0]),
    ("newrelic", "a plain div", [click(0, "d"), happening("error", 100)], []),
    ("newrelic", "2000 ms", [click(0, "b"), happening("error", 2000)], []),
    ("datadog", "anywhere, while it lives", [click(0, "d"), happening("error", 1500)], [0]),
]


@pytest.mark.parametrize(
    ("profile", "events", "blamed"), [pytest.param(p, e, b, id=f"{p}-{n}") for p, n, e, b in ERRORS]
)
def test_which_click_an_error_is_blamed_on(
    profile: str, events: list[Any], blamed: list[int]
) -> None:
    """The allow-lists, the wait, and the click that is meant."""
    made = case(profile, {**TWO, "t": IN_TAB}, events)
    raw, places = cases.to_events(made, watch=cases.PEER_WATCH)
    found = detector(profile, "error_click").find(cases.to_rows(raw))
    assert [places[f.rows[0].n] for f in found] == blamed


def zigzag(count: int, gap: float, px: float, start: float = 0, *, y: bool = False) -> list[Any]:
    places = [(px * (k % 2)) for k in range(count)]
    return [
        {"t": start + gap * k, "type": "mousemove", "x": 0 if y else p, "y": p if y else 0}
        for k, p in enumerate(places)
    ]


SHAKES: list[tuple[str, str, list[Any], int]] = [
    ("amplitude", "20 changes of 1 px", zigzag(22, 90, 1), 1),
    ("amplitude", "19 changes", zigzag(21, 90, 300), 0),
    ("amplitude", "20 in 2 s", zigzag(22, 2000 / 19 - 1, 9), 1),
    ("amplitude", "20 in more than 2 s", zigzag(22, 2000 / 19 + 1, 9), 0),
    ("amplitude", "on the other axis", zigzag(22, 90, 9, y=True), 1),
    ("amplitude", "two with a rest", zigzag(22, 50, 9) + zigzag(22, 50, 9, start=9000), 2),
    (
        "amplitude",
        "one way",
        [{"t": 9 * k, "type": "mousemove", "x": k, "y": k} for k in range(99)],
        0,
    ),
    ("openreplay", "fast and wide", zigzag(40, 15, 200), 1),
    ("openreplay", "fast and narrow", zigzag(40, 15, 5), 0),
    ("openreplay", "wide and slow", zigzag(40, 60, 200), 0),
    ("flowback", "20 changes of 9 px", zigzag(22, 90, 9), 1),
    ("flowback", "a tremble", zigzag(40, 20, 2), 0),
]


@pytest.mark.parametrize(
    ("profile", "events", "count"), [pytest.param(p, e, c, id=f"{p}-{n}") for p, n, e, c in SHAKES]
)
def test_what_is_a_shake(profile: str, events: list[Any], count: int) -> None:
    """From what the pointer did, through what the widget tells of it."""
    rows = cases.to_rows(cases.to_shakes({"events": events}))
    assert len(list(detector(profile, "thrash").find(rows))) == count
