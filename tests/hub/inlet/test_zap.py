"""The ZAP handler: what it cannot read, it refuses."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import zmq
from zmq.utils import z85

from edge import keys
from hub.inlet.zap import ENDPOINT, Zap

Ask = "zmq.Socket[bytes]"


@pytest.fixture
def context() -> Iterator["zmq.Context[zmq.Socket[bytes]]"]:
    made: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    yield made
    made.destroy(linger=0)


@pytest.fixture
def pair(tmp_path: Path) -> keys.Pair:
    return keys.pair_demo(tmp_path / "edge", tmp_path / "hub")


def good(pair: keys.Pair) -> list[bytes]:
    key = z85.decode(pair.edge.keys[0].public.encode())
    return [b"1.0", b"7", b"flowback", b"127.0.0.1", b"", b"CURVE", key]


def ask(
    context: "zmq.Context[zmq.Socket[bytes]]", pair: keys.Pair, message: list[bytes]
) -> list[bytes]:
    """Send *message* as libzmq would and return the answer."""
    zap = Zap(context, pair.keyring)
    socket = context.socket(zmq.REQ)
    socket.connect(ENDPOINT)
    socket.send_multipart(message)
    zap.socket.poll(1000)
    zap.handle()
    assert socket.poll(1000)
    answer = socket.recv_multipart()
    zap.close()
    socket.close(linger=0)
    return answer


def test_an_enrolled_key_is_admitted_and_named(
    context: "zmq.Context[zmq.Socket[bytes]]", pair: keys.Pair
) -> None:
    """Its User-Id, which every message of the connection carries, is the key itself."""
    answer = ask(context, pair, good(pair))
    assert answer[:3] == [b"1.0", b"7", b"200"]
    assert answer[4] == pair.edge.keys[0].public.encode()


@pytest.mark.parametrize(
    ("at", "value"),
    [
        (0, b"2.0"),
        (2, b""),
        (2, b"other"),
        (5, b"NULL"),
        (5, b"PLAIN"),
        (6, b"k" * 32),
        (6, b"short"),
        (6, b""),
    ],
)
def test_everything_else_is_refused(
    context: "zmq.Context[zmq.Socket[bytes]]", pair: keys.Pair, at: int, value: bytes
) -> None:
    """Another domain, mechanism, version or key (E1)."""
    message = good(pair)
    message[at] = value
    assert ask(context, pair, message)[2] == b"400"


@pytest.mark.parametrize("message", [[], [b"1.0"], [b"1.0", b"7", b"flowback"], [b"x"] * 20])
def test_a_request_that_is_none_is_refused_and_ends_nothing(
    context: "zmq.Context[zmq.Socket[bytes]]", pair: keys.Pair, message: list[bytes]
) -> None:
    """Too few or too many parts."""
    assert ask(context, pair, message or [b""])[2] == b"400"


def test_a_revoked_key_is_refused(
    context: "zmq.Context[zmq.Socket[bytes]]", pair: keys.Pair
) -> None:
    """From the moment that the keyring knows."""
    pair.keyring.revoke(pair.edge.node)
    assert ask(context, pair, good(pair))[2] == b"400"
