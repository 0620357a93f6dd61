"""The short way of a batch answers as Starlette's layers and uvicorn's ``send`` do."""

import json
import re
import socket
import threading

import pytest
from starlette.middleware.base import BaseHTTPMiddleware

from tests.edge.collector.site import ORIGIN, Site, batch, now, signal
from tests.edge.server import said, served
from tests.stack import wait_for


@pytest.fixture
def site(tmp_path):
    found = Site(tmp_path)
    found.grant()
    yield found
    found.stop()


@pytest.fixture
def port(site):
    with served(site.client.app) as found:
        yield found


def request(*events, key="key-of-shop", version="1.1", extra="", **more):
    body = json.dumps(batch(*events, **more)).encode()
    head = (
        f"POST /events?k={key} HTTP/{version}\r\nHost: edge\r\nOrigin: {ORIGIN}\r\n"
        f"Content-Length: {len(body)}\r\n{extra}\r\n"
    )
    return head.encode() + body


def ask(port, data):
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(data)
        return said(client)


def parts(answer):
    """Status line, headers but the moment, and body of an answer."""
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *headers = head.split(b"\r\n")
    told = sorted(line for line in headers if not line.startswith(b"date: "))
    return status, told, json.loads(body or b"{}")


CLOSE = "Connection: close\r\n"


def layered(app):
    """Add a layer that does nothing: batches then go through all of them."""

    async def look(request, call_next):
        seen.append(request.url.path)
        return await call_next(request)

    seen = []
    app.middleware_stack = None  # as before its first request
    app.add_middleware(BaseHTTPMiddleware, dispatch=look)
    return seen


@pytest.mark.parametrize(
    "data",
    [
        request(extra=CLOSE),
        request(signal(1), signal(1), extra=CLOSE),
        request({"n": 1}, extra=CLOSE),
        request(version="1.0"),
        request(key="none", extra=CLOSE),
        request(projectId="bank", extra=CLOSE),
        request(sessionId="short", extra=CLOSE),
        request(extra=f"{CLOSE}Content-Encoding: br\r\n"),
        request(extra=f"{CLOSE}Origin: https://evil.example\r\n"),
        request(extra=CLOSE).replace(b"POST", b"GET"),
        request(extra=CLOSE).replace(b"POST", b"OPTIONS"),
    ],
    ids=[
        "empty",
        "twice",
        "rejected",
        "http 1.0",
        "no key",
        "another project",
        "no batch",
        "coding",
        "two origins",
        "get",
        "options",
    ],
)
def test_both_ways_answer_the_same(site, port, data):
    """Every header, whether the batch is taken or refused."""
    site.send(signal(1))  # what comes is known already, both times
    short = ask(port, data)
    seen = layered(site.client.app)
    assert parts(ask(port, data)) == parts(short)
    assert seen == ["/events"]


def test_an_answer_is_one_segment(site, port):
    """Head and body come together: one packet for the visitor."""
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.settimeout(20)
        for n in range(1, 6):
            client.sendall(request(signal(n)))
            status, _, body = parts(client.recv(65_536))
            assert (status, body["accepted"]) == (b"HTTP/1.1 202 Accepted", 1)
    assert [event.n for event in site.browser_events()] == [1, 2, 3, 4, 5]


def test_answers_to_pipelined_requests_come_in_order(port):
    """Each in its turn, refusals among them, and the last one closes."""
    data = request(signal(1)) + request(key="none") + request(signal(2), extra=CLOSE)
    assert re.findall(rb"HTTP/1.1 (\d+)", ask(port, data)) == [b"202", b"401", b"202"]


def test_a_sender_that_goes_away_loses_nothing(site, port):
    """What it sent is kept, and the memory that it took is given back."""
    state, gate = site.client.app.state.collector, threading.Event()
    site.journal.submit(lambda _: gate.wait(20))
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(request(signal(1)))
        wait_for(lambda: state.waiting_bytes, what="a batch that waits")
    assert ask(port, b"GET /health HTTP/1.1\r\nHost: edge\r\nConnection: close\r\n\r\n")
    gate.set()
    wait_for(lambda: state.waiting_bytes == 0, what="the memory")
    assert [event.n for event in site.browser_events()] == [1]


def test_a_part_that_fails_takes_those_before_it_back_from_memory_too(site, monkeypatch):
    """What is undone on disk is not known as a duplicate when the sender tries again."""
    ingest = site.client.app.state.collector.ingest
    at = now()
    older = [
        {
            "sessionId": session,
            "projectId": "intranet",
            "timestamp": at,
            "type": "signal.raw",
            "payload": {"action": "click", "target": "b"},
        }
        for session in ("one", "two")
    ]
    host = {"key": "key-of-intranet", "origin": "https://intranet.example"}
    write, calls = ingest._batch, []

    def broken(tx, sender, parsed, moment):
        calls.append(parsed.session_id)
        if len(calls) == 2:
            raise ValueError("a row that cannot be read")
        return write(tx, sender, parsed, moment)

    monkeypatch.setattr(type(ingest), "_batch", lambda self, *args: broken(*args))
    with pytest.raises(ValueError, match="cannot be read"):  # a browser gets 500
        site.post("/events", older, **host)
    assert site.browser_events() == []
    assert site.post("/events", older, **host).json()["accepted"] == 2
    assert len(site.browser_events()) == 2
    assert len(calls) == 4
