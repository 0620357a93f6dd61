"""A story remembers less than all events, and comes to the same rows."""

import random
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.events import raw
from edge.events.event import SignalRaw
from hub.agents.context import divide, enrich
from hub.agents.feedback import tie
from hub.bus.messages import Block, Item, Slice
from hub.projections import PROJECTIONS, journey, story
from hub.projections.journey import Journey, fold
from hub.projections.story import Story
from hub.projections.table import HOUR
from tests.hub.hubkit import Visit

PAGES = st.sampled_from(["/a", "/b", "/b/", "/orders/20491", ""])
TARGETS = st.sampled_from(["button.x", "a.y"])
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["nav", "back", "click", "hover", "pointer", "scroll", "rage_click", "asked", "tap"]
        ),
        PAGES,
        TARGETS,
        st.integers(0, 9_000),
    ),
    min_size=1,
    max_size=25,
)
VISITS = st.lists(
    st.tuples(STEPS, st.booleans(), st.sampled_from(["", "bot", "phone"]), st.booleans()),
    min_size=1,
    max_size=3,
)


def visit(steps: Sequence[tuple[str, str, str, int]], **stamp: Any) -> Visit:
    """Tell steps; each goes to its page first."""
    made = Visit("one-session", "shop", **stamp)
    for what, page, target, at in steps:
        made.page = page
        match what:
            case "nav":
                made.nav(page, at)
            case "back":
                made.back(page, at)
            case "click":
                made.click(target, at, "Name" if at % 2 else None)
            case "hover":
                made._raw(raw.Hover(target=target, dwell=1, name="Other"), at)
            case "pointer":
                made._raw(raw.Pointer(changes=3, duration=9), at)
            case "scroll":
                made._raw(raw.Scroll(depth=9), at)
            case "rage_click":
                made.signal("rage_click", at, target)
            case "asked":
                made.asked(at)
            case _:
                made.tap("thumbs_down", at, target)
    return made


def slices(visits: Sequence[Visit], chance: random.Random) -> list[Slice]:
    """Return what the visits sent, in pieces of any size, in any order."""
    found = []
    for name, one in enumerate(visits):
        stamp = msgspec.structs.replace(one.stamp, stream=f"stream-{name}")
        for lane, events in enumerate(one.lanes):
            rest = [*events]
            while rest:
                size = chance.randint(1, 6)
                entry = ("e" * 32, name, lane, len(found))
                found.append(Slice(entry, stamp, rest[:size], [*range(len(rest[:size]))]))
                del rest[:size]
    chance.shuffle(found)
    return found


def parts(one: Slice) -> tuple[list[Block], list[Item]]:
    """Return a slice as the correlator hears it."""
    block, told = divide(one)
    return [block] if block else [], [tie(i) if i.topic == "feedback" else i for i in told]


def every(found: Sequence[Slice]) -> list[Item]:
    """Return all events as items."""
    items = [item for one in found for item in map(enrich, one.facts()) if item is not None]
    return [tie(item) if item.topic == "feedback" else item for item in items]


def rows(told: Journey) -> dict[str, set[Any]]:
    """Return all rows of a session."""
    return {table.name: table.rows_of(1, told, HOUR) for table in PROJECTIONS}


@pytest.mark.parametrize("most", [5_000, 7])
@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=VISITS, chance=st.randoms(use_true_random=False))
def test_a_story_comes_to_the_rows_of_all_its_events(
    monkeypatch: pytest.MonkeyPatch, most: int, told: Any, chance: random.Random
) -> None:
    """In any order, in any pieces, after each of them; a flood and other browsers' labels too."""
    monkeypatch.setattr(journey, "MAX_RAW", most)
    monkeypatch.setattr(story, "MAX_RAW", most)
    visits = [
        visit(steps, verified=verified, device=device, cohort="b" if labelled else "")
        for steps, verified, device, labelled in told
    ]
    found = slices(visits, chance)
    kept = Story("shop", "one-session", HOUR)
    before = rows(kept.journey())
    for count, one in enumerate(found, 1):
        blocks, items = parts(one)
        kept.add(items, blocks)
        if kept.lost:
            kept.rebuild(every(found[:count]))
        news = kept.news
        now = rows(kept.journey())
        assert now == rows(fold(every(found[:count])))
        assert news or now == before, "what changes a row is news"
        before = now


def test_a_quiet_event_that_was_known_is_no_news() -> None:
    """The pointer that moves on a page again costs nothing."""
    one = Visit("s").nav("/a", 0)
    for at in (1, 2):
        one._raw(raw.Hover(target="button.x", dwell=1), at)
    (first, second) = (Slice(("e", 1, 1, n), one.stamp, [one.lanes[1][n]], [0]) for n in (0, 1))
    kept = Story("demo", "s", HOUR)
    kept.add(enrich_all(one), [])
    kept.add([], parts(first)[0])
    kept.journey()
    size = kept.size
    kept.add([], parts(second)[0])
    assert not kept.news
    assert kept.size == size + 1, "only the entry's name"


def enrich_all(one: Visit) -> list[Item]:
    """Return the first lane as items."""
    return every([Slice(("e", 1, 0, 1), one.stamp, one.lanes[0], [*range(len(one.lanes[0]))])])


def test_an_events_block_is_the_events() -> None:
    """Columns and items say the same."""
    one = Visit("s", cohort="b").click("a.y", 1)
    for at in (1, 2):
        one._raw(raw.Hover(target="button.x", name="X", dwell=1), at)
    whole = Slice(("e", 1, 1, 1), one.stamp, one.lanes[1], [4, 5, 9])
    (block,), told = parts(whole)
    assert sorted([*block.items(), *told]) == sorted(every([whole]))
    assert all(type(event) is SignalRaw for event in whole.events)
