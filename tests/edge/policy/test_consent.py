"""Consent: what a choice means, which events pass, what the browser's signals add."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from edge.events.wire import ConsentRequest
from edge.policy.consent import (
    DAY_MS,
    NO_CHOICE,
    Consent,
    choose,
    drop_reason,
    effective,
    for_purpose,
    opted_out,
    withdraw,
)
from edge.policy.regions import resolve

DE = resolve("DE")
US = resolve("US-rest")
NOW = 1_700_000_000_000
GRANT = Consent(state="granted", stream="A", n=3, purposes=("interaction",), at=NOW)


def request(state: str, n: int, stream: str = "A", **more: Any) -> ConsentRequest:
    return ConsentRequest(
        project_id="shop",
        state=state,  # type: ignore[arg-type]
        source="banner",
        policy_version="1",
        sent_at=NOW,
        stream=stream,
        n=n,
        purposes=["interaction"],
        **more,
    )


def reason(consent: Consent, n: int, stream: str = "A", **more: Any) -> str | None:
    """Why event *n* goes, under the rules of Germany unless told."""
    about = {"mode": "ask", "region": DE, **more}
    opted = about.pop("opted_out", False)
    state = effective(consent, now=NOW, opted_out=opted, **about)
    return drop_reason(state, consent, stream=stream, n=n, **about)


def test_nothing_passes_before_a_choice() -> None:
    """Pending is the beginning, and no event of it is kept."""
    assert reason(NO_CHOICE, 0) == "consent_pending"


def test_a_grant_covers_what_follows_it() -> None:
    """Events before the grant are dropped for good, those after it pass, in any stream."""
    assert reason(GRANT, 2) == "before_consent"
    assert reason(GRANT, 4) is None
    assert reason(GRANT, 0, stream="B") is None


@given(st.permutations([("granted", 2), ("withdrawn", 9), ("granted", 5)]))
def test_choices_are_ordered_by_number(order: list[tuple[str, int]]) -> None:
    """A withdrawal is final, however late an older grant arrives."""
    consent = NO_CHOICE
    for state, n in order:
        consent = choose(consent, request(state, n), now=NOW)
    assert consent.state == "withdrawn"


def test_a_stale_choice_changes_nothing() -> None:
    """The same grant again, or an older one of its stream, is known."""
    assert choose(GRANT, request("granted", 3), now=NOW + 1) is GRANT
    assert choose(GRANT, request("granted", 1), now=NOW + 1) is GRANT


def test_a_withdrawal_ends_it() -> None:
    """After a withdrawal no event passes, not even one made before."""
    gone = withdraw(GRANT, now=NOW)
    assert reason(gone, 9) == reason(gone, 9, mode="host") == "consent_withdrawn"


@pytest.mark.parametrize("mode", ["ask", "regional", "host"])
def test_gpc_is_a_denial_until_it_is_overridden(mode: str) -> None:
    """P2: the browser's no holds in every mode; an explicit yes of the visitor overrides it."""
    assert reason(GRANT, 9, mode=mode, opted_out=True) == "consent_denied"
    assert reason(replace(GRANT, override=True), 9, mode=mode, opted_out=True) is None


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
    old = replace(GRANT, at=NOW - DE.consent_ttl_days * DAY_MS)
    assert effective(old, mode="ask", region=DE, now=NOW) == "pending"
    assert effective(replace(old, at=old.at + 1), mode="ask", region=DE, now=NOW) == "granted"


def test_a_purpose_that_was_not_granted_is_denied() -> None:
    """Consent to being measured is no consent to being asked."""
    assert for_purpose("granted", GRANT, "interaction") == "granted"
    assert for_purpose("granted", GRANT, "reaction_prompt") == "denied"
    assert for_purpose("granted", NO_CHOICE, "reaction_prompt") == "granted"  # host mode


@pytest.mark.parametrize(
    ("gpc", "dnt", "says"),
    [
        ([], [], False),
        (["1"], [], True),
        ([], ["1"], True),
        (["0", "1"], [], True),
        (["0, 1"], [], True),
        (["true"], [], False),
        (["11"], [], False),
        ([""], ["null"], False),
    ],
)
def test_the_browsers_signals(gpc: list[str], dnt: list[str], *, says: bool) -> None:
    """Exactly 1 counts, and any 1 among repeated headers does."""
    assert opted_out(gpc, dnt) is says
