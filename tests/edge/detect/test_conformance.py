"""Every published definition, and Flowback's own, on the cases of the conformance file."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from edge.detect.peers import posthog, sentry
from edge.detect.peers.common import Verdict
from edge.detect.presets import PRESETS
from edge.detect.row import Finding
from edge.detect.session import SessionDetection
from tests.edge.detect import cases

PEERS = ("posthog", "mixpanel", "amplitude", "newrelic", "datadog", "sentry", "openreplay")
RAGE_PARAMETERS = {"timeout_ms", "threshold_px", "click_count", "interactive_elements_only"}


def ids(found: list[dict[str, Any]]) -> list[str]:
    return [case["id"] for case in found]


def detector(profile: str, signal: str) -> Any:
    """The detector of a product for one signal."""
    return next(d for d in PRESETS[profile] if d.signal == signal)


def rages(profile: str, case: dict[str, Any]) -> tuple[list[Finding], dict[int, int]]:
    """What a product's rage detector finds in a case, and which event each number is."""
    params = case.get("params", {})
    rage = detector(profile, "rage_click")
    if profile == "posthog":
        case, rage = posthog_filter(case, rage)
    if params.get("unit") == "isRage":
        rage = replace(rage, chain_ms=float("inf"), chain_px=float("inf"))
    rage = replace(rage, **{k: v for k, v in params.items() if k in RAGE_PARAMETERS})
    raw, places = cases.to_events(case, watch=cases.PEER_WATCH)
    return list(rage.find(cases.to_rows(raw))), places


def posthog_filter(case: dict[str, Any], rage: Any) -> tuple[dict[str, Any], Any]:
    """PostHog's filter as kinds: words and symbols, text entry, classes that are ignored."""
    wanted = case.get("params", {}).get("filter", True)
    kinds = set()
    classes = {"ph-no-rageclick", "ph-no-capture"}
    words: Any = None
    if isinstance(wanted, dict):
        words = wanted.get("content_ignorelist")
        kinds |= {"entry"} if wanted.get("ignore_text_selection") else set()
        classes = {c.lstrip(".") for c in wanted.get("css_selector_ignorelist", classes)}
        # The list of steppers holds the pagers too.
        kinds |= (
            {True: {"pager"}, "steppers": {"stepper", "pager"}}.get(words, set())
            if (isinstance(words, bool | str))
            else set()
        )
    page = cases.Page(case)
    kept = [
        event
        for event in case["events"]
        if wanted is not False and not page.classes(event.get("el")) & classes
    ]
    elements = dict(case.get("elements", {}))
    if isinstance(words, list):
        kinds.add("pager")
        for key, element in elements.items():
            if any(matches(element.get("text", "").lower(), w.lower()) for w in words):
                elements[key] = {**element, "text": "next"}
    return {**case, "events": kept, "elements": elements}, replace(rage, kinds=frozenset(kinds))


def matches(text: str, keyword: str) -> bool:
    return keyword in text if any(char.isalnum() for char in keyword) else keyword == text


RAGES = cases.of("rage_click", *PEERS, "highlight")


@pytest.mark.parametrize("case", RAGES, ids=ids(RAGES))
def test_rage_clicks_of_other_products(case: dict[str, Any]) -> None:
    """A preset finds as many rage clicks, at the same clicks, with the same counts."""
    found, places = rages(case["profile"], case)
    expect = case["expect"]
    assert len(found) == expect["count"]
    if "at" in expect:
        assert [places[f.rows[-1].n] for f in found] == expect["at"]
    if "click_counts" in expect:
        assert [f.count for f in found] == expect["click_counts"]


ALL = [(case, p) for case in cases.of("rage_click", "all") for p in case["expect_by_profile"]]


@pytest.mark.parametrize(("case", "profile"), ALL, ids=[f"{c['id']}-{p}" for c, p in ALL])
def test_one_sequence_judged_by_all_products(case: dict[str, Any], profile: str) -> None:
    """Where the products differ, each preset differs as its product does."""
    found, _ = rages(profile, case)
    assert len(found) == case["expect_by_profile"][profile]["count"]


DEADS = cases.of("dead_click", *PEERS)


@pytest.mark.parametrize("case", DEADS, ids=ids(DEADS))
def test_dead_clicks_of_other_products(case: dict[str, Any]) -> None:
    """A preset says of each click what its product says."""
    said = dict(verdicts(case))
    for index, verdict in case["expect"]["verdicts"].items():
        assert said.get(int(index), "ignored") == verdict, index


def verdicts(case: dict[str, Any]) -> Iterator[tuple[int, Verdict]]:
    profile = case["profile"]
    if profile == "posthog":
        yield from posthog_verdicts(case)
        return
    if profile == "sentry":
        yield from sentry_verdicts(case)
        return
    # It takes changes for a click's own that came up to 100 ms before it: since its pointerdown.
    before = 101 if profile == "mixpanel" else 0
    raw, places = cases.to_events(case, before=before, watch=cases.PEER_WATCH)
    for row, verdict in detector(profile, "dead_click").verdicts(cases.to_rows(raw)):
        yield places[row.n], verdict


def sentry_verdicts(case: dict[str, Any]) -> Iterator[tuple[int, Verdict]]:
    params = case.get("params", {})
    names = {"threshold": "threshold_ms", "timeout": "timeout_ms", "scrollTimeout": "scroll_ms"}
    dead = replace(
        sentry.DeadClick(), **{names[key]: v for key, v in params.items() if key in names}
    )
    raw, places = cases.to_events(case, watch=cases.PEER_WATCH)
    judge = dead.classified if params.get("classify") else dead.judged
    for row, verdict, _ in judge(cases.to_rows(raw)):
        yield places[row.n], verdict


def posthog_verdicts(case: dict[str, Any]) -> Iterator[tuple[int, Verdict]]:
    """PostHog looks at its candidates now and then: at the moments that the case has."""
    ignore = case.get("params", {}).get(
        "css_selector_ignorelist", [".ph-no-deadclick", ".ph-no-capture"]
    )
    page = cases.Page(case)
    looks = [cases.START + event["t"] for event in case["events"] if event["type"] == "check"]
    heard = [
        event
        for event in case["events"]
        if event["type"] != "click"
        or not page.classes(event.get("el")) & {name.lstrip(".") for name in ignore}
    ]
    raw, places = cases.to_events({**case, "events": heard})
    for row, verdict in posthog.DeadClick().verdicts(cases.to_rows(raw), looks):
        yield case["events"].index(heard[places[row.n]]), verdict


ERRORS = cases.of("error_click", *PEERS)


@pytest.mark.parametrize("case", ERRORS, ids=ids(ERRORS))
def test_error_clicks_of_other_products(case: dict[str, Any]) -> None:
    """A preset blames the clicks that its product blames."""
    raw, places = cases.to_events(case, watch=cases.PEER_WATCH)
    found = detector(case["profile"], "error_click").find(cases.to_rows(raw))
    assert [places[f.rows[0].n] for f in found] == case["expect"]["error_clicks"]


THRASHES = cases.of("thrashed_cursor", "amplitude", "openreplay")


@pytest.mark.parametrize("case", THRASHES, ids=ids(THRASHES))
def test_thrashed_cursors_of_other_products(case: dict[str, Any]) -> None:
    """A preset finds the same bursts in what the widget tells, beginning at the same moment."""
    rows = cases.to_rows(cases.to_shakes(case))
    found = list(detector(case["profile"], "thrash").find(rows))
    assert len(found) == case["expect"]["count"]
    if "start_t" in case["expect"]:
        begun = [shake.rows[0].at - cases.START for shake in found]
        assert begun == [round(at) for at in case["expect"]["start_t"]]


FIELD = [case for case in cases.CASES if case["profile"] == "field"]


@pytest.mark.parametrize("case", FIELD, ids=ids(FIELD))
def test_what_people_complained_about(case: dict[str, Any]) -> None:
    """Flowback's own defaults are right where users found other products wrong."""
    raw, _ = cases.to_events(case, before=100)
    detection = SessionDetection("s")
    detection.add(cases.STREAM, raw)
    found = {signal.payload.signal for signal in detection.signals()}
    if "rage" in case["expect"]:
        assert ("rage_click" in found) == case["expect"]["rage"]
    if "dead" in case["expect"]:
        assert ("dead_click" in found) == case["expect"]["dead"]


SCORES = cases.of("friction_score", "posthog")


@pytest.mark.parametrize("case", SCORES, ids=ids(SCORES))
def test_posthogs_score(case: dict[str, Any]) -> None:
    """The score and the list of frustrated sessions are PostHog's."""
    counts = case["counts"]
    made = posthog.playlist(
        rage_clicks=counts.get("rage_click", 0), exceptions=counts.get("exception", 0)
    )
    assert {"score": made.score, "included": made.included} == case["expect"]
