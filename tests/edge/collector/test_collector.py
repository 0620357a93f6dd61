"""The collector over HTTP, on a real journal."""

import gzip
import json
from base64 import urlsafe_b64encode
from collections import Counter
from functools import partial

import msgpack
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.collector.agents import sessions
from edge.collector.http.errors import Overloaded
from edge.collector.operations import retention
from edge.detect.presets import Definition
from edge.events import codec
from edge.events.event import PolicyUpdated, SignalRaw
from edge.projects import ProjectBook
from tests.edge.collector.site import (
    ORIGIN,
    SECRET,
    SESSION,
    STREAM,
    Site,
    batch,
    choice,
    now,
    signal,
    tap,
)
from tests.stack import wait_for


@pytest.fixture
def site(tmp_path):
    made = Site(tmp_path)
    yield made
    made.stop()


def test_what_is_answered_202_is_in_the_journal(site):
    """Raw events in lane 1, taps and navigation in lane 0, with what the edge adds."""
    site.grant()
    answer = site.send(signal(1), signal(2, "nav", how="load"), tap(3))

    assert answer.status_code == 202
    assert answer.json()["accepted"] == 3
    lanes = {e.n: lane for lane, _, e in site.written() if hasattr(e, "n")}
    assert lanes == {1: 1, 2: 0, 3: 0}
    stamp = next(s for _, s, e in site.written() if isinstance(e, SignalRaw))
    assert (stamp.project, stamp.session, stamp.stream) == ("shop", SESSION, STREAM)
    assert (stamp.region, stamp.site, stamp.verified) == ("DE", "main", True)


def test_a_batch_sent_again_is_known(site):
    """The same numbers of the same stream are duplicates, also after a restart."""
    site.grant()
    body = batch(signal(1), signal(2))
    assert site.post("/events", body).json()["accepted"] == 2
    again = site.post("/events", body).json()
    site.restart()
    later = site.post("/events", body).json()

    assert (again["accepted"], again["duplicate"]) == (0, 2)
    assert (later["accepted"], later["duplicate"]) == (0, 2)
    assert [e.n for e in site.browser_events()] == [1, 2]


def test_page_loads_beyond_what_a_row_holds_are_known_too(site, monkeypatch):
    """Each of many streams of a session, sent again in any order and after a restart."""
    monkeypatch.setattr(sessions, "MAX_STREAMS", 4)
    site.grant()
    streams = [f"{number:010d}A" for number in range(12)]
    for stream in streams:
        assert site.send(signal(1), signal(2), stream=stream).json()["accepted"] == 2
    for _ in range(2):
        for stream in reversed(streams):
            told = site.send(signal(2), signal(3), stream=stream).json()
            assert told["accepted"] + told["duplicate"] == 2
        site.restart()
    found = Counter((s.stream, e.n) for _, s, e in site.written() if isinstance(e, SignalRaw))
    assert found == Counter({(stream, n): 1 for stream in streams for n in (1, 2, 3)})
    assert site.journal.read("select count(*) from stream")[0][0] >= 8
    told = {"Authorization": f"Bearer {SECRET}"}
    assert site.client.delete(f"/sessions/{SESSION}?k=key-of-shop", headers=told).status_code == 200
    assert site.journal.read("select count(*) from stream") == [(0,)]


def test_older_page_loads_end_with_their_session(site, monkeypatch):
    """When nothing of them can be sent any more."""
    monkeypatch.setattr(sessions, "MAX_STREAMS", 1)
    site.grant()
    for number in range(4):
        site.send(signal(1), stream=f"{number:010d}A")
    assert site.journal.read("select count(*) from stream")[0][0] == 4
    week = 7 * 86_400_000
    journal, memory = site.journal, site.client.app.state.collector.ingest.sessions
    for later, left in ((week - 60_000, 4), (week + 60_000, 0)):
        at = now() + later
        journal.submit(partial(retention.forget_sessions, sessions=memory, now=at)).result()
        assert journal.read("select count(*) from stream")[0][0] == left


def test_nothing_from_before_a_grant_is_kept_or_replayed(site):
    """
    Dropped and counted; the grant changes nothing for what was sent before it.

    That no byte of it is written, ``tests/faults/test_before_consent.py`` looks after.
    """
    early = site.send(signal(1, page="/early"))
    assert early.json()["dropped"] == {"consent_pending": 1}
    site.grant(n=5)
    late = site.send(signal(4, page="/early"), signal(6))

    assert late.json()["dropped"] == {"before_consent": 1}
    assert [e.n for e in site.browser_events()] == [6]


def test_a_refused_session_leaves_no_row(site):
    """Events without consent write nothing at all."""
    site.send(signal(1))
    site.send(signal(2), Sec_GPC="1")

    assert site.written() == []
    journal = site.journal
    assert journal.read("select count(*) from session") == [(0,)]


def test_a_grant_made_offline_counts_from_its_number(site):
    """Consent is ordered by number, not by time: it may arrive with a later clock."""
    site.grant(n=0, sentAt=now() + 5_000)
    answer = site.send(signal(1, at=now() - 60_000))

    assert answer.json()["accepted"] == 1


def test_a_withdrawal_is_final(site):
    """Not even a later grant opens the session again."""
    site.grant()
    site.send(signal(1))
    withdrawn = site.grant(n=2, state="withdrawn")
    after = site.send(signal(3))
    again = site.grant(n=4)

    assert withdrawn.json()["state"] == "withdrawn"
    assert after.json()["dropped"] == {"consent_withdrawn": 1}
    assert again.json()["state"] == "withdrawn"
    assert after.json()["policy"] == {
        "allow": False,
        "reason": "consent_withdrawn",
        "nextAt": None,
    }


def test_a_denial_names_nobody(site):
    """It is counted; a denial that names a session is refused."""
    bare = {"projectId": "shop", "state": "denied", "source": "banner", "policyVersion": "1"}
    assert site.post("/consent", {**bare, "sentAt": now()}).json()["state"] == "denied"
    assert site.grant(state="denied").status_code == 400

    [(_, stamp, event)] = site.written()
    assert stamp.session is None
    assert isinstance(event, PolicyUpdated)
    assert event.payload.consent.state == "denied"


@pytest.mark.parametrize("header", [{"Sec-GPC": "1"}, {"DNT": "1"}])
def test_a_browser_that_says_no_is_believed(site, header):
    """GPC or DNT is a denial until the visitor overrides it."""
    site.grant()
    assert site.post("/events", batch(signal(1)), **header).json()["accepted"] == 0
    site.grant(n=2, override=True)
    assert site.post("/events", batch(signal(3)), **header).json()["accepted"] == 1


def test_rage_is_found_where_it_was_seen_and_commits_with_its_clicks(site):
    """Three clicks on one target within less than 500 ms; one signal with its evidence."""
    site.grant()
    start = now() - 5_000
    site.send(*[signal(n, at=start + n * 100) for n in (1, 2, 3)])

    [found] = site.signals()
    assert found.payload.signal == "rage_click"
    assert found.payload.evidence == [f"{STREAM}:{n}" for n in (1, 2, 3)]
    assert found.page == "/checkout"


def test_a_restart_in_the_middle_of_a_burst_changes_nothing(site, tmp_path):
    """The detectors are rebuilt from the journal: same signal, one more revision."""
    site.grant()
    start = now() - 5_000
    site.send(signal(1, at=start), signal(2, at=start + 100))
    site.restart()
    site.send(signal(3, at=start + 200))
    site.restart()
    site.send(signal(4, at=start + 300))

    [found] = site.signals()
    assert found.payload.count == 4
    assert found.revision == 1


def test_the_question_is_throttled_and_says_why(site):
    """Every answer says whether this session may be asked; after a question not for 30 s."""
    assert site.grant().json()["policy"]["reason"] == "throttle_ready"
    answer = site.send(signal(1, "prompt", phase="shown")).json()["policy"]

    assert (answer["allow"], answer["reason"]) == (False, "throttle_active")
    assert 29_000 < answer["nextAt"] - now() <= 30_000
    query = f"/policy?k=key-of-shop&projectId=shop&sessionId={SESSION}"
    assert site.client.get(query).json() == answer
    site.restart()
    assert site.client.get(query).json() == answer


def test_one_bad_event_costs_only_itself(site):
    """It is reported by its number, the others are kept."""
    site.grant()
    bad = [
        {**signal(2), "timestamp": "yesterday"},
        {"n": 3, "type": "signal.raw", "timestamp": now(), "payload": {"action": "sneeze"}},
        {**signal(4), "payload": 7},
        "five",
        {**signal(6), "page": 9},
        {**tap(7), "payload": {"reaction": "angry"}},
    ]
    answer = site.send(signal(1), *bad, signal(8)).json()

    assert answer["accepted"] == 2
    assert [row["n"] for row in answer["rejected"]] == [2, 3, 4, None, 6, 7]
    assert all(row["error"] for row in answer["rejected"])
    metrics = site.client.get("/metrics").text
    for reason, count in (("wrong_type", 3), ("unknown_action", 2), ("unknown_value", 1)):
        assert f'flowback_edge_events_rejected_total{{reason="{reason}"}} {count}.0' in metrics


def test_bad_events_never_cost_good_ones(site):
    """However many: what is rejected leaves no hole, and what came late before it still passes."""
    site.grant()
    mixed = [signal(n, "sneeze" if n % 2 else "click") for n in range(10, 210)]
    first = site.send(*mixed).json()
    site.restart()
    rest = site.send(*[signal(n) for n in range(210, 309)]).json()
    late = site.send(*[signal(n) for n in range(1, 10)]).json()
    again = site.send(*mixed).json()

    assert (first["accepted"], len(first["rejected"]), first["dropped"]) == (100, 100, {})
    assert (rest["accepted"], rest["dropped"]) == (99, {})
    assert (late["accepted"], late["dropped"]) == (9, {})
    assert (again["accepted"], again["duplicate"]) == (0, 100)
    assert len({event.n for event in site.browser_events()}) == 208


@pytest.mark.parametrize("too_old", [False, True])
def test_batches_of_nothing_good_leave_no_hole(site, too_old):
    """Hundreds of them, each between two good ones, and none of these is lost; one late passes."""
    site.grant()
    for n in range(2, 302, 2):
        assert site.send(signal(n)).json()["accepted"] == 1
        bad = signal(n + 1, at=1) if too_old else signal(n + 1, "sneeze")
        assert site.send(bad).json()["accepted"] == 0

    assert site.send(signal(1)).json()["accepted"] == 1


@pytest.mark.parametrize("too_old", [False, True])
def test_what_is_never_taken_is_noted_on_disk(site, too_old):
    """Its number counts as come, also after a restart and where nothing else came with it."""
    site.grant()
    site.send(signal(1, at=1) if too_old else signal(1, "sneeze"))
    site.restart()
    assert site.send(signal(1)).json()["duplicate"] == 1


def test_an_event_with_the_number_of_a_bad_one_beside_it_is_kept(site):
    """A batch's events come first."""
    site.grant()
    assert site.send(signal(1, "sneeze"), signal(1)).json()["accepted"] == 1


def test_nothing_is_noted_of_who_has_not_consented(site):
    """No row is written, not even for the numbers of what was rejected."""
    assert len(site.send(signal(1, "sneeze")).json()["rejected"]) == 1
    assert site.send(signal(2)).json()["dropped"] == {"consent_pending": 1}
    assert site.journal.read("select count(*) from session") == [(0,)]


def test_unknown_fields_are_dropped_and_counted(site):
    """Nobody can smuggle a field in, and nothing is lost for its sake (decision 11)."""
    site.grant()
    event = {**signal(1, is_admin=True), "consent": "granted"}
    assert site.send(event, is_admin=1).json()["accepted"] == 1

    metrics = site.client.get("/metrics").text
    assert "flowback_edge_fields_unknown_total 3.0" in metrics
    bodies = [entry.body for entry in site.journal.follow(0)]
    assert not any(b"is_admin" in codec.inflate(body) for body in bodies)


def test_msgpack_and_gzip_are_read(site):
    """The same batch in another coding; gzip is known by its first bytes."""
    site.grant()
    packed = msgpack.packb(batch(signal(1)))
    zipped = gzip.compress(json.dumps(batch(signal(2))).encode())

    assert site.post("/events", packed).json()["accepted"] == 1
    assert site.post("/events", zipped).json()["accepted"] == 1
    both = gzip.compress(msgpack.packb(batch(signal(3))))
    assert site.post("/events", both).json()["accepted"] == 1


def test_a_choice_is_read_in_every_coding_too(site):
    """msgpack, gzip, both; and bytes that are neither are refused in words."""
    packed = msgpack.packb(choice())
    assert site.post("/consent", packed).json()["state"] == "granted"
    assert site.post("/consent", gzip.compress(packed)).json()["state"] == "granted"
    zipped = gzip.compress(json.dumps(choice(n=9, state="withdrawn")).encode())
    assert site.post("/consent", zipped).json()["state"] == "withdrawn"
    assert site.post("/consent", b"\xc1").status_code == 400


def test_an_older_key_works_until_it_is_revoked(site):
    """So pages can be given the new one at leisure; both are seen within a second, no restart."""
    site.grant()
    book = ProjectBook.open(site.folder)
    fresh = book.new_key("shop").key
    wait_for(lambda: site.post("/events", batch(), key=fresh).status_code == 202, what="new key")
    assert site.post("/events", batch(signal(1)), key=fresh).json()["accepted"] == 1
    assert site.post("/events", batch(signal(2))).json()["accepted"] == 1
    book.revoke_key("shop", "key-of-shop")
    wait_for(lambda: site.post("/events", batch()).status_code == 401, what="the old key's end")
    assert site.post("/events", batch(signal(3)), key=fresh).json()["accepted"] == 1


def test_the_older_form_is_for_hosts_that_vouch(site):
    """An array of whole events; sent twice, it is known; other projects may not use it."""
    older = [
        {
            "sessionId": "visitor 17",
            "projectId": "intranet",
            "timestamp": now(),
            "type": "signal.raw",
            "payload": {"action": "click", "target": "button"},
        }
    ]
    host = {"key": "key-of-intranet", "origin": "https://intranet.example"}
    assert site.post("/events", older, **host).json()["accepted"] == 1
    assert site.post("/events", older, **host).json()["duplicate"] == 1
    assert site.post("/events", older).status_code == 400
    stamp = site.written()[0][1]
    assert "visitor" not in str(stamp.session)


REFUSALS = [
    ("no key", {"key": ""}, b"{}", 401),
    ("unknown key", {"key": "nobody's"}, b"{}", 401),
    ("another project's key", {"key": "key-of-bank", "origin": "https://bank.example"}, None, 401),
    ("another site's origin", {"origin": "https://bank.example"}, None, 403),
    ("a sandboxed frame", {"origin": "null"}, None, 403),
    ("no JSON", {}, b"{", 400),
    ("a number", {}, b"5", 400),
    ("deep JSON", {}, b'{"a":' * 10_000, 400),
    ("too large", {}, b" " * 70_000, 413),
    ("brotli", {"Content-Encoding": "br"}, b"{}", 415),
    ("gzip twice", {"Content-Encoding": "gzip, gzip"}, b"{}", 415),
]


@pytest.mark.parametrize(("what", "how", "body", "status"), REFUSALS, ids=[r[0] for r in REFUSALS])
def test_a_refusal_stores_nothing_and_says_why(site, what, how, body, status):
    """One clear answer, counted by reason."""
    answer = site.post("/events", batch(signal(1)) if body is None else body, **how)

    assert answer.status_code == status, what
    assert answer.json()["detail"]
    assert site.written() == []


@given(st.binary(max_size=300) | st.sampled_from([b"\x91\xd4\x05\x00", b"\x91\x81\x90\x01"]))
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_bytes_are_answered_with_a_fault(site, body):
    """Whatever is sent, to a project of either form, it is refused in words."""
    host = {"key": "key-of-intranet", "origin": "https://intranet.example"}
    for how in ({}, host):
        for route in ("/events", "/consent"):
            assert 200 <= site.post(route, body, **how).status_code < 500


@pytest.mark.parametrize("name", ["sessionId", "stream", "projectId"])
def test_an_id_ends_where_it_ends(site, name):
    """Not even a line break may follow it."""
    whole = batch(signal(1))
    assert site.post("/events", {**whole, name: whole[name] + "\n"}).status_code == 400
    grant = choice()
    assert site.post("/consent", {**grant, name: grant[name] + "\n"}).status_code == 400


def test_a_denial_has_no_room_for_words(site):
    """Its policy version is a version; anything else is refused, and nothing is kept."""
    bare = {"projectId": "shop", "state": "denied", "source": "banner", "sentAt": now()}
    assert site.post("/consent", {**bare, "policyVersion": "jane@example.com"}).status_code == 400
    assert site.written() == []


def test_senders_that_say_much_and_send_nothing_cost_nobody_else(site):
    """Memory is taken for bytes that came, not for bytes that were announced."""
    state = site.client.app.state.collector
    site.grant()
    with state.room() as first, state.room() as second:
        first(state.queue_bytes - 70_000)
        with pytest.raises(Overloaded):
            second(80_000)
        assert site.send(signal(1)).status_code == 202
    assert state.waiting_bytes == 0


def test_too_many_events_are_refused(site):
    """One more than a batch may hold."""
    site.grant()
    items = [{"n": n} for n in range(501)]
    assert site.post("/events", batch(*items)).status_code == 413


def test_without_an_origin_events_are_kept_but_unverified(site):
    """They count towards no k."""
    site.grant()
    assert site.post("/events", batch(signal(1)), origin=None).json()["accepted"] == 1
    assert [s.verified for _, s, e in site.written() if isinstance(e, SignalRaw)] == [False]


def test_another_projects_session_is_out_of_reach(site):
    """A session belongs to the project that it was granted to."""
    site.grant()
    bank = {"key": "key-of-bank", "origin": "https://bank.example"}
    answer = site.post("/events", batch(signal(1), projectId="bank"), **bank).json()
    asked = site.client.get(f"/policy?k=key-of-bank&projectId=bank&sessionId={SESSION}").json()

    assert answer["accepted"] == 0
    assert asked["reason"] == "consent_pending"
    assert site.browser_events() == []


@pytest.mark.parametrize("bad", ["", "A" * 21, "A" * 23, "../" * 7 + "A", "\0" * 22, "A" * 10**5])
def test_a_session_id_has_one_form(site, bad):
    """128 bits as base64url, nothing else (I19)."""
    assert site.post("/events", batch(signal(1), sessionId=bad)).status_code in (400, 413)


def test_addresses_and_user_agents_are_never_written(site):
    """They are used and forgotten (decision 3, P6)."""
    site.grant()
    answer = site.post(
        "/events",
        batch(signal(1)),
        **{"User-Agent": "SecretBrowser/9 Mobile", "X-Forwarded-For": "203.0.113.7"},
    )
    assert answer.status_code == 202
    assert next(s for _, s, e in site.written() if isinstance(e, SignalRaw)).device == "phone"
    bodies = b"".join(codec.inflate(entry.body) for entry in site.journal.follow(0))
    site.stop()
    files = b"".join(file.read_bytes() for file in site.folder.iterdir() if file.is_file())
    site.start()
    for trace in (b"SecretBrowser", b"203.0.113.7", b"testclient"):
        assert trace not in bodies + files


def test_personal_data_in_pages_and_comments_is_scrubbed(site):
    """Whatever a page forgot, the edge takes out before the first byte is stored."""
    site.grant()
    mail = "jane.doe@example.com"
    site.send(
        signal(1, page=f"/orders?email={mail}&sort=date"),
        signal(2, target=f'a[title="{mail}"]'),
        tap(3, comment=f"write to {mail}"),
        signal(4, "backtrack", origin=f"/user/{mail}", stayed=5),
    )

    assert len(site.browser_events()) == 4
    inflated = b"".join(codec.inflate(entry.body) for entry in site.journal.follow(0))
    assert b"jane" not in inflated
    assert "/orders?sort=date" in [event.page for event in site.browser_events()]


def test_clock_skew_is_corrected_by_when_the_batch_was_sent(site):
    """A device an hour ahead: its event 10 s before sending was 10 s before receipt."""
    site.grant(sentAt=now() + 3_600_000)
    site.send(signal(1, at=now() + 3_590_000), sentAt=now() + 3_600_000)

    [event] = site.browser_events()
    assert abs(event.timestamp - (now() - 10_000)) < 2_000


@pytest.mark.parametrize("forgotten", [False, True])
def test_a_batch_of_which_nothing_is_kept_leaves_the_clock_as_it_is_on_disk(site, forgotten):
    """So that a session that left memory meanwhile is judged as one that did not."""
    late, tab, at = 30_000, "C" * 10 + "A", now()
    site.grant(sentAt=at - late)  # under way for 30 s, or the device's clock is behind
    early = signal(1, at=at - 3_600_000)
    answer = site.send(early, stream=tab, sentAt=at)
    assert answer.json()["dropped"] == {"before_consent": 1}
    if forgotten:
        sessions = site.client.app.state.collector.ingest.sessions
        site.journal.submit(lambda _: sessions.clear()).result()
    since = signal(2, at=at - late + 5_000)
    answer = site.send(since, stream=tab, sentAt=now() - late)
    assert answer.json()["accepted"] == 1
    [kept] = site.browser_events()
    assert abs(kept.timestamp - at - 5_000) < 2_000


def test_a_session_is_judged_by_its_projects_definition(site):
    """A running edge sees the change; who was there before it is judged as before."""
    site.grant()
    book = ProjectBook.open(site.folder)
    book.detect("shop", Definition(parameters={"rage_click": {"clicks": 4}}))
    site.restart()
    other = "D" * 21 + "A"
    site.grant(sessionId=other, stream="E" * 10 + "A")
    start = now() - 5_000
    clicks = [signal(n, at=start + 100 * n) for n in (1, 2, 3)]
    site.send(*clicks)
    site.send(*clicks, sessionId=other, stream="E" * 10 + "A")

    assert [(s.payload.signal, s.payload.count) for s in site.signals()] == [("rage_click", 3)]


def test_nothing_happens_in_the_future_or_too_long_ago(site):
    """What claims to lie ahead is put at its receipt; 7 days are kept, not more."""
    site.grant()
    week = 7 * 86_400_000
    answer = site.send(
        signal(1, at=now() + 600_000), signal(2, at=now() - week + 5_000), signal(3, at=1)
    ).json()

    assert (answer["accepted"], answer["dropped"]) == (2, {"too_old": 1})
    assert max(event.timestamp for event in site.browser_events()) <= now()


def test_only_named_origins_are_let_in_by_cors(site):
    """Echoed one by one, never with credentials."""
    good = site.client.options(
        f"/sessions/{SESSION}?k=key-of-shop", headers={"Origin": ORIGIN}
    ).headers
    bad = site.client.options(
        f"/sessions/{SESSION}?k=key-of-shop", headers={"Origin": "https://evil.example"}
    ).headers

    assert good["Access-Control-Allow-Origin"] == ORIGIN
    assert "Access-Control-Allow-Origin" not in bad
    assert "Access-Control-Allow-Credentials" not in good
    assert good["Vary"] == "Origin"


def test_a_session_id_is_16_bytes():
    """The test's own ids are what a widget makes."""
    assert urlsafe_b64encode(b"\0" * 16).rstrip(b"=").decode() == SESSION


def test_a_bad_projects_file_under_a_running_edge_changes_nothing(site, monkeypatch):
    """What was read before holds, requests go on, and a metric says so until it is mended."""
    monkeypatch.setattr("edge.projects.LOOK_AGAIN", 0.0)
    site.grant()
    path = site.folder / "projects.json"
    good = path.read_text()
    told = []
    loosened = good.replace('"session_cap": 3', '"session_cap": -3')
    assert loosened != good
    for n, text in enumerate([good, "{", loosened, good]):
        path.write_text(text)
        assert site.send(signal(n + 1)).json()["accepted"] == 1
        metrics = site.client.get("/metrics").text.splitlines()
        told += [line[-3:] for line in metrics if line.startswith("flowback_edge_projects_file")]
    assert told == ["0.0", "1.0", "1.0", "0.0"]
