"""The fold of a session: a pure function of the set of its items."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.agents.context import enrich
from hub.agents.feedback import tie
from hub.bus.messages import Fact, Item, Key
from hub.projections import PROJECTIONS
from hub.projections.journey import MAX_RAW, fold
from tests.hub.hubkit import HOUR, Visit, main_job


def items(*visits: Visit) -> list[Item]:
    """Return the visits' events as items."""
    found = []
    for number, visit in enumerate(visits):
        for lane in (0, 1):
            for group in visit.groups(lane):
                for place, event in enumerate(group.events):
                    assert event is not None
                    fact = Fact(Key("n" * 32, number, lane, 1, place), visit.stamp, event)
                    item = enrich(fact)
                    if item is not None:
                        found.append(tie(item) if item.topic == "feedback" else item)
    return found


def test_a_step_back_belongs_to_the_page_that_was_left() -> None:
    """The detector speaks with the new page; the trouble was on the one before."""
    visit = Visit("v").nav("/checkout", 1).back("/cart", 9)
    (signal,) = fold(items(visit)).signals
    assert (signal.what, signal.page) == ("backtrack", "/checkout")


def test_the_highest_revision_counts_and_a_void_withdraws() -> None:
    """Decision 2, in any order."""
    visit = Visit("v").nav("/a", 0)
    visit.signal("rage_click", 1, "x", id="r", revision=2, count=7)
    visit.signal("rage_click", 1, "x", id="r", revision=0, count=3)
    visit.signal("dead_click", 2, "y", id="d", revision=0)
    visit.signal("dead_click", 2, "y", id="d", revision=1, void=True)
    journey = fold(items(visit))
    assert journey.counts == {"rage_click": 1}
    assert journey.signals[0].times == 7


def test_pages_across_tabs_are_one_path_in_order_of_time() -> None:
    """Two streams of one session; a page that is entered again at once counts once."""
    one = Visit("v").nav("/a", 0).nav("/c", 20).nav("/c", 21, "reload")
    two = Visit("v").nav("/b", 10)
    assert fold(items(one, two)).path == ("/a", "/b", "/c")


def test_a_comment_that_completes_a_tap_is_no_second_tap() -> None:
    """``follows`` names the tap it belongs to."""
    visit = Visit("v").nav("/a", 0).tap("thumbs_down", 1)
    visit.tap("thumbs_down", 5, comment="too slow", follows=1)
    taps = [item.what for item in fold(items(visit)).items if item.topic == "feedback"]
    assert taps == ["thumbs_down", "comment"]


def test_a_comment_is_a_row_of_one_table_alone() -> None:
    """What a visitor wrote is in no other projection."""
    visit = Visit("v").nav("/a", 0).tap("confused", 1, comment="my name is Jane")
    journey = fold(items(visit))
    having = [t.name for t in PROJECTIONS if "Jane" in str(t.rows_of(1, journey, HOUR))]
    assert having == ["comment"]


def test_a_flood_stays_bounded_whatever_arrives_first() -> None:
    """The earliest raw events of a session are looked at, in any order the same."""
    visit = Visit("v").nav("/a", 0)
    for n in range(MAX_RAW + 50):
        visit.click("x", 1 + n)
    found = items(visit)
    straight = fold(found)
    random.Random(1).shuffle(found)
    assert fold(found) == straight
    assert len(straight.items) == MAX_RAW


@settings(max_examples=60)
@given(st.randoms(use_true_random=False), st.integers(1, 3))
def test_order_and_repetition_change_nothing(chance: random.Random, times: int) -> None:
    """Any order of a session's items folds into the same journey."""
    given_items = items(main_job("v"), main_job("v", at=40))
    straight = fold(given_items)
    mixed = given_items * times
    chance.shuffle(mixed)
    unique = {item.key: item for item in mixed}
    assert fold(unique.values()) == straight
    assert straight.friction[0] > 0.6
