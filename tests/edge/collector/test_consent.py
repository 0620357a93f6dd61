"""Choices at a running edge: whose they are, what they let pass, what the browser says (P2)."""

import base64
import hashlib

import pytest

from edge.events.event import PolicyUpdated
from tests.edge.collector.site import SECRET, SESSION, Site, choice, now, signal, tap

OTHER_TAB = "C" * 10 + "A"
EVIL = "e" * 43
EVIL_HASH = base64.urlsafe_b64encode(hashlib.sha256(EVIL.encode()).digest()).rstrip(b"=").decode()
HOUR = 3_600_000


@pytest.fixture
def site(tmp_path):
    made = Site(tmp_path)
    yield made
    made.stop()


def rights(site, method, secret):
    headers = {"Origin": "https://shop.example", "Authorization": f"Bearer {secret}"}
    return site.client.request(method, f"/sessions/{SESSION}?k=key-of-shop", headers=headers)


def policies(site):
    return [(s, e.payload) for _, s, e in site.written() if isinstance(e, PolicyUpdated)]


@pytest.mark.parametrize("state", ["granted", "withdrawn"])
def test_who_knows_a_sessions_id_cannot_take_it_over(site, state):
    """The first receipt stands; the other choice is answered as if the session were new."""
    new = choice(
        n=0, state=state, stream=OTHER_TAB, sessionId="N" * 21 + "A", receiptHash=EVIL_HASH
    )
    answer_of_new = site.post("/consent", new).json()
    site.grant()
    site.send(signal(1))
    before = len(site.written())
    taken = choice(n=0, state=state, stream=OTHER_TAB, receiptHash=EVIL_HASH)
    answer = site.post("/consent", taken)

    assert answer.json() == answer_of_new
    assert len(site.written()) == before
    assert rights(site, "GET", EVIL).status_code == 404
    assert rights(site, "DELETE", EVIL).status_code == 404
    assert rights(site, "GET", SECRET).status_code == 200
    assert site.send(signal(2)).json()["accepted"] == 1


def test_what_another_tab_heard_before_the_grant_is_dropped(site):
    """Its numbers are its own, so the moment decides; a grant made offline covers what followed."""
    site.post("/consent", choice(n=0, at=now() - HOUR))
    early = site.send(signal(0, at=now() - 2 * HOUR, name="before"), stream=OTHER_TAB).json()
    later = site.send(signal(1, at=now() - HOUR // 2), stream=OTHER_TAB).json()

    assert early["dropped"] == {"before_consent": 1}
    assert later["accepted"] == 1


def test_a_choice_that_does_not_say_when_was_made_when_it_was_sent(site):
    """As older widgets send it."""
    site.grant()
    early = site.send(signal(0, at=now() - HOUR, name="before"), stream=OTHER_TAB).json()

    assert early["dropped"] == {"before_consent": 1}


def test_a_later_choice_takes_nothing_from_what_an_earlier_one_let_pass(site):
    """Choices go first in the queue: event 5 comes after grant 10 and passes by grant 0."""
    site.grant(n=0)
    site.grant(n=10, purposes=["comment"])
    answer = site.send(signal(5), signal(11)).json()

    assert (answer["accepted"], answer["dropped"]) == (1, {"consent_denied": 1})


def test_a_restart_remembers_all_grants(site):
    """They are in the session's row."""
    site.grant(n=3)
    site.grant(n=9, purposes=["comment"])
    site.restart()
    answer = site.send(signal(2), signal(5), tap(10, comment="too slow")).json()

    assert (answer["accepted"], answer["dropped"]) == (2, {"before_consent": 1})


def test_questions_are_counted_whatever_else_was_granted(site):
    """Consent to being asked alone: throttle and cap hold all the same."""
    site.grant(purposes=["reaction_prompt"])
    shown = [site.send(signal(n, "prompt", phase="shown")).json() for n in (1, 2, 3)]
    other = site.send(signal(4)).json()

    assert [answer["accepted"] for answer in shown] == [1, 1, 1]
    assert [answer["policy"]["reason"] for answer in shown] == [
        "throttle_active",
        "throttle_active",
        "session_cap",
    ]
    assert other["dropped"] == {"consent_denied": 1}


def test_without_consent_to_being_asked_no_prompt_is_kept(site):
    """Nobody may be asked, so a prompt is one that should not have been."""
    site.grant(purposes=["interaction"])
    answer = site.send(signal(1, "prompt", phase="shown"), signal(2)).json()

    assert (answer["accepted"], answer["dropped"]) == (1, {"consent_denied": 1})
    assert answer["policy"]["reason"] == "consent_denied"


@pytest.mark.parametrize(
    ("headers", "source"),
    [({"Sec-GPC": "1"}, "gpc"), ({"DNT": "1"}, "dnt"), ({"Sec-GPC": "1", "DNT": "1"}, "gpc")],
)
def test_a_grant_of_a_browser_that_says_no_is_recorded_as_its_denial(site, headers, source):
    """P2: tied to nobody at the hub, and it holds when the browser falls silent."""
    answer = site.post("/consent", choice(n=0), **headers).json()
    late = site.send(signal(1)).json()
    site.restart()
    again = site.grant(n=2).json()

    assert (answer["state"], answer["policy"]["reason"]) == ("denied", "consent_denied")
    assert late["dropped"] == {"consent_denied": 1}
    assert again["state"] == "denied"
    [(stamp, payload)] = policies(site)
    assert (payload.consent.state, payload.consent.source) == ("denied", source)
    assert (stamp.session, stamp.stream, payload.consent.receipt_hash) == (None, None, "")


def test_an_explicit_yes_overrides_the_browser(site):
    """From then on, with or without the header; what came before it stays dropped."""
    site.post("/consent", choice(n=0), **{"Sec-GPC": "1"})
    yes = site.post("/consent", choice(n=5, override=True), **{"Sec-GPC": "1"}).json()
    body = [signal(4), signal(6)]
    answer = site.send(*body).json()

    assert yes["state"] == "granted"
    assert (answer["accepted"], answer["dropped"]) == (1, {"before_consent": 1})


def test_the_policy_of_a_new_session_is_what_a_batch_of_it_would_say(site):
    """With `host` the site has the consent; a deleted session has none."""
    key, session = "key-of-intranet", "N" * 21 + "A"
    asked = site.client.get(f"/policy?k={key}&sessionId={session}").json()
    site.grant()
    rights(site, "DELETE", SECRET)
    deleted = site.client.get(f"/policy?k=key-of-shop&sessionId={SESSION}").json()

    assert asked == {"allow": True, "reason": "throttle_ready", "nextAt": None}
    assert deleted["reason"] == "consent_withdrawn"


def test_a_withdrawal_needs_no_receipt_and_shows_nothing(site):
    """A browser that lost its secret can still end its session; who guesses an id reads nothing."""
    site.grant()
    site.send(signal(1))
    ends = choice(n=2, state="withdrawn")
    del ends["receiptHash"]
    answer = site.post("/consent", ends).json()

    assert answer["state"] == "withdrawn"
    assert site.send(signal(3)).json()["dropped"] == {"consent_withdrawn": 1}
    assert rights(site, "GET", EVIL).status_code == 404
    assert rights(site, "GET", SECRET).status_code == 200
