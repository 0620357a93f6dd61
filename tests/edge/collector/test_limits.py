"""Too much of one sender, over HTTP: 429, nothing stored, nobody else concerned."""

import gzip
import json

import pytest

from tests.edge.collector.site import Site, batch, choice, signal

BANK = {"key": "key-of-bank", "origin": "https://bank.example"}


@pytest.fixture
def started(tmp_path):
    sites = []

    def start(**settings):
        sites.append(Site(tmp_path / str(len(sites)), **settings))
        at(sites[-1], 0.0)
        return sites[-1]

    yield start
    for site in sites:
        site.stop()


def at(site, seconds):
    """Set the clock by which limits are counted."""
    site.client.app.state.collector.tick = lambda: seconds


def session(number):
    return f"{number:022d}"


def zipped(body):
    return gzip.compress(json.dumps(body).encode())


def clicks(*numbers):
    return zipped(batch(*[signal(n) for n in range(*numbers)]))


def crowd(site, events, *, project="shop", each=500, **how):
    """Send *events* of as many sessions as are needed; return the answers."""
    answers = []
    for number in range(0, events, each):
        of = {"sessionId": session(number), "projectId": project}
        body = batch(*[signal(n) for n in range(min(each, events - number))], **of)
        answers.append(site.post("/events", zipped(body), **how))
    return answers


def refused(site, whose):
    name = f'flowback_edge_requests_refused_total{{reason="too_many_of_{whose}"}}'
    lines = site.client.get("/metrics").text.splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith(name))


def test_a_session_is_held_to_its_share(started):
    """429 with Retry-After; the others of its project go on, and it later too."""
    site = started(session_rate=600)
    site.grant()
    assert site.post("/events", clicks(1, 500)).status_code == 202
    answer = site.post("/events", clicks(500, 700))

    assert answer.status_code == 429
    assert answer.json()["error"] == "too_many_of_session"
    assert int(answer.headers["Retry-After"]) >= 1
    assert answer.headers["Access-Control-Expose-Headers"] == "Retry-After"
    assert max(event.n for event in site.browser_events()) == 499
    other = session(7)
    site.grant(sessionId=other)
    assert site.send(signal(1), sessionId=other).json()["accepted"] == 1
    at(site, 61.0)
    assert site.post("/events", clicks(500, 700)).json()["accepted"] == 200


def test_a_project_is_held_to_its_share_whoever_sends(started):
    """Made-up sessions do not help; the next project does not notice; memory stays flat."""
    site = started(project_rate=3_000)
    assert [a.status_code for a in crowd(site, 4_000, each=500)] == [202] * 6 + [429] * 2
    assert refused(site, "project") == 2
    assert site.grant().status_code == 429
    assert {a.status_code for a in crowd(site, 2_000, project="bank", **BANK)} == {202}
    assert site.client.app.state.collector.waiting_bytes == 0


def test_what_is_refused_unheard_is_not_even_read(started):
    """Within the moment of a refusal the body is not decoded: it need not even be one."""
    site = started(project_rate=500)
    crowd(site, 1_000)
    assert site.post("/events", b"no batch").status_code == 429
    at(site, 2.0)
    assert site.post("/events", b"no batch").status_code == 400


def test_an_address_counts_only_behind_a_trusted_proxy(started):
    """10,001 events in a minute are too many of one address, where it can be believed."""
    told, other = ({"X-Forwarded-For": text} for text in ("203.0.113.7", "203.0.113.8"))
    trusting = started(address="10.0.0.1", proxies="10.0.0.0/8")
    statuses = [a.status_code for a in crowd(trusting, 10_001, **told)]
    assert statuses == [202] * 20 + [429]
    assert crowd(trusting, 500, **other)[0].status_code == 202
    assert refused(trusting, "address") == 1
    wary = started(address="10.0.0.1")
    assert {a.status_code for a in crowd(wary, 10_001, **told)} == {202}


def test_a_flood_of_addresses_takes_bounded_memory(started):
    """900 addresses on one key: the project's share holds, and so does the memory."""
    site = started(address="10.0.0.1", proxies="10.0.0.1", project_rate=600)
    body = json.dumps(choice(state="denied", **dict.fromkeys(NAMED))).encode()
    statuses = [
        site.post("/consent", body, **{"X-Forwarded-For": f"203.0.{n // 250}.{n % 250}"})
        for n in range(900)
    ]
    rates = site.client.app.state.collector.rates
    assert {answer.status_code for answer in statuses[:600]} == {200}
    assert statuses[-1].status_code == 429
    assert 0 < len(rates.address) <= 900
    assert len(rates.project) == 1


NAMED = ("sessionId", "stream", "n", "receiptHash")
