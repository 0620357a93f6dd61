"""What visitors do and what befalls them, in three engines, as the edge stored it."""

import json
import time

import pytest

from tests.e2e.site import Answer, Asked
from tests.e2e.visit import HOLDING, PANEL, PROMPT, WAITING, YES, Visit, clock, online

pytestmark = pytest.mark.e2e

WRITTEN_MS = 250
"""What was captured so long ago is written."""
DAY = 86_400_000
YEARS = 2 * 365 * DAY


def click_all(tab) -> None:
    for selector in ("#plain", "#answered", "#pay"):
        tab.click(selector)


def words(requests: list[Asked]) -> list[str | None]:
    """Return the subtypes of the events that *requests* bring."""
    events = [event for a in requests if a.path == "/events" for event in a.body["events"]]
    return [event["payload"].get("subtype") for event in events]


def targets(visit: Visit) -> list[str]:
    return [click.target for click in visit.payloads("click")]


def test_what_came_before_the_grant_is_never_told(visit):
    """Clicks from before are dropped, not replayed."""
    tab = visit.open()
    tab.click("#answered")
    tab.click(YES)
    tab.click("#pay")
    visit.settled(tab)
    assert targets(visit) == ["button#pay"]


def test_rage_is_asked_about_and_answered(visit):
    """Rage, the question, a thumb up, words: four facts at the edge that name each other."""
    tab = visit.granted()
    tab.click("#plain", 4)
    tab.click('[data-reaction="thumbs_up"]')
    tab.click("textarea")
    tab.write("Nice, but slow")
    tab.click('[data-action="send"]')
    visit.wait(lambda: len(visit.taps) == 2, "the tap and the words")
    visit.settled(tab)
    tap, words = visit.taps
    assert (tap.reaction, tap.answers.detector) == ("thumbs_up", "rage_click")
    assert tap.answers.target == "button#plain"
    assert len(tap.answers.evidence) >= 3
    assert (words.reaction, words.comment) == ("thumbs_up", "Nice, but slow")
    [number] = [event.n for event in visit.events() if event.payload is tap]
    assert words.follows == number
    assert "rage_click" in visit.patterns


def test_feedback_from_right_to_left(visit):
    """An Arabic page is asked in Arabic, and its words arrive as they were typed."""
    tab = visit.granted(lang="ar")
    tab.click("#plain", 4)
    tab.place('[data-reaction="confused"]')
    box = f"document.querySelector('{PROMPT}').shadowRoot.querySelector('section')"
    assert tab.run(f"getComputedStyle({box}).direction") == "rtl"
    tab.click('[data-reaction="confused"]')
    tab.click("textarea")
    tab.write("بطيء")
    tab.click('[data-action="send"]')
    visit.wait(lambda: len(visit.taps) == 2, "the tap and the words")
    assert [(tap.reaction, tap.comment) for tap in visit.taps] == [
        ("confused", None),
        ("confused", "بطيء"),
    ]


def test_the_queue_survives_no_network_and_a_reload(visit):
    """What was captured offline lies in the browser, and arrives once, after a reload too."""
    tab = visit.granted()
    visit.settled(tab)
    visit.gate.shut = True
    click_all(tab)
    visit.wait(lambda: visit.gate.refused, "a request that failed")
    tab.rest(WRITTEN_MS)
    tab.goto(visit.site.url)
    tab.wait("!!window.flowback")
    tab.click("#route")
    assert targets(visit) == []
    visit.gate.shut = False
    online(tab)
    visit.wait(lambda: len(targets(visit)) == 4, "all clicks")
    assert sorted(targets(visit)) == sorted(
        f"button#{i}" for i in ("plain", "answered", "pay", "route")
    )


def test_a_day_without_a_network(visit):
    """What happened a day ago arrives, and counts for the day on which it happened."""
    tab = visit.granted()
    visit.settled(tab)
    visit.gate.shut = True
    tab.click("#answered")
    visit.wait(lambda: tab.run(WAITING), "the click in the queue")
    visit.page("/", head=clock(DAY))
    tab.goto(visit.site.url)
    tab.wait("!!window.flowback")
    visit.gate.shut = False
    online(tab)
    visit.wait(lambda: targets(visit) == ["button#answered"], "the click of yesterday")
    [click] = [e for e in visit.events() if type(e.payload).__name__ == "Click"]
    assert time.time() * 1000 - click.timestamp == pytest.approx(DAY, abs=60_000)


def test_a_lost_answer_is_no_second_event(visit):
    """The edge had it, the browser cannot know, sends again, and it counts once."""
    tab = visit.granted()
    visit.settled(tab)
    visit.gate.mute = 1
    click_all(tab)
    visit.wait(lambda: visit.gate.refused, "an answer that was lost")
    online(tab)
    visit.settled(tab)
    lost = [event["n"] for event in visit.gate.refused[0].body["events"]]
    again = [e["n"] for a in visit.posts if a.path == "/events" for e in a.body["events"]]
    assert set(lost) <= set(again)
    assert len(targets(visit)) == 3


def test_a_busy_edge_is_given_its_time(visit):
    """503 with Retry-After: 2 is obeyed, and costs nothing."""
    tab = visit.granted()
    visit.settled(tab)
    allow = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Retry-After"}
    visit.gate.refusals.append(
        Answer(b"{}", "application/json", {**allow, "Retry-After": "2"}, 503)
    )
    click_all(tab)
    visit.settled(tab)
    [refused] = visit.gate.refused
    later = min(asked.at for asked in visit.posts if asked.at > refused.at)
    assert later - refused.at >= 2
    assert len(targets(visit)) == 3


def test_two_tabs_are_one_session(visit):
    """A grant in one holds in the other, both are heard, and a withdrawal ends both."""
    first = visit.open()
    second = visit.open()
    second.click(YES)
    first.wait("flowback.consent.state === 'granted'")
    second.click("#answered")
    visit.settled(second)
    first.run("flowback.signal({subtype: 'first'})")
    visit.wait(lambda: "first" in [e.subtype for e in visit.payloads("custom")], "both")
    assert len(visit.sessions) == 1
    # An answer may be stored before the gate that it passed has noted it.
    visit.wait(lambda: len({asked.body["stream"] for asked in visit.posts}) == 2, "two streams")
    first.run("void flowback.consent.withdraw({erase: false})")
    second.wait("flowback.consent.state === 'withdrawn'")
    assert second.run("flowback.signal({subtype: 'late'})") is False


def test_a_withdrawal_empties_other_tabs(visit):
    """What waits in them is neither sent nor kept; the withdrawal itself arrives."""
    first = visit.granted()
    second = visit.profile.tab()
    second.goto(visit.site.url)
    second.wait("!!window.flowback")
    visit.settled(second)
    visit.gate.shut = True
    assert second.run("flowback.signal({subtype: 'waits'})") is True
    visit.wait(lambda: "waits" in words(visit.gate.refused), "a request that failed")
    first.run("void flowback.consent.withdraw()")
    second.wait("flowback.consent.state === 'withdrawn'")
    assert second.run(HOLDING) == 0
    visit.gate.shut = False
    online(second)
    online(first)
    visit.wait(lambda: any(asked.method == "DELETE" for asked in visit.posts), "the erasure")
    assert "waits" not in words(visit.posts)


def test_the_panel_shows_what_was_sent_and_what_waits(visit):
    """Once each, in the order of their making."""
    tab = visit.granted()
    visit.settled(tab)
    visit.wait(lambda: tab.run(WAITING) == 0, "an empty queue")
    visit.gate.shut = True
    assert tab.run("flowback.signal({subtype: 'waits'})") is True
    visit.wait(lambda: "waits" in words(visit.gate.refused), "a request that failed")
    assert tab.run("flowback.panel()") is True
    shown = f"document.querySelector('{PANEL}')?.shadowRoot"
    tab.wait(f"!!({shown})?.querySelector('[data-action=entries]')")
    tab.run(f"void {shown}.querySelector('[data-action=entries]').click()")
    lines = tab.run(f"{shown}.querySelector('pre').textContent").split("\n")
    events = [json.loads(line) for line in lines]
    subtypes = [event["payload"].get("subtype") for event in events]
    assert [word for word in subtypes if word] == ["over 0", "waits"]
    numbers = [event["n"] for event in events]
    assert numbers == sorted(set(numbers))


def test_a_tab_that_closes_delivers(visit):
    """Long before its batch would be due."""
    tab = visit.granted(batchIntervalMs=60_000)
    other = visit.profile.tab()  # a browser without a tab ends
    other.goto(visit.site.url + "/elsewhere")
    tab.click("#answered")
    tab.close()
    visit.wait(lambda: targets(visit) == ["button#answered"], "the click")
    assert [each.stayed > 0 for each in visit.payloads("leave")][:1] == [True]


def test_a_page_that_is_left_delivers(visit):
    """A click on a link goes with the page that it leaves."""
    tab = visit.granted(batchIntervalMs=60_000)
    tab.click("#elsewhere")
    visit.wait(lambda: targets(visit) == ["a#elsewhere"], "the click")
    visit.wait(lambda: visit.payloads("leave"), "that it left")


@pytest.mark.parametrize("wrong", [YEARS, -YEARS], ids=["ahead", "behind"])
def test_a_wrong_clock_is_corrected(visit, wrong):
    """By ``sentAt``: what is stored has the time of the edge."""
    tab = visit.granted(head=clock(wrong))
    tab.click("#answered")
    visit.settled(tab)
    told = [e["timestamp"] for a in visit.posts if a.path == "/events" for e in a.body["events"]]
    assert all(abs(at - time.time() * 1000 - wrong) < 60_000 for at in told)
    assert all(abs(e.timestamp - time.time() * 1000) < 60_000 for e in visit.events())
