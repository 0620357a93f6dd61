"""The feedback button in three engines: a visitor speaks up by themselves, also after a no."""

import pytest

from tests.e2e.test_privacy import GPC
from tests.e2e.visit import NO, STORED, Visit

pytestmark = pytest.mark.e2e

FEEDBACK = '[data-action="feedback"]'
WORDS = "The size chart is missing"


def speak(tab) -> None:
    tab.click(FEEDBACK)
    tab.click('[data-reaction="confused"]')
    tab.click("textarea")
    tab.write(WORDS)
    tab.click('[data-action="send"]')


def told(visit: Visit) -> list[tuple[str, str | None, str]]:
    return [
        (tap.reaction, tap.comment, tap.answers.detector if tap.answers else "")
        for tap in visit.taps
    ]


SAID = [("confused", None, "button"), ("confused", WORDS, "")]


@pytest.mark.parametrize("refused", [False, True], ids=["a no", "GPC"])
def test_after_a_no_only_what_was_typed_is_kept_and_nothing_in_the_browser(visit, refused):
    """Under an id made for it; the visitor's no goes on."""
    visit.gate.headers = {"Sec-GPC": "1"} if refused else {}
    tab = visit.open(feedbackButton=True, head=GPC if refused else "")
    tab.click(NO)
    tab.click("#answered")
    before = tab.run(STORED)
    speak(tab)
    visit.wait(lambda: told(visit) == SAID, "the answer on the edge's disk")
    tab.click("#answered")
    assert [(event.page, event.view) for event in visit.events()] == [("", 0), ("", 0)]
    assert tab.run(STORED) == before
    assert tab.run("flowback.consent.state") == "denied"
    [grant] = [post.body for post in visit.posts if post.body.get("state") == "granted"]
    assert grant["purposes"] == ["reaction_prompt", "comment"]


def test_after_a_yes_it_belongs_to_the_session(visit):
    """One session, with the page."""
    tab = visit.granted(feedbackButton=True)
    speak(tab)
    visit.settled(tab)
    assert told(visit) == SAID
    assert len(visit.sessions) == 1
    visit.check_once()
