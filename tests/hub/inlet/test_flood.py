"""What waits inside ZeroMQ is known to the byte, so that no honest edge is ever cut."""

import socket
from collections.abc import Iterator

import pytest
import zmq

from edge.curve_sockets import dealer, router
from edge.keys.curve import CurveKey, new_key
from hub.inlet import flood
from hub.inlet.flood import FloodWatch
from hub.inlet.zap import Zap
from tests.stack import wait_for

HANDSHAKE = 1024
"""Bytes of a connection that are no message, and more."""

pytestmark = pytest.mark.skipif(not flood.CAN_SEE, reason="only Linux' count of bytes is read")


class Everyone:
    """A keyring that admits all."""

    def admitted(self, key: str) -> str:
        return key


class Ends:
    """A router with its watch, and a peer."""

    def __init__(self, hub: CurveKey) -> None:
        self.context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self.router = router(self.context, hub)
        self.watch = FloodWatch(self.context, self.router)
        self.zap = Zap(self.context, Everyone())  # type: ignore[arg-type]
        self.router.bind("tcp://127.0.0.1:*")
        self.peer = dealer(self.context, new_key(1), hub.public)
        self.peer.connect(self.router.getsockopt_string(zmq.LAST_ENDPOINT).rstrip("\0"))
        wait_for(self.connected)

    def connected(self) -> bool:
        self.zap.handle()
        self.watch.hear()
        return bool(self.peer.poll(0, zmq.POLLOUT))

    def take(self) -> None:
        """Receive one message, telling the watch."""
        assert self.router.poll(5000)
        self.router.recv()
        part = self.router.recv(copy=False)
        self.watch.given(part)
        while part.more:
            part = self.router.recv(copy=False)
            self.watch.given(part)

    def waiting(self) -> int:
        """Return what the watch believes to wait."""
        return sum(flood._received(one) - given for one, given in self.watch._given.items())


@pytest.fixture
def ends() -> Iterator[Ends]:
    made = Ends(new_key(1))
    yield made
    made.watch.close()
    made.context.destroy(linger=0)


def test_after_thousands_of_messages_nothing_is_believed_to_wait(ends: Ends) -> None:
    """Parts of 0 to 300 bytes and large ones: an error of a byte each would show."""
    assert 0 < ends.waiting() < HANDSHAKE
    for size in [*range(300), *range(65_400, 65_600), 2**20] * 4:
        assert ends.peer.poll(5000, zmq.POLLOUT)
        ends.peer.send_multipart([b"FB1\x03", bytes(size)])
        ends.take()
    wait_for(lambda: ends.waiting() < HANDSHAKE)
    ends.watch.look()
    assert ends.watch.cut == 0


def test_what_waits_beyond_the_bound_is_cut_and_the_peer_connects_again(
    ends: Ends, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bound is lowered to half a message, which is not taken."""
    monkeypatch.setattr(flood, "EACH", 2**19)
    ends.peer.send(bytes(2**20))
    wait_for(lambda: ends.waiting() >= 2**20)
    ends.watch.look()
    assert ends.watch.cut == 1
    wait_for(lambda: not ends.connected())
    wait_for(ends.connected)
    ends.take()
    ends.peer.send(b"again")
    ends.take()


def test_together_they_are_bounded_too(ends: Ends, monkeypatch: pytest.MonkeyPatch) -> None:
    """One connection alone is over the bound of all."""
    monkeypatch.setattr(flood, "ALL", 2**19)
    ends.watch.look()
    assert ends.watch.cut == 0
    ends.peer.send(bytes(2**20))
    wait_for(lambda: ends.waiting() >= 2**20)
    ends.watch.look()
    assert ends.watch.cut == 1


def test_of_too_many_connections_those_that_said_nothing_are_cut(
    ends: Ends, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The oldest of them first; an edge that spoke stays."""
    ends.peer.send(b"here")
    ends.take()
    [spoke] = ends.watch._given
    host, port = ends.router.getsockopt_string(zmq.LAST_ENDPOINT).rstrip("\0")[6:].split(":")
    raw = [socket.create_connection((host, int(port)), timeout=5) for _ in range(6)]
    wait_for(lambda: ends.connected() and len(ends.watch._given) == 7)
    monkeypatch.setattr(flood, "files", lambda: (8, 8))
    ends.watch.look()
    assert ends.watch.cut == 3
    assert spoke in ends.watch._given
    for each in raw:
        each.close()
