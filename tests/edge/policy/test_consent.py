"""Consent: what a choice means, which events pass, what the browser's signals add."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.events.event import PURPOSES
from edge.events.wire import ConsentRequest
from edge.policy.consent import (
    DAY_MS,
    MAX_GRANTS,
    NO_CHOICE,
    Consent,
    Grant,
    choose,
    covering,
    drop_reason,
    effective,
    for_purpose,
    opted_out,
    settled,
)
from edge.policy.regions import resolve

DE = resolve("DE")
US = resolve("US-rest")
NOW = 1_700_000_000_000


def grant(n: int = 3, stream: str = "A", *, made: int = NOW, **more: Any) -> Grant:
    about = {"purposes": ("interaction",), "skew": 0, "at": NOW, **more}
    return Grant(stream=stream, n=n, made=made, **about)


GRANTED = Consent(grants=(grant(),))


def request(state: str, n: int, stream: str = "A", **more: Any) -> ConsentRequest:
    about = {"sent_at": NOW, "purposes": ["interaction"], **more}
    return ConsentRequest(
        project_id="shop",
        state=state,  # type: ignore[arg-type]
        source="banner",
        policy_version="1",
        stream=stream,
        n=n,
        **about,
    )


def reason(
    consent: Consent, n: int, stream: str = "A", *, at: int = NOW, skew: int = 0, **more: Any
) -> str | None:
    """Why event *n*, a signal, goes, under the rules of Germany unless told."""
    about = {"mode": "ask", "region": DE, **more}
    refused = about.pop("refused", "")
    purpose = about.pop("purpose", "interaction")
    state = effective(consent, now=NOW, refused=refused, **about)
    covers = covering(consent, stream=stream, n=n, at=at, skew=skew)
    return drop_reason(state, purpose, covers, **about)


def test_nothing_passes_before_a_choice() -> None:
    """Pending is the beginning, and no event of it is kept."""
    assert reason(NO_CHOICE, 0) == "consent_pending"


def test_a_grant_covers_what_follows_it_in_its_stream() -> None:
    """By number and not by time: both may be made offline."""
    assert reason(GRANTED, 2) == "before_consent"
    assert reason(GRANTED, 4, at=NOW - 10**9) is None


def test_in_other_streams_a_grant_covers_what_was_made_after_it() -> None:
    """Another tab counts by itself; what it heard before the grant is dropped."""
    assert reason(GRANTED, 9, stream="B", at=NOW - 1) == "before_consent"
    assert reason(GRANTED, 0, stream="B", at=NOW) is None


def test_a_clock_that_was_set_changes_no_order() -> None:
    """Set back by an hour after the grant: what came after it still did."""
    hour = 3_600_000
    assert reason(GRANTED, 0, stream="B", at=NOW - hour + 1, skew=hour) is None
    assert reason(GRANTED, 0, stream="B", at=NOW - hour - 1, skew=hour) == "before_consent"
    assert reason(GRANTED, 0, stream="B", at=NOW - 1, skew=1_000) == "before_consent"  # latency


def test_a_later_grant_leaves_what_an_earlier_one_let_pass() -> None:
    """Other purposes at number 10: event 5 passes by the grant at 0, event 11 does not."""
    narrowed = choose(
        Consent(grants=(grant(0),)), request("granted", 10, purposes=["comment"]), now=NOW
    )
    assert reason(narrowed, 5) is None
    assert reason(narrowed, 11) == "consent_denied"
    assert reason(narrowed, 11, purpose="comment") is None
    assert reason(narrowed, 5, purpose="comment") == "consent_denied"


Made = tuple[str, int, int, frozenset[str]]
"""A grant: stream, number, moment, purposes."""


@st.composite
def _made(draw: st.DrawFn) -> list[Made]:
    """Grants of up to three streams, numbered in the order of their moments, none at once."""
    moments = draw(st.lists(st.integers(0, 40), min_size=1, max_size=6, unique=True))
    found: list[Made] = []
    for moment in sorted(moments):
        stream = draw(st.sampled_from("ABC"))
        n = draw(st.integers(0, 3)) + max((g[1] + 1 for g in found if g[0] == stream), default=0)
        purposes = draw(st.frozensets(st.sampled_from(PURPOSES), min_size=1))
        found.append((stream, n, moment, frozenset(purposes)))
    return found


def _model(made: list[Made], stream: str, n: int, at: int) -> frozenset[str] | None:
    """The plan's words: the last grant with a smaller number, or from before in another stream."""
    before = [g for g in made if (g[1] < n if g[0] == stream else g[2] <= at)]
    return max(before, key=lambda g: g[2])[3] if before else None


@given(_made(), st.sampled_from("ABCD"), st.integers(0, 25), st.integers(0, 45), st.data())
def test_the_last_grant_before_an_event_decides(
    made: list[Made], stream: str, n: int, at: int, data: st.DataObject
) -> None:
    """In any order of arrival; and the quick way says the same as the careful one."""
    consent = NO_CHOICE
    for name, number, moment, purposes in data.draw(st.permutations(made)):
        asked = request("granted", number, name, at=moment, purposes=sorted(purposes))
        consent = choose(consent, asked, now=NOW)
    wanted = _model(made, stream, n, at)
    for purpose in PURPOSES:
        why = reason(consent, n, stream, at=at, purpose=purpose)
        if wanted is None:
            assert why == "before_consent"
        else:
            assert why == (None if purpose in wanted else "consent_denied")
    after, since = settled(consent, stream=stream, skew=0)
    if n > after and at >= since:
        quick = covering(consent, stream=stream, n=after + 1, at=since, skew=0)
        assert quick == covering(consent, stream=stream, n=n, at=at, skew=0)


@given(st.permutations([("granted", 2), ("withdrawn", 9), ("granted", 5)]))
def test_a_withdrawal_is_final_however_late_a_grant_arrives(order: list[tuple[str, int]]) -> None:
    """After it no event passes, not even one made before, whoever has the consent."""
    consent = NO_CHOICE
    for state, n in order:
        consent = choose(consent, request(state, n), now=NOW)
    assert consent.state == "withdrawn"
    assert reason(consent, 9) == reason(consent, 9, mode="host") == "consent_withdrawn"


def test_a_choice_that_came_changes_nothing() -> None:
    """The same grant again is known."""
    assert choose(GRANTED, request("granted", 3), now=NOW + 1) is GRANTED


def test_only_so_many_grants_are_kept() -> None:
    """The latest; a record cannot be made to grow."""
    consent = NO_CHOICE
    for n in range(2 * MAX_GRANTS):
        consent = choose(consent, request("granted", n, at=n), now=NOW)
    assert [one.n for one in consent.grants] == [*range(MAX_GRANTS, 2 * MAX_GRANTS)]


@pytest.mark.parametrize("mode", ["ask", "regional", "host"])
@pytest.mark.parametrize("signal", ["gpc", "dnt"])
def test_the_browsers_no_holds_until_it_is_overridden(mode: str, signal: Any) -> None:
    """P2: in every mode, for what comes with it; an explicit yes of the visitor overrides it."""
    yes = request("granted", 3, override=True)
    assert reason(GRANTED, 9, mode=mode, refused=signal) == "consent_denied"
    overridden = choose(NO_CHOICE, yes, now=NOW, refused=signal)
    assert reason(overridden, 9, mode=mode, refused=signal) is None


@pytest.mark.parametrize("signal", ["gpc", "dnt"])
def test_a_grant_of_a_browser_that_says_no_is_a_denial(signal: Any) -> None:
    """P2: it stays one when the browser falls silent, until the visitor overrides it."""
    denied = choose(NO_CHOICE, request("granted", 0), now=NOW, refused=signal)
    assert (denied.state, denied.refused) == ("denied", signal)
    assert reason(denied, 1) == "consent_denied"
    assert choose(denied, request("granted", 2), now=NOW) is denied
    overridden = choose(denied, request("granted", 4, override=True), now=NOW)
    assert overridden.state == "granted"
    assert reason(overridden, 5) is None
    assert reason(overridden, 3) == "before_consent"


def test_what_a_region_allows_is_used_only_by_choice_of_the_project() -> None:
    """Every project asks first, unless it chose to go by the region."""
    assert reason(NO_CHOICE, 0, region=US) == "consent_pending"
    assert reason(NO_CHOICE, 0, mode="regional", region=US) is None
    assert reason(NO_CHOICE, 0, mode="regional", region=DE) == "consent_pending"


def test_a_site_may_vouch() -> None:
    """With `host` the site has the consent, and says so by sending."""
    assert reason(NO_CHOICE, 0, mode="host") is None


def test_a_grant_ends_with_its_regions_term() -> None:
    """After consent_ttl_days a grant has to be asked for again."""
    term = DE.consent_ttl_days * DAY_MS

    def after(ms: int) -> str:
        consent = Consent(grants=(grant(at=NOW - ms),))
        return effective(consent, mode="ask", region=DE, now=NOW)

    assert (after(term), after(term - 1)) == ("pending", "granted")


def test_a_purpose_that_was_not_granted_is_denied() -> None:
    """Consent to being measured is no consent to being asked."""
    assert for_purpose("granted", grant(), "interaction") == "granted"
    assert for_purpose("granted", grant(), "reaction_prompt") == "denied"
    assert for_purpose("granted", None, "reaction_prompt") == "granted"  # host mode


@pytest.mark.parametrize(
    ("gpc", "dnt", "says"),
    [
        ([], [], ""),
        (["1"], [], "gpc"),
        ([], ["1"], "dnt"),
        (["1"], ["1"], "gpc"),
        (["0", "1"], [], "gpc"),
        (["0, 1"], [], "gpc"),
        (["true"], [], ""),
        (["11"], [], ""),
        ([""], ["null"], ""),
    ],
)
def test_the_browsers_signals(gpc: list[str], dnt: list[str], says: str) -> None:
    """Exactly 1 counts, and any 1 among repeated headers does."""
    assert opted_out(gpc, dnt) == says
