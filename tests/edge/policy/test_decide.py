"""One decision with its reason, in plain words, and what leaves the site."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.events.event import ConsentState
from edge.events.raw import Prompt
from edge.events.wire import Policy
from edge.policy.decide import decide
from edge.policy.eligibility import Respondent, Survey, is_eligible
from edge.policy.explain import explain, explain_travel
from edge.policy.regions import PROMPT_MIN_INTERVAL_MS, resolve
from edge.policy.residency import travel
from edge.policy.throttle import PromptRules, RulesLoosened, ThrottleState, Window, note

DATA = Path(__file__).parents[2] / "data"
DE = resolve("DE")
US = resolve("US-rest")
NOW = 1_700_000_000_000
FRESH = ThrottleState()
RULES = PromptRules()


def decision(**about: Any) -> Policy:
    """The decision for a granted, fresh session in Germany unless told."""
    facts: dict[str, Any] = {
        "now": NOW,
        "consent": "granted",
        "region": DE,
        "throttle": FRESH,
        "rules": RULES,
    }
    return decide(**{**facts, **about})


def test_with_consent_and_nothing_against_it() -> None:
    """A fresh session with consent may be asked."""
    assert decision() == Policy(allow=True, reason="throttle_ready")


@pytest.mark.parametrize(
    ("consent", "reason"),
    [
        ("pending", "consent_pending"),
        ("denied", "consent_denied"),
        ("withdrawn", "consent_withdrawn"),
    ],
)
def test_without_consent_nobody_is_asked(consent: ConsentState, reason: str) -> None:
    """No time changes that."""
    assert decision(consent=consent) == Policy(allow=False, reason=reason)  # type: ignore[arg-type]


def test_asking_before_a_choice_needs_the_projects_will_and_the_regions_leave() -> None:
    """Where the region wants a choice first, its rule is the reason."""
    early = PromptRules(before_choice=True)
    assert decision(consent="pending", rules=early).reason == "regional_block"
    assert decision(consent="pending", rules=early, region=US).allow
    assert not decision(consent="pending", region=US).allow


def test_a_question_that_would_not_be_counted_is_not_asked() -> None:
    """Before a choice nothing of a project that asks first is kept, nor where a rule forbids it."""
    early = PromptRules(before_choice=True)
    ask = decision(consent="pending", rules=early, region=US, mode="ask")
    kept_from = resolve("US-rest", None, {"capture_before_choice": False})
    assert ask.reason == "consent_pending"
    assert decision(consent="pending", rules=early, region=kept_from).reason == "regional_block"


def test_thirty_seconds_lie_between_two_questions() -> None:
    """To the millisecond, and the answer says when."""
    last = ThrottleState(shown=1, last_shown=NOW - PROMPT_MIN_INTERVAL_MS + 1)
    assert decision(throttle=last) == Policy(allow=False, reason="throttle_active", next_at=NOW + 1)
    assert decision(throttle=last, now=NOW + 1).allow


def test_rules_cannot_ask_more_often() -> None:
    """An interval under 30 s is a load error."""
    with pytest.raises(RulesLoosened):
        PromptRules(min_interval_ms=29_999)
    with pytest.raises(RulesLoosened):
        PromptRules(session_cap=-1)


def test_a_session_has_only_so_many_questions() -> None:
    """The cap holds for the session, whatever the time."""
    spent = ThrottleState(shown=3, last_shown=0)
    assert decision(throttle=spent) == Policy(allow=False, reason="session_cap")


def test_who_dismisses_is_left_alone_for_longer() -> None:
    """Once: 30 s; twice: five minutes; three times: for the session."""
    rules = PromptRules(session_cap=99)

    def after(dismissed: int) -> Policy:
        state = ThrottleState(shown=1, last_shown=NOW, dismissed=dismissed)
        return decision(throttle=state, rules=rules)

    assert [after(n).next_at for n in (0, 1, 2)] == [NOW + 30_000, NOW + 30_000, NOW + 300_000]
    assert after(3).reason == "session_cap"


def test_windows_that_people_set() -> None:
    """Nobody is asked from start to before end; the answer names the end."""
    rules = PromptRules(suppressed=(Window(start=NOW - 10, end=NOW + 10),))
    assert decision(rules=rules) == Policy(allow=False, reason="suppressed", next_at=NOW + 10)
    assert decision(rules=rules, now=NOW + 10).allow
    assert decision(rules=rules, now=NOW - 11).allow


def test_a_throttle_that_ends_in_a_window_ends_with_it() -> None:
    """The next moment is one at which nothing stands against a question."""
    windows = (Window(start=NOW + 20_000, end=NOW + 40_000), Window(start=NOW, end=NOW + 1))
    last = ThrottleState(shown=1, last_shown=NOW)
    answer = decision(throttle=last, rules=PromptRules(suppressed=windows[:1]))
    assert (answer.reason, answer.next_at) == ("throttle_active", NOW + 40_000)


@given(
    st.sampled_from(["pending", "granted", "denied", "withdrawn"]),
    st.integers(0, 4),
    st.integers(0, 4),
    st.lists(st.tuples(st.integers(-50_000, 50_000), st.integers(0, 60_000)), max_size=3),
    st.integers(-400_000, 0),
)
def test_next_at_is_the_first_moment_that_allows(
    consent: ConsentState, shown: int, dismissed: int, windows: list[tuple[int, int]], ago: int
) -> None:
    """At `nextAt` the answer is yes, a millisecond before it is no; else time never helps."""
    rules = PromptRules(
        suppressed=tuple(Window(start=NOW + s, end=NOW + s + size) for s, size in windows)
    )
    state = ThrottleState(
        shown=shown, last_shown=NOW + ago if shown else None, dismissed=min(shown, dismissed)
    )
    about: dict[str, Any] = {"consent": consent, "throttle": state, "rules": rules}
    answer = decision(**about)
    if answer.next_at is not None:
        assert not answer.allow
        assert decision(**about, now=answer.next_at).allow
        assert not decision(**about, now=answer.next_at - 1).allow
    elif not answer.allow:
        assert not decision(**about, now=NOW + 10**9).allow


def test_prompts_are_noted_in_any_order() -> None:
    """The latest shown counts, whenever it arrives."""
    shown = Prompt(phase="shown")
    state = note(note(FRESH, shown, at=900), shown, at=100)
    assert state == ThrottleState(shown=2, last_shown=900)
    assert note(state, Prompt(phase="dismissed"), at=950).dismissed == 1
    assert note(state, Prompt(phase="expired"), at=950) == state


def test_a_decision_is_explained() -> None:
    """The words say what was decided, by which rules and when it changes."""
    window = Window(start=NOW, end=NOW + 60_000, why="release night")
    text = explain(
        now=NOW,
        consent="granted",
        region=DE,
        throttle=ThrottleState(shown=1, last_shown=NOW),
        rules=PromptRules(suppressed=(window,)),
    )
    for part in ("suppressed", "TDDDG", "release night", "1 of at most 3", "22:14:20 UTC"):
        assert part in text


def test_what_leaves_the_site() -> None:
    """Scrubbed events travel, raw ones by the project's will, and China's stay in China."""
    china = resolve("DE", "CN")
    assert travel(DE, share_raw=True, hub_country=None).raw
    assert not travel(DE, share_raw=False, hub_country="DE").raw
    assert not travel(china, share_raw=True, hub_country="DE").signals
    assert not travel(china, share_raw=True, hub_country=None).signals
    at_home = travel(china, share_raw=True, hub_country="cn")
    assert (at_home.signals, at_home.raw, at_home.aggregates_from) == (True, False, 20)


def test_what_leaves_the_site_is_explained() -> None:
    """The words name what stays, the country and the smallest aggregate."""
    text = explain_travel(resolve("CN"), share_raw=True, hub_country="DE")
    assert "Stays: signals" in text
    assert "hub in CN only" in text
    assert "20 sessions" in text
    assert "Leaves: raw events" in explain_travel(DE, share_raw=True, hub_country="DE")


CASES = [
    case
    for case in json.loads((DATA / "frustration_cases.json").read_text("utf-8"))["cases"]
    if case["detector"] == "prompt_eligibility"
]


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_formbricks_rules(case: dict[str, Any]) -> None:
    """The preset shows what Formbricks shows."""
    state = dict(case["state"])
    days = state.pop("workspace_recontact_days")
    shown = [display["survey"] for display in state.pop("displays")]
    respondent = Respondent(
        user_id=state["user_id"],
        segments=tuple(state["segments"]),
        displays={survey: shown.count(survey) for survey in shown},
        responses=frozenset(state["responses"]),
        last_display_days_ago=state["last_display_days_ago"],
    )
    survey = Survey(**case["survey"])
    assert is_eligible(survey, respondent, workspace_recontact_days=days) is case["expect"]["shown"]
