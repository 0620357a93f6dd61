"""What a visitor may ask for with the receipt: to see, and to delete (decisions 5 and 9)."""

import base64
import gzip
import hashlib
import json
import sqlite3
import time
import types

import pytest

from edge.collector.consent import rights
from edge.collector.operations.housekeeping import sweep
from edge.events import codec
from edge.events.event import PolicyUpdated
from edge.journal.verify import verify
from edge.keys import EdgeKeys
from edge.keys.signing import Stone, is_signed
from edge.protocol.frames import Errand
from tests.edge.collector.site import (
    ORIGIN,
    RECEIPT,
    SECRET,
    SESSION,
    STREAM,
    Site,
    batch,
    signal,
    tap,
)
from tests.stack import wait_for

OTHER = "B" * 21 + "A"


@pytest.fixture
def site(tmp_path):
    made = Site(tmp_path)
    yield made
    made.stop()


def ask(site, method, *, secret=SECRET, session=SESSION, key="key-of-shop", origin=ORIGIN):
    return site.client.request(
        method,
        f"/sessions/{session}?k={key}",
        headers={"Origin": origin, "Authorization": b"Bearer " + secret}
        if isinstance(secret, bytes)
        else {"Origin": origin, "Authorization": f"Bearer {secret}"},
    )


def visited(site):
    """A session with raw events, a derived signal and a tap; and another one beside it."""
    site.grant()
    site.post("/consent", {**_other_choice()})
    start = site.client.app.state.collector.now() - 9_000
    site.send(*[signal(n, at=start + n * 100, name="trace") for n in (1, 2, 3)])
    site.post("/events", batch(signal(1, name="other"), sessionId=OTHER))
    site.send(tap(4, comment="the trace of a comment"))


def _other_choice():
    from tests.edge.collector.site import choice

    return choice(sessionId=OTHER)


def bytes_on_disk(site) -> bytes:
    """Every byte of the files, and what every entry inflates to."""
    site.stop()
    raw = b"".join(file.read_bytes() for file in site.folder.glob("journal*"))
    file = sqlite3.connect(site.folder / "journal.db")
    for (body,) in file.execute("select body from entry"):
        raw += codec.inflate(body)
    file.close()
    site.start()
    return raw


def test_a_visitor_sees_everything_that_is_held(site):
    """Raw events, what was derived of them, the tap and the consent."""
    visited(site)
    seen = ask(site, "GET").json()

    events = [event for group in seen["groups"] for event in group["events"]]
    assert seen["consent"] == "granted"
    assert [event["n"] for event in events if "n" in event] == [1, 2, 3, 4]
    assert "rage_click" in [event["payload"].get("signal") for event in events]
    assert {group["stamp"]["session"] for group in seen["groups"]} == {SESSION}


def test_a_deletion_leaves_no_byte_and_no_other_session_suffers(site):
    """Raw, derived and queued events are gone from database and log; places and numbers stay."""
    visited(site)
    before = [(e.lane, e.seq, e.count) for e in site.journal.follow(0)]
    answer = ask(site, "DELETE")

    assert answer.status_code == 200
    assert answer.json()["erased"] >= 6
    found = bytes_on_disk(site)
    assert b"trace" not in found
    assert b"rage_click" not in found
    assert b"other" in found
    after = [(e.lane, e.seq, e.count, e.generation) for e in site.journal.follow(0)]
    assert [row[:3] for row in after[: len(before)]] == before
    assert {row[3] for row in after} == {0, 1}
    site.stop()
    assert verify(site.folder / "journal.db").problems == []
    site.start()


def test_the_hub_is_told_by_a_tombstone(site):
    """In lane 0, behind all that it erases, and it survives its own deletion."""
    visited(site)
    ask(site, "DELETE")

    stones = [(lane, s, e) for lane, s, e in site.written() if isinstance(e, PolicyUpdated)]
    lane, stamp, event = stones[-1]
    assert (lane, stamp.session, event.payload.erased) == (0, SESSION, True)
    assert event.payload.consent.receipt_hash == ""


def test_late_events_of_an_erased_session_are_dropped(site):
    """Also after a restart, and not even a new grant brings the session back."""
    visited(site)
    ask(site, "DELETE")
    late = site.send(signal(5, name="trace"))
    site.restart()
    later = site.send(signal(6, name="trace"))
    again = site.grant(n=7)

    assert late.json()["dropped"] == {"erased": 1}
    assert later.json()["dropped"] == {"erased": 1}
    assert again.json()["state"] == "withdrawn"
    assert b"trace" not in bytes_on_disk(site)


def test_without_the_receipt_nobody_learns_anything(site):
    """A wrong secret, another project's key and an unknown session are answered alike."""
    visited(site)
    answers = [
        ask(site, "GET", secret="x" * 43),
        ask(site, "DELETE", secret=""),
        ask(site, "GET", session="C" * 21 + "A"),
        ask(site, "GET", key="key-of-bank", origin="https://bank.example"),
        ask(site, "GET", session="etc"),
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers[:4]}) == 1
    assert len(site.browser_events()) == 5


def test_a_deletion_that_was_cut_off_is_finished_at_the_next_start(site, monkeypatch):
    """The tombstone is written, then the process ends before anything is blanked."""
    visited(site)

    async def cut(*_):
        raise ConnectionResetError

    monkeypatch.setattr(rights, "blank", cut)
    with pytest.raises(ConnectionResetError):
        ask(site, "DELETE")
    assert len(site.browser_events()) == 5  # the fault happened: nothing is blanked yet
    monkeypatch.undo()
    site.restart()
    wait_for(
        lambda: site.journal.read("select min(done) from tombstone") == [(1,)],
        what="the deletion's end",
    )
    assert b"trace" not in bytes_on_disk(site)


def test_a_stream_of_another_session_is_untouched(site):
    """The other session goes on counting and detecting."""
    visited(site)
    ask(site, "DELETE")
    body = gzip.compress(b"{}")  # any refusal in between changes nothing
    assert site.post("/events", body).status_code == 400
    more = site.post("/events", batch(signal(1), signal(2), sessionId=OTHER, stream=STREAM)).json()

    assert (more["accepted"], more["duplicate"]) == (1, 1)


def days_later(site, days):
    """All that the edge remembers is so much older, and its hour of housekeeping has come."""
    state = site.client.app.state.collector
    real = state._clock
    state._clock = lambda: real() + days * 86_400
    site.client.portal.call(sweep, state)


def test_a_visitor_can_see_and_delete_for_as_long_as_anything_is_kept(site):
    """A widget retries for 7 days and the session's row goes; its events stay for 90."""
    visited(site)
    days_later(site, 80)
    assert site.journal.read("select count(*) from session") == [(0,)]
    site.restart()
    seen = ask(site, "GET").json()
    stranger = ask(site, "GET", secret="x" * 43)
    answer = ask(site, "DELETE")

    assert [e["n"] for g in seen["groups"] for e in g["events"] if "n" in e] == [1, 2, 3, 4]
    assert stranger.status_code == 404
    assert answer.json()["erased"] >= 6
    assert b"trace" not in bytes_on_disk(site)


def test_what_is_left_of_a_session_ends_with_its_events(site):
    """After the region's days there is nothing to see, and nothing that says whose it was."""
    visited(site)
    days_later(site, 8)
    assert site.journal.read("select count(*) from receipt") == [(2,)]
    site.client.app.state.collector._clock = time.time
    days_later(site, 91)

    assert site.journal.read("select count(*) from receipt") == [(0,)]
    assert ask(site, "GET").status_code == 404


def test_a_forgotten_session_keeps_its_receipt_when_it_comes_again(site):
    """Nobody who knows its id makes it theirs meanwhile."""
    visited(site)
    days_later(site, 8)
    site.restart()
    stranger = hashlib.sha256(b"x" * 43).digest()
    receipt = base64.urlsafe_b64encode(stranger).rstrip(b"=").decode()
    site.grant(n=0, stream="D" * 10 + "A", receiptHash=receipt)

    assert ask(site, "GET", secret="x" * 43).status_code == 404
    assert ask(site, "GET").status_code == 200


def test_a_deletion_that_is_asked_for_again_is_answered_the_same(site):
    """The first answer may be lost; nobody else gets it."""
    visited(site)
    first = ask(site, "DELETE")
    site.restart()
    again = ask(site, "DELETE")

    assert again.status_code == 200
    assert again.json() == first.json()
    assert ask(site, "DELETE", secret="x" * 43).status_code == 404
    assert ask(site, "GET").status_code == 404
    stones = [e for _, _, e in site.written() if isinstance(e, PolicyUpdated) and e.payload.erased]
    assert len(stones) == 1


@pytest.mark.parametrize(
    ("hub_country", "lane"), [("DE", 2), ("", 2), ("CN", 0)], ids=["abroad", "nowhere", "at home"]
)
def test_a_tombstone_leaves_only_where_the_session_could(tmp_path, hub_country, lane):
    """A hub abroad never heard of a session in China, and does not now."""
    site = Site(tmp_path / "cn", region="CN", hub_country=hub_country)
    visited(site)
    ask(site, "DELETE")

    [(found, stamp)] = [
        (where, s)
        for where, s, e in site.written()
        if isinstance(e, PolicyUpdated) and e.payload.erased
    ]
    left = [s.session for where, s, _ in site.written() if where != 2]
    assert (found, stamp.session) == (lane, SESSION)
    assert hub_country == "CN" or left == []
    site.stop()


def stones(site):
    """Tombstones and claims as they were written: lane, stamp, event."""
    return [
        (lane, stamp, event)
        for lane, stamp, event in site.written()
        if isinstance(event, PolicyUpdated) and event.payload.claim
    ]


def test_a_tombstone_is_signed_by_its_edge(site):
    """With the key that the hub learns at enrolment; its words and its node are signed."""
    visited(site)
    ask(site, "DELETE")
    keys = EdgeKeys.load(site.folder)
    [(_, stamp, event)] = stones(site)
    said = Stone(stamp.project, stamp.session, event.id, event.timestamp, event.payload.claim)

    assert event.payload.claim == RECEIPT
    assert is_signed([keys.verify], keys.node, said, event.payload.signatures)
    assert not is_signed([keys.verify], "f" * 32, said, event.payload.signatures)


def test_deletions_from_before_the_edge_could_sign_are_signed_when_it_can(site):
    """Keys from before go on working; after a rotation the hub is told again, once."""
    visited(site)
    path = site.folder / "edge.key"
    old = json.loads(path.read_text())
    path.write_text(json.dumps({**old, "signing": []}))
    site.restart()
    ask(site, "DELETE")
    assert [event.payload.signatures for _, _, event in stones(site)] == [[]]
    EdgeKeys.rotate(site.folder)
    for _ in range(2):
        site.restart()
        wait_for(lambda: len(stones(site)) > 1, what="it is told again")
        days_later(site, 0)

    first, again = [event for _, _, event in stones(site)]
    assert (again.id, again.timestamp) == (first.id, first.timestamp)
    assert len(again.payload.signatures) == 1


@pytest.fixture
def linked(site):
    """The edge has a hub, as far as its routes see."""
    state = site.client.app.state.collector
    state.forwarder = types.SimpleNamespace(stop=lambda timeout: None)
    yield site
    state.forwarder = None


def test_a_claim_of_a_session_that_is_not_theirs_here_goes_to_the_hub(linked):
    """Unknown or another's: the same answer, and nothing here is touched."""
    visited(linked)
    stranger = "C" * 21 + "A"
    wrong = [ask(linked, "DELETE", secret="x" * 43), ask(linked, "DELETE", session=stranger)]
    again = ask(linked, "DELETE", session=stranger)

    assert [answer.status_code for answer in wrong] == [202, 202]
    assert [{**answer.json(), "sessionId": "", "receipt": ""} for answer in wrong] == [
        {"sessionId": "", "receipt": "", "erased": 0, "passedOn": True}
    ] * 2
    assert again.json() == wrong[1].json()
    assert [(lane, s.session, e.payload.erased) for lane, s, e in stones(linked)] == [
        (0, SESSION, False),
        (0, stranger, False),
        (0, stranger, False),
    ]
    assert stones(linked)[1][2].payload.claim == RECEIPT
    assert ask(linked, "GET", session=stranger).status_code == 404
    assert len(linked.browser_events()) == 5


def test_a_claim_without_a_receipt_goes_nowhere(linked):
    """What cannot be a receipt is no claim."""
    for secret in ("", "short", "x" * 44, "é" * 43):
        assert ask(linked, "DELETE", secret=secret.encode()).status_code == 404
    assert stones(linked) == []


def test_where_events_may_not_leave_no_claim_does(tmp_path):
    """It names a session; and where there is no hub it would reach nobody."""
    site = Site(tmp_path / "cn", region="CN", hub_country="DE")
    state = site.client.app.state.collector
    state.forwarder = types.SimpleNamespace(stop=lambda timeout: None)
    answer = ask(site, "DELETE")
    state.forwarder = None
    site.stop()

    assert answer.status_code == 404
    assert answer.json()["detail"].endswith("another edge may hold it.")


def run_errand(site, receipt, session=SESSION):
    state = site.client.app.state.collector
    state.errands.append(Errand("shop", session, receipt))
    site.client.portal.call(state.run_errands)


def test_what_the_hub_wants_erased_is_erased_once_with_the_right_receipt(site):
    """A visitor asked for it at another edge; the tombstone that follows tells that it is done."""
    visited(site)
    run_errand(site, "x" * 43)
    assert len(site.browser_events()) == 5
    for _ in range(2):
        run_errand(site, RECEIPT)

    assert len(stones(site)) == 1
    assert b"trace" not in bytes_on_disk(site)
    assert ask(site, "DELETE").json()["erased"] >= 6


def test_of_a_session_that_is_unknown_here_the_hub_is_told_so(site):
    """Nothing is held, and what may still come is dropped."""
    run_errand(site, RECEIPT)
    late = site.send(signal(1))

    assert [(lane, s.session, e.payload.erased) for lane, s, e in stones(site)] == [
        (0, SESSION, True)
    ]
    assert late.json()["dropped"] == {"erased": 1}
