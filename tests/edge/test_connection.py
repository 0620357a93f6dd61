"""Connections that are slow, silent, endless or many (I14)."""

import contextlib
import socket
import time

import pytest

from edge import connection
from edge.collector.http import body
from tests.edge.collector.site import Site
from tests.edge.server import said, served
from tests.stack import wait_for


@pytest.fixture
def port(tmp_path, monkeypatch):
    monkeypatch.setattr(connection, "KEEP_ALIVE", 0.4)
    monkeypatch.setattr(connection, "STUCK", 0.4)
    monkeypatch.setattr(body, "PATIENCE", 0.6)
    site = Site(tmp_path)
    with served(site.client.app) as found:
        yield found
    site.stop()


def reach(port):
    return socket.create_connection(("127.0.0.1", port))


def trickle(client, data, *, seconds=0.05):
    """Send *data* byte by byte until the other end has had enough; return what it said."""
    with contextlib.suppress(ConnectionError):
        for n in range(len(data)):
            client.sendall(data[n : n + 1])
            time.sleep(seconds)
    return said(client)


def is_well(port):
    with reach(port) as client:
        client.sendall(b"GET /health HTTP/1.1\r\nHost: edge\r\nConnection: close\r\n\r\n")
        return b"200 OK" in said(client)


def test_who_says_nothing_is_let_go(port):
    """Not a byte within the time for a head; the others are served."""
    started = time.monotonic()
    with reach(port) as client:
        assert is_well(port)
        assert said(client) == b""
    assert 0.3 < time.monotonic() - started < 5


def test_a_head_that_never_ends_is_let_go(port):
    """Each byte is in time and the whole is not."""
    started = time.monotonic()
    with reach(port) as client:
        assert trickle(client, b"GET /health HTTP/1.1\r\nX-Slow: " + b"a" * 200) == b""
    assert time.monotonic() - started < 5


def test_the_second_head_has_its_deadline_too(port):
    """Keep-alive does not help."""
    with reach(port) as client:
        client.sendall(b"GET /health HTTP/1.1\r\nHost: edge\r\n\r\n")
        told = b""
        while not told.endswith(b"}"):
            told += client.recv(4096)
        assert trickle(client, b"GET /health HTTP/1.1\r\nX-Slow: " + b"a" * 200) == b""


def test_a_body_that_never_ends_is_answered_and_let_go(port):
    """408, then closed, whatever length was announced (I14)."""
    head = b"POST /events?k=key-of-shop HTTP/1.1\r\nHost: edge\r\nContent-Length: 60000\r\n\r\n"
    started = time.monotonic()
    with reach(port) as client:
        client.sendall(head)
        told = trickle(client, b"{" * 200)
    assert b"408 " in told.split(b"\r\n")[0]
    assert b"connection: close" in told.lower()
    assert time.monotonic() - started < 5


def test_a_head_without_end_takes_no_memory(port):
    """431 behind 32 KiB, in one header or in many."""
    for line in (b"X: " + b"a" * 10**6, b"".join(b"X-%d: a\r\n" % n for n in range(10**5))):
        with reach(port) as client:
            told = b""
            with contextlib.suppress(ConnectionError):
                client.sendall(b"GET /health HTTP/1.1\r\n" + line)
                told = said(client)
            assert told == b"" or b"431 " in told
    assert is_well(port)


def test_who_never_reads_is_let_go(port):
    """Answers that nobody takes do not pile up."""
    asked = b"GET /metrics HTTP/1.1\r\nHost: edge\r\n\r\n"
    with reach(port) as client:
        client.setblocking(False)
        gone = False
        deadline = time.monotonic() + 20
        while not gone and time.monotonic() < deadline:
            try:
                client.send(asked * 10)
            except BlockingIOError:
                time.sleep(0.01)
            except OSError:
                gone = True
        assert gone
    assert is_well(port)


def test_too_many_connections_are_closed_at_once(port, monkeypatch):
    """Those that are open go on; when they end, there is room again."""
    with reach(port) as kept:
        monkeypatch.setattr(connection, "room", lambda: 1)
        with reach(port) as client:
            assert said(client) == b""
        kept.sendall(b"GET /health HTTP/1.1\r\nHost: edge\r\nConnection: close\r\n\r\n")
        assert b"200 OK" in said(kept)
    wait_for(lambda: is_well(port), what="room again")
