"""
Every signal, made by a visitor's hand in three engines, as the edge stored it.

One walk makes them all; each test looks at one kind.
"""

import pytest

from tests.e2e.edge import on_disk
from tests.e2e.visit import PROMPT, Visit

pytestmark = pytest.mark.e2e

CLOCK = """<script nonce="x">
const real = Performance.prototype.now;
window.skip = 0;
Performance.prototype.now = function () { return real.call(this) + window.skip };
</script>"""
"""A clock that a test may put forward, for what takes a visitor half a minute."""
TYPED = ("Erika Mustermann", "swordfish4711", "4111 1111 1111 1111", "70815936")
SHAKES = 24
KINDS = (
    *("click", "reaction", "hover", "scroll", "idle", "nav", "backtrack", "input", "submit"),
    *("leave", "select", "pointer", "error", "prompt", "wearable", "custom"),
)


def clicks(tab) -> None:
    """Click what does nothing, what answers, what breaks, what stands in a shadow root, in vain."""
    for selector in ("#plain", "#answered", "#broken", ".buy", "#silenced"):
        tab.click(selector)
        tab.rest(800)


def fields(tab) -> None:
    """Type into a field and into secret ones, and send."""
    for selector, text in zip(("#person", "#word", "#card-number", "#code"), TYPED, strict=True):
        tab.click(selector)
        tab.write(text)
    tab.click("#hushed")
    tab.write("hush")
    tab.click("#send")


def reading(tab) -> None:
    """Rest on Pay, select a paragraph, scroll down."""
    tab.hover("#pay")
    tab.rest(700)
    tab.click("#words", 3)
    tab.rest(600)
    tab.wheel(700)
    tab.wait("scrollY > 0")
    tab.rest(400)
    tab.run("scrollTo(0, 0)")
    tab.rest(400)


def shake(tab) -> None:
    """Shake the pointer, and move on soon after."""
    for turn in range(SHAKES):
        tab.move(700 + 40 * (turn % 2), 300)
    tab.rest(600)
    tab.move(600, 300)


def routes(tab) -> None:
    """Go on inside the page, and back."""
    tab.click("#route")
    tab.rest(400)
    tab.back()
    tab.wait("location.pathname === '/'")
    tab.rest(400)


def walk(visit: Visit) -> None:
    """Make every signal, and things that must not be signals."""
    tab = visit.granted(head=CLOCK)
    for part in (clicks, fields, reading, shake, routes):
        part(tab)
    tab.run("flowback.signal({action: 'wearable', subtype: 'stress', value: 0.75})")
    tab.run("flowback.signal({subtype: 'coupon_refused'})")
    visit.settled(tab)
    assert tab.run("flowback.ask()") == {"asked": True, "reason": "throttle_ready"}
    tab.click('[data-action="close"]')
    tab.wait(f"!document.querySelector('{PROMPT}')")
    tab.click("#elsewhere")
    tab.wait("location.pathname === '/elsewhere' && !!window.flowback")
    tab.run("void (window.skip = 31_000)")
    tab.move(600, 200)
    visit.settled(tab)
    # What a page that goes could not send, a later page does: at once, or at its next sweep.
    visit.wait(
        lambda: "dismissed" in [each.phase for each in visit.payloads("prompt")],
        "the last of a page that went",
        seconds=60,
    )


@pytest.fixture(scope="module")
def walked(engine, world):
    """The walk's visit, after all of it was stored."""
    visit = Visit(engine, world)
    walk(visit)
    visit.close()
    return visit


def click_on(walked, target: str):
    """Return number and payload of the one click on *target*."""
    [found] = [
        (event.n, event.payload)
        for event in walked.events()
        if getattr(event.payload, "target", "") == target
        and type(event.payload).__name__ == "Click"
    ]
    return found


def reaction_to(walked, target: str):
    number, _ = click_on(walked, target)
    [found] = [each for each in walked.payloads("reaction") if each.of == number]
    return found


def test_all_kinds_arrive_and_every_event_once(walked):
    """Sixteen actions; the numbers of each stream without a hole or a double."""
    assert [kind for kind in KINDS if not walked.payloads(kind)] == []
    walked.check_once()


def test_a_click_has_one_reaction_row(walked):
    """Nothing for what does nothing, the change of the page for what answers."""
    assert reaction_to(walked, "button#plain").dom is None
    assert reaction_to(walked, "button#answered").dom < 100
    clicks = [each.of for each in walked.payloads("reaction")]
    assert len(clicks) == len(set(clicks)) > 8


def test_an_error_names_its_click(walked):
    """And neither its message nor its place."""
    number, _ = click_on(walked, "button#broken")
    [error] = walked.payloads("error")
    assert (error.of, error.after < 100) == (number, True)


def test_a_target_is_found_in_an_open_shadow_root(walked):
    """By the way from its host."""
    click_on(walked, 'x-card#card > button.buy[type="submit"]')


def test_what_is_ignored_is_never_heard(walked):
    """Neither a button nor a field below ``data-flowback-ignore``."""
    targets = [getattr(event.payload, "target", None) or "" for event in walked.events()]
    assert not [target for target in targets if "silenced" in target or "hushed" in target]


def test_a_dwell_is_told_by_its_name(walked):
    """As ``data-flowback-name`` says."""
    [dwell] = [each for each in walked.payloads("hover") if each.name == "pay"]
    assert (dwell.target, dwell.acted) == ("button#pay", False)
    assert 500 <= dwell.dwell < 5000


def test_a_field_is_focused_changed_and_left(walked):
    """Only the field that is no secret; never what was typed."""
    told = [(each.phase, each.target, each.form) for each in walked.payloads("input")]
    assert told == [
        ("focus", "input#person", "form#order"),
        ("change", "input#person", "form#order"),
        ("blur", "input#person", "form#order"),
    ]
    [sent] = walked.payloads("submit")
    assert sent.target == "form#order"
    stored = on_disk(walked.edge.journal)
    assert b"input#person" in stored
    for text in TYPED:
        assert text.encode() not in stored


def test_a_selection_is_told_without_its_text(walked):
    """Once, by the paragraph."""
    assert [each.target for each in walked.payloads("select")] == ["p#words"]


def test_scrolling_is_told_by_depth(walked):
    """Once; going up again is no more."""
    [scroll] = walked.payloads("scroll")
    assert 20 < scroll.depth < 80


def test_shaking_is_told_once(walked):
    """The turn after it is not the same shaking again."""
    [shaking] = walked.payloads("pointer")
    assert shaking.changes >= SHAKES - 2


def test_a_route_is_a_view(walked):
    """Without a patched ``history``: loaded, on to the basket, back, and another page."""
    views = [(each.how, event.page) for event, each in told(walked, "nav")]
    assert views == [("load", "/"), ("route", "/basket"), ("traverse", "/"), ("load", "/elsewhere")]
    [back] = walked.payloads("backtrack")
    assert (back.origin, back.interacted) == ("/basket", False)
    assert [event.page for event, _ in told(walked, "leave")][:3] == ["/", "/basket", "/"]


def told(walked, action: str) -> list:
    return [
        (event, event.payload)
        for event in walked.events()
        if type(event.payload).__name__.lower() == action
    ]


def test_a_pause_is_told_when_it_ends(walked):
    """With its length."""
    [pause] = walked.payloads("idle")
    assert 31_000 <= pause.duration < 60_000


def test_the_site_may_tell(walked):
    """A reading that it passes on, and what it noticed itself."""
    [stress] = walked.payloads("wearable")
    assert (stress.subtype, stress.value) == ("stress", 0.75)
    assert "coupon_refused" in [each.subtype for each in walked.payloads("custom")]


def test_a_question_is_told_when_it_comes_and_goes(walked):
    """Shown by the site's own call, dismissed by the visitor."""
    phases = [(each.phase, each.rule) for each in walked.payloads("prompt")]
    assert phases == [("shown", "ask"), ("dismissed", "ask")]
