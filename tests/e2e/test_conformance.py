"""
What people complained about, and where other products differ, played through the
real widget in Chromium and judged by what a real edge derives.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from edge.detect.presets import preset
from edge.detect.replay import detect, final
from edge.events.event import SignalNormalized, SignalRaw
from edge.events.raw import Click, Custom, Reaction
from tests.e2e.conformance_page import Case, page_of
from tests.e2e.conformance_play import Scene, play, rounds
from tests.e2e.edge import Reader, edge_alone
from tests.e2e.site import Answer, Site
from tests.edge.detect.cases import CASES, Page
from tests.stack import wait_for

pytestmark = pytest.mark.e2e

STAGE = Path(__file__).with_name("stage.js")
PLAYED = [case for case in CASES if case["id"].startswith(("field-", "x-"))]
FIELD = [case for case in PLAYED if case["profile"] == "field"]
COMPARED = [(case, profile) for case in PLAYED for profile in case.get("expect_by_profile", ())]
WATCH_MS = {"field": 3000, "all": 7000}
"""How long a click is watched: as preset, and as long as Sentry waits (edge/DETECTORS.md)."""
EXACT_MS = 3
"""By which moments may differ: two are rounded, and the edge corrects the sender's clock."""


@dataclass
class Stored:
    """What the edge has of one case's session."""

    session: str
    streams: dict[str, list[SignalRaw]]
    signals: dict[str, SignalNormalized]

    @property
    def raw(self) -> list[SignalRaw]:
        """All raw events in the order of their numbers."""
        return sorted((e for some in self.streams.values() for e in some), key=lambda e: e.n)

    def judged(self, profile: str) -> dict[str, SignalNormalized]:
        """What a product's definitions find in the same raw events."""
        recorded = [(self.session, stream, raw) for stream, raw in self.streams.items()]
        return detect(recorded, preset(profile))

    @property
    def names(self) -> set[str]:
        """The signals that the edge derived."""
        return {signal.payload.signal for signal in self.signals.values()}


def page(case: Case, edge_url: str, key: str) -> str:
    """Return the page of *case*, which sends to an edge soon after each event."""
    config = {"projectId": "conformance", "key": key, "consent": "api", "batchIntervalMs": 500}
    if case["profile"] != "field":
        config["watchMs"] = WATCH_MS[case["profile"]]
    return page_of(case, widget=f"{edge_url}/flowback.js", config=config)


def scene(browser: Any, case: Case, url: str) -> Scene:
    """Open the page of *case* and grant consent as a site does."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US")
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(error.message))
    page.goto(url)
    page.wait_for_function("window.flowback")
    with page.expect_response(lambda response: "/consent" in response.url) as answer:
        assert page.evaluate("flowback.consent.grant()") == "granted"
    assert answer.value.ok
    session = answer.value.request.post_data_json["sessionId"]
    devtools = context.new_cdp_session(page)
    return Scene(case, page, devtools, session, WATCH_MS[case["profile"]], errors)


def stored(journal: Path, sessions: Sequence[str]) -> dict[str, Stored]:
    """Read what the edge has of *sessions*."""
    changes: dict[str, list[SignalNormalized]] = {session: [] for session in sessions}
    streams: dict[str, dict[str, list[SignalRaw]]] = {session: {} for session in sessions}
    for group in Reader(journal).new():
        session = group.stamp.session
        if session not in changes:
            continue
        changes[session] += [e for e in group.events if isinstance(e, SignalNormalized)]
        raw = [event for event in group.events if isinstance(event, SignalRaw)]
        if raw:
            streams[session].setdefault(group.stamp.stream, []).extend(raw)
    return {one: Stored(one, streams[one], final(changes[one])) for one in sessions}


@pytest.fixture(scope="module")
def played(chromium, tmp_path_factory) -> Mapping[str, Stored]:
    """All cases, by id, as they are on the edge's disk after they were played."""
    return play_all(chromium, tmp_path_factory.mktemp("conformance"), PLAYED)


def play_all(
    browser: Any, folder: Path, cases: Sequence[Case], *, script: str = "0"
) -> dict[str, Stored]:
    """Play *cases*, each on its page after *script* has run there; return what is stored."""
    site = Site()
    site.otherwise = Answer(b"nothing")
    found: dict[str, Stored] = {}
    with edge_alone(folder, "conformance", [site.url]) as edge, site.serving():
        site.pages["/stage.js"] = Answer(STAGE.read_bytes(), "text/javascript")
        site.pages["/r.csv"] = Answer(b"nothing", "text/csv")
        for case in cases:
            body = page(case, edge.url, edge.key).encode()
            site.pages[f"/{case['id']}"] = Answer(body, "text/html; charset=utf-8")
        for together in rounds(cases):
            scenes = [scene(browser, case, f"{site.url}/{case['id']}") for case in together]
            for each in scenes:
                each.page.evaluate(script)
            play(scenes)
            found |= all_stored(edge.journal, scenes)
            for each in scenes:
                each.page.context.close()
    return found


def all_stored(journal: Path, scenes: Sequence[Scene]) -> dict[str, Stored]:
    """Wait until the last event of every scene is on disk, and return what is there by case."""
    cases = {scene.session: scene.case["id"] for scene in scenes}

    def read() -> dict[str, Stored] | None:
        found = stored(journal, [*cases])
        return found if all(is_over(each) for each in found.values()) else None

    found = wait_for(read, what="the last event of every case in the journal")
    return {cases[session]: each for session, each in found.items()}


def is_over(each: Stored) -> bool:
    last = [e.payload for e in each.raw if isinstance(e.payload, Custom)]
    return any(payload.subtype == "played" for payload in last)


def clicks_of(each: Stored) -> list[SignalRaw]:
    return [event for event in each.raw if isinstance(event.payload, Click)]


def heard(case: Case) -> list[Mapping[str, Any]]:
    """Return the clicks of *case* that the site does not silence."""
    silenced = Page(case).is_silenced
    return [e for e in case["events"] if e["type"] == "click" and not silenced(e.get("el"))]


def ids(cases: Sequence[Case]) -> list[str]:
    return [case["id"] for case in cases]


@pytest.mark.parametrize("case", PLAYED, ids=ids(PLAYED))
def test_every_click_arrives_in_time_with_what_followed(played, case):
    """As many clicks as the case has, at its moments, each watched; none where it is silenced."""
    events = heard(case)
    raw = played[case["id"]].raw
    clicks = clicks_of(played[case["id"]])
    assert len(clicks) == len(events)
    for event, click in zip(events, clicks, strict=True):
        after = click.timestamp - clicks[0].timestamp
        assert after == pytest.approx(event["t"] - events[0]["t"], abs=EXACT_MS)
    watched = {e.payload.of: e.payload.watched for e in raw if isinstance(e.payload, Reaction)}
    assert watched.keys() == {click.n for click in clicks}
    assert all(ms >= WATCH_MS[case["profile"]] for ms in watched.values())


@pytest.mark.parametrize("case", PLAYED, ids=ids(PLAYED))
def test_texts_are_settled_in_the_widget(played, case):
    """Its kind of a target is the one that tests of the pure detectors take for granted."""
    kinds = [Page(case).target(event.get("el"))[1] for event in heard(case)]
    assert [click.payload.kind for click in clicks_of(played[case["id"]])] == kinds


@pytest.mark.parametrize("case", FIELD, ids=ids(FIELD))
def test_what_people_complained_about(played, case):
    """The edge's own definitions are right where users found other products wrong."""
    names = played[case["id"]].names
    for word in case["expect"]:
        assert (f"{word}_click" in names) == case["expect"][word], names


@pytest.mark.parametrize(
    ("case", "profile"), COMPARED, ids=[f"{case['id']}-{profile}" for case, profile in COMPARED]
)
def test_one_sequence_judged_by_all_products(played, case, profile):
    """Where the products differ, each preset differs as its product does."""
    judged = played[case["id"]].judged(profile).values()
    rages = [signal for signal in judged if signal.payload.signal == "rage_click"]
    assert len(rages) == case["expect_by_profile"][profile]["count"]


@pytest.mark.parametrize("case", PLAYED, ids=ids(PLAYED))
def test_a_replay_finds_what_the_edge_found(played, case):
    """The same events judged again by the same definitions end in the same signals."""
    each = played[case["id"]]
    again = each.judged("flowback")
    assert {key: signal.payload for key, signal in again.items()} == {
        key: signal.payload for key, signal in each.signals.items()
    }
