"""
Rows I1 to I24 of the attack table (privacy-and-security.md, 6.1), one test each, in order.

Where the house plan says otherwise than a row, the plan holds, and the test says so: unknown
fields are dropped and counted (decision 11), and one bad event never costs its batch.
"""

import contextlib
import gzip
import json
import logging
import re
import socket
import sys
import time
import tracemalloc
import zlib

import msgpack
import pytest
import structlog
import zstandard

from edge import connection, logs
from edge.collector.http import body as bodies
from edge.events import codec
from edge.events.event import SignalRaw
from tests.edge.collector.site import (
    ORIGIN,
    RECEIPT,
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
from tests.edge.server import said, served

BANK = {"key": "key-of-bank", "origin": "https://bank.example"}
DAY = 86_400_000


@pytest.fixture
def started(tmp_path):
    sites = []

    def start(**settings):
        sites.append(Site(tmp_path / str(len(sites)), **settings))
        return sites[-1]

    yield start
    for site in sites:
        site.stop()


@pytest.fixture
def site(started):
    made = started()
    made.grant()
    return made


def counted(site, line):
    """Return what the metrics say behind *line*, 0 where they say nothing."""
    for told in site.client.get("/metrics").text.splitlines():
        if told.startswith(f"flowback_edge_{line} "):
            return float(told.split()[-1])
    return 0.0


def refused(site, reason):
    return counted(site, f'requests_refused_total{{reason="{reason}"}}')


def on_disk(site):
    """Every byte of the journal's files and, inflated, of its entries."""
    inflated = [codec.inflate(entry.body) for entry in site.journal.follow(0, max_bytes=2**30)]
    files = [file.read_bytes() for file in site.folder.glob("journal*")]
    return b"".join([*inflated, *files])


def test_i1_without_a_write_key_nothing_is_read(site):
    """401, also for bytes that are no body at all; counted."""
    for key in ("", "nobody's"):
        assert site.post("/events", b"\xff not even a batch", key=key).status_code == 401
    assert site.client.post("/events", content=b"{").status_code == 401
    assert refused(site, "unknown_key") == 3


def test_i2_a_key_works_only_from_its_own_sites_pages(site):
    """403, nothing stored."""
    answer = site.post("/events", batch(signal(1)), origin="https://bank.example")
    assert answer.status_code == 403
    assert site.browser_events() == []


def test_i3_without_an_origin_events_are_kept_as_unverified(site):
    """Whoever forges by hand is seen as such, and counts towards no k."""
    assert site.post("/events", batch(signal(1)), origin=None).json()["accepted"] == 1
    assert [s.verified for _, s, e in site.written() if isinstance(e, SignalRaw)] == [False]


def test_i4_a_sandboxed_frame_is_no_page_of_the_site(site):
    """``Origin: null`` is 403 unless the project names it."""
    assert site.post("/events", batch(signal(1)), origin="null").status_code == 403


def test_i5_the_write_key_opens_no_reading_route(site):
    """Not a session without its receipt, not another method, not a page of somebody's choice."""
    site.send(signal(1))
    for headers in ({}, {"Authorization": "Bearer key-of-shop"}):
        for method in ("GET", "DELETE"):
            path = f"/sessions/{SESSION}?k=key-of-shop"
            assert site.client.request(method, path, headers=headers).status_code == 404
    assert site.client.get("/events?k=key-of-shop").status_code == 405
    for path in ("/graphql", "/admin", "/api/evidence", "/journal.db", "/projects.json"):
        assert site.client.get(f"{path}?k=key-of-shop").status_code == 404
    assert [event.n for event in site.browser_events()] == [1]


def test_i6_a_flood_from_one_address_is_held_off(started):
    """10,001 events in a minute: 429, the others go on, and nothing piles up."""
    site = started(address="10.0.0.1", proxies="10.0.0.1")
    site.client.app.state.collector.tick = lambda: 0.0
    told = {"X-Forwarded-For": "203.0.113.7"}
    zipped = gzip.compress(json.dumps(batch(*[signal(n) for n in range(500)])).encode())
    for number in range(20):
        body = zipped if number == 0 else other_session(number, 500)
        assert site.post("/events", body, **told).status_code == 202
    answer = site.post("/events", other_session(99, 1), **told)

    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) >= 1
    assert site.post("/events", batch(signal(1), projectId="bank"), **BANK).status_code == 202
    assert site.client.app.state.collector.waiting_bytes == 0


def other_session(number, count):
    whole = batch(*[signal(n) for n in range(count)], sessionId=f"{number:022d}")
    return gzip.compress(json.dumps(whole).encode())


def test_i7_one_key_from_many_addresses_is_held_to_its_projects_share(started):
    """429 for that project alone; what is remembered of addresses is bounded."""
    site = started(address="10.0.0.1", proxies="10.0.0.1", project_rate=500)
    rates = site.client.app.state.collector.rates
    site.client.app.state.collector.tick = lambda: 0.0
    statuses = [
        site.post("/events", batch(), **{"X-Forwarded-For": f"203.0.{n // 250}.{n % 250}"})
        for n in range(550)
    ]
    assert [answer.status_code for answer in statuses] == [202] * 500 + [429] * 50
    assert site.post("/events", batch(signal(1), projectId="bank"), **BANK).status_code == 202
    for number in range(50_000):
        rates.address.spend(number, 1, 0.0)
    assert len(rates.address) <= 20_000


def test_i8_a_gzip_bomb_is_refused_while_it_inflates(site):
    """413, and never more than about a MiB of it exists."""
    bomb = gzip.compress(b"\0" * (62 * 2**20), 9)
    assert len(bomb) < bodies.MAX_SENT
    tracemalloc.start()
    try:
        assert site.post("/events", bomb).status_code == 413
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 * 2**20


def test_i9_only_identity_and_one_gzip_are_read(site):
    """415 for every other coding, named or meant; gzip in gzip is no batch."""
    whole = json.dumps(batch(signal(1))).encode()
    for coding in ("br", "zstd", "deflate", "gzip, gzip", "gzip,br", "x-gzip", "compress"):
        answer = site.post("/events", whole, **{"Content-Encoding": coding})
        assert answer.status_code == 415, coding
    for sent in (
        gzip.compress(gzip.compress(whole)),
        zlib.compress(whole),
        zstandard.ZstdCompressor().compress(whole),
    ):
        assert site.post("/events", sent).status_code == 400
    assert site.browser_events() == []


def test_i10_half_a_gzip_and_one_and_a_half_are_refused(site):
    """400, and no part of the batch is kept."""
    whole = gzip.compress(json.dumps(batch(signal(1), signal(2))).encode())
    for sent in (whole[:-1], whole[: len(whole) // 2], whole + b"x", whole + whole):
        assert site.post("/events", sent).status_code == 400
    assert site.browser_events() == []


def test_i11_nesting_ends_at_16(site):
    """400 for a body that is one tower; in an event, that event alone is rejected."""
    for body in (b"[" * 10_000, b'{"a":' * 10_000, b'{"events":' + b"[" * 10_000):
        assert site.post("/events", body).status_code == 400
    tower = json.loads('{"a":' * 17 + "1" + "}" * 17)
    assert site.post("/events", batch(signal(1), x=tower)).status_code == 400
    answer = site.post("/events", batch({**signal(2), "x": tower}, signal(3))).json()
    assert (answer["accepted"], [row["n"] for row in answer["rejected"]]) == (1, [2])


def test_i12_what_no_event_can_hold_is_refused_in_bounded_memory(site):
    """A million keys, 10 MB of text, 10^400, NaN, one key twice."""
    keys = gzip.compress(json.dumps({str(n): 0 for n in range(10**6)}).encode(), 1)
    text = gzip.compress(json.dumps(batch(signal(1, name="x" * 10**7))).encode())
    assert [site.post("/events", body).status_code for body in (keys, text)] == [413, 413]
    wide = json.dumps(batch(x={str(n): 0 for n in range(65)}))
    assert site.post("/events", wide.encode()).status_code == 400
    assert site.post("/events", batch(signal(1), sentAt=10**400)).status_code == 400
    nan = json.dumps(batch(signal(1, x=float("nan")))).encode()
    assert b"NaN" in nan
    assert site.post("/events", nan).status_code == 400
    packed = msgpack.packb(batch(signal(1, x=float("nan")), signal(2)))
    assert [row["n"] for row in site.post("/events", packed).json()["rejected"]] == [1]
    # Of a key that stands twice the last is read, by all that read it: nothing hides in the first.
    twice = json.dumps(batch(signal(3))).replace('"page":', '"page": "/jane@example.com", "page":')
    assert site.post("/events", twice.encode()).json()["accepted"] == 1
    assert b"jane" not in on_disk(site)


def test_i13_a_batch_over_its_limits_is_refused(site):
    """10,001 events, 501 events, 65 KB: 413."""
    many = gzip.compress(json.dumps(batch(*[{"n": n} for n in range(10_001)])).encode())
    some = gzip.compress(json.dumps(batch(*[{"n": n} for n in range(501)])).encode())
    for body in (many, some, b" " * 65_537):
        assert site.post("/events", body).status_code == 413
    assert site.browser_events() == []


def test_i14_a_length_that_lies_is_not_waited_for(site, monkeypatch):
    """One byte at a time of a body that was announced: answered 408 and closed."""
    monkeypatch.setattr(connection, "KEEP_ALIVE", 0.3)
    monkeypatch.setattr(bodies, "PATIENCE", 0.3)
    head = b"POST /events?k=key-of-shop HTTP/1.1\r\nHost: edge\r\nContent-Length: 60000\r\n\r\n{"
    started = time.monotonic()
    with (
        served(site.client.app) as port,
        socket.create_connection(("127.0.0.1", port)) as slow,
        socket.create_connection(("127.0.0.1", port)) as silent,
    ):
        slow.sendall(head)
        silent.sendall(head[:40])
        assert said(slow).startswith(b"HTTP/1.1 408 ")
        assert said(silent) == b""
    assert time.monotonic() - started < 5


def test_i15_names_with_a_meaning_elsewhere_mean_nothing_here(site):
    """``__proto__`` and the like are fields that nobody knows: dropped, counted, never stored."""
    odd = {"__proto__": {"admin": 1}, "constructor": {"prototype": {"admin": 1}}}
    payload = signal(1, __class__="x", __proto__={"admin": 1})
    assert site.post("/events", batch({**payload, **odd}, **odd)).json()["accepted"] == 1
    assert counted(site, "fields_unknown_total") == 6
    for name in (b"__proto__", b"prototype", b"__class__", b"admin"):
        assert name not in on_disk(site)


def test_i16_nobody_grants_themselves_anything(started):
    """Unknown fields are dropped and counted; consent is what was recorded, and nothing else."""
    site = started()
    more = {"is_admin": True, "site_id": "bank", "consent": "granted", "verified": True}
    answer = site.post("/events", batch({**signal(1), **more}, **more), origin=None).json()
    assert answer["dropped"] == {"consent_pending": 1}
    site.grant()
    site.post("/events", batch({**signal(2), **more}, **more), origin=None)
    [stamp] = [s for _, s, e in site.written() if isinstance(e, SignalRaw)]
    assert (stamp.project, stamp.verified) == ("shop", False)
    assert b"is_admin" not in on_disk(site)
    assert counted(site, "fields_unknown_total") == 16


def test_i17_moments_that_cannot_be_are_set_right_or_dropped(site):
    """A clock that is off is corrected; the future is now; older than 7 days is too old."""
    ahead, old, first = now() + 600_000, now() - 31 * DAY, 1
    answer = site.send(signal(1, at=ahead), signal(2, at=old), signal(3, at=first)).json()
    assert (answer["accepted"], answer["dropped"]) == (1, {"too_old": 2})
    [event] = site.browser_events()
    assert abs(event.timestamp - now()) < 5_000
    for wrong in ("NaN", "null", '"now"', "-1", "1e400"):
        text = json.dumps(batch(signal(4, at=7))).replace('"timestamp": 7', f'"timestamp": {wrong}')
        told = site.post("/events", text.encode())
        assert told.status_code == 400 or [row["n"] for row in told.json()["rejected"]] == [4]
    early = batch(signal(5, at=now() - 30_000), sentAt=now() - 20_000)
    assert site.post("/events", early).json()["accepted"] == 1
    assert abs(site.browser_events()[-1].timestamp - (now() - 30_000)) < 25_000


def test_i18_a_batch_played_again_a_hundred_times_is_one(site):
    """Known by its numbers, in any coding, and after a restart."""
    body = batch(signal(1), tap(2))
    assert site.post("/events", body).json()["accepted"] == 2
    for turn in range(100):
        if turn == 50:
            site.restart()
        again = [body, msgpack.packb(body), gzip.compress(json.dumps(body).encode())][turn % 3]
        told = site.post("/events", again).json()
        assert (told["accepted"], told["duplicate"]) == (0, 2)
    assert sorted(event.n for event in site.browser_events()) == [1, 2]


def test_i19_a_session_id_has_one_form_and_opens_nothing(site):
    """400 for any other form; a guessed one of somebody else reads and writes nothing."""
    site.send(signal(1))
    for bad in ("", "1", "A" * 21, "A" * 23, "A" * 2**20, "../" * 7 + "A", "A" * 21 + "\0", 7):
        assert site.post("/events", batch(signal(2), sessionId=bad)).status_code in (400, 413)
        assert site.grant(n=3, sessionId=bad).status_code in (400, 413)
    told = {"Authorization": f"Bearer {'x' * 43}"}
    assert site.client.get(f"/sessions/{SESSION}?k=key-of-shop", headers=told).status_code == 404
    right = {"Authorization": f"Bearer {SECRET}"}
    assert site.client.get(f"/sessions/{SESSION}?k=key-of-bank", headers=right).status_code == 404
    assert site.client.get(f"/sessions/{SESSION}?k=key-of-shop", headers=right).status_code == 200
    taken = site.post("/events", batch(signal(2), projectId="bank"), **BANK).json()
    assert (taken["accepted"], [e.n for e in site.browser_events()]) == (0, [1])


def test_i20_after_a_no_not_a_byte_is_on_disk(started):
    """202, dropped, counted; the journal and its log hold nothing of it."""
    site = started()
    denial = {name: value for name, value in choice(state="denied").items() if name not in NAMED}
    assert site.post("/consent", denial).status_code == 200
    answer = site.send(signal(1, page="/very-secret"), tap(2, comment="very secret words"))
    assert (answer.status_code, answer.json()["accepted"]) == (202, 0)
    assert counted(site, 'events_dropped_total{reason="consent_pending"}') == 2
    for trace in (b"secret", SESSION.encode(), STREAM.encode(), RECEIPT.encode()):
        assert trace not in on_disk(site)


NAMED = ("sessionId", "stream", "n", "receiptHash")


def test_i21_a_forwarded_address_is_believed_of_nobody_unknown(started, database):
    """The region is that of the connection, and no address is counted."""
    site = started(address="192.0.2.9", regions=database)
    told = site.post("/consent", choice(), **{"X-Forwarded-For": "203.0.113.7"})
    assert told.json()["region"]["row"] == "DE+CN"
    assert len(site.client.app.state.collector.rates.address) == 0


def test_i22_a_place_that_is_not_found_has_the_strictest_rules(started, database):
    """Fail closed."""
    site = started(address="10.9.9.9", regions=database)
    row = site.post("/consent", choice()).json()["region"]
    assert (row["row"], row["captureBeforeChoice"]) == ("DE+UNKNOWN", False)


def test_i23_a_line_break_makes_no_line(site, capsys):
    """In any field it is taken out or escaped; a log's line and a metric's stay one."""
    forged = "a\r\nflowback_edge_forged_total 1\r\n{"
    site.send(tap(1, comment=forged), signal(2, page=f"/{forged}"), signal(3, name=forged))
    site.post("/events", b"{", key=forged.replace("\r\n", "%0d%0a"))
    site.client.get("/flowback%0d%0aSet-Cookie:x.js")
    lines = site.client.get("/metrics").text.splitlines()
    assert not any(line.startswith("flowback_edge_forged") for line in lines)
    assert all("\r" not in event.page and "\n" not in event.page for event in site.browser_events())
    with logging_as_the_edge_does():
        capsys.readouterr()
        logging.getLogger("edge.test").warning("it says %s", forged)
        assert len(capsys.readouterr().err.splitlines()) == 1


@contextlib.contextmanager
def logging_as_the_edge_does():
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    logs.set_up(level="info")
    try:
        yield
    finally:
        root.handlers = handlers
        root.setLevel(level)
        structlog.reset_defaults()


def test_i24_methods_and_origins_are_named_one_by_one(site):
    """TRACE is nobody's; a foreign origin gets no header, and none gets credentials."""
    for path in ("/events", "/consent", "/policy", "/flowback.js", "/metrics"):
        assert site.client.request("TRACE", path).status_code == 405
    headers = []
    for origin, allowed in ((ORIGIN, ORIGIN), ("https://evil.example", None), ("null", None)):
        told = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        asked = site.client.options("/events?k=key-of-shop", headers=told)
        sent = site.post("/events", batch(), origin=origin)
        assert asked.headers.get("Access-Control-Allow-Origin") == allowed
        assert sent.headers.get("Access-Control-Allow-Origin") == allowed
        assert (asked.headers["Vary"], sent.headers["Vary"]) == ("Origin", "Origin")
        headers += [*asked.headers, *sent.headers]
    assert "access-control-allow-credentials" not in headers


def test_every_row_stands_here_in_order():
    """I1 to I24, none left out."""
    names = [name for name in vars(sys.modules[__name__]) if re.match(r"test_i\d+_", name)]
    assert [int(re.match(r"test_i(\d+)_", name)[1]) for name in names] == [*range(1, 25)]
