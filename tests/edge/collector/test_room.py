"""What waits for the disk is bounded by the memory that it takes, not by what was sent."""

import gzip
import json
import threading
import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import msgpack
import pytest

from edge.collector.http.batch import EVENT_COST, parse
from tests.edge.collector.site import Site, batch, signal, tap
from tests.stack import wait_for

SENDERS = 16


@pytest.fixture
def site(tmp_path):
    made = Site(tmp_path, queue_mb=2, session_rate=0)
    made.grant()
    yield made
    made.stop()


def clicks(sender):
    """500 clicks of their own numbers."""
    body = batch(*[signal(sender * 500 + n) for n in range(1, 501)])
    return json.dumps(body, separators=(",", ":")).encode()


def queued(site):
    lines = site.client.get("/metrics").text.splitlines()
    [line] = [line for line in lines if line.startswith("flowback_edge_queue_bytes ")]
    return float(line.split()[1])


@pytest.mark.parametrize("zipped", [True, False])
def test_small_bodies_that_wait_fill_the_queue(site, zipped):
    """Those beyond it are 503 and leave nothing; the others are written, and all is given back."""
    state = site.client.app.state.collector
    plain = [clicks(sender) for sender in range(SENDERS)]
    bodies = [gzip.compress(body, mtime=0) for body in plain] if zipped else plain
    assert sum(map(len, bodies)) < state.queue_bytes, "as sent they would all have room"
    each = len(plain[0]) + 500 * EVENT_COST
    room = state.queue_bytes // (each + 5_000)
    let_go = threading.Event()
    held = site.journal.submit(lambda _: let_go.wait(60))
    with ThreadPoolExecutor(SENDERS) as pool:
        asked = [pool.submit(site.post, "/events", body) for body in bodies]
        wait_for(lambda: sum(each.done() for each in asked) >= SENDERS - room, what="refusals")
        refused = [each.result() for each in asked if each.done()]
        counted = queued(site)
        let_go.set()
        answers = [each.result() for each in asked]

    assert held.result() is True, "the writer was held all the while"
    assert {answer.status_code for answer in refused} == {503}
    assert all(int(answer.headers["Retry-After"]) >= 1 for answer in refused)
    assert room * each <= counted <= state.queue_bytes
    taken = [n for n, answer in enumerate(answers) if answer.status_code == 202]
    assert len(taken) == room == SENDERS - len(refused)
    found = {event.n for event in site.browser_events()}
    assert found == {sender * 500 + n for sender in taken for n in range(1, 501)}
    assert queued(site) == state.waiting_bytes == 0
    again = [n for n in range(SENDERS) if n not in taken]
    assert {site.post("/events", bodies[n]).json()["accepted"] for n in again} == {500}


def test_the_largest_batch_has_room_in_the_smallest_queue(site):
    """Else it would be sent again for ever."""
    body = batch(*[signal(n, page="/" + "a" * 1_900) for n in range(500)])
    assert site.post("/events", gzip.compress(json.dumps(body).encode())).status_code == 202


SPANS = ("dom", "scroll", "selection", "nav", "request", "requestEnd", "media", "dialog", "focus")
FULLEST = {
    "click": lambda n: signal(n, x=12.5, y=300.5, name="pay", kind="link", modified=True),
    "reaction": lambda n: {
        **signal(n),
        "payload": {"action": "reaction", "of": n, "watched": 2.5, **dict.fromkeys(SPANS, 0.5)},
    },
    "tap": tap,
}


@pytest.mark.parametrize("kind", FULLEST)
def test_no_event_takes_more_than_is_counted(kind):
    """With every field that it can have."""
    body = msgpack.packb(batch(*[FULLEST[kind](1_000 + n) for n in range(500)]))
    assert len(parse(body).events) == 500
    tracemalloc.start()
    kept = [parse(body) for _ in range(4)]
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sum(each.cost for each in kept) == 4 * 500 * EVENT_COST
    assert taken < 4 * (500 * EVENT_COST + len(body))
