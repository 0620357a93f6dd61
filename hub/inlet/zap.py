"""
Who may connect: a ZAP handler (ZeroMQ RFC 27) that knows the keyring.

It admits CURVE with an enrolled key in our own domain, and nothing else. What
it cannot read it refuses. Should it not run at all, the router refuses everyone.
"""

from collections.abc import Sequence

import zmq
from zmq.utils import z85

from edge.curve_sockets import DOMAIN
from edge.keys import Keyring

ENDPOINT = "inproc://zeromq.zap.01"


class Zap:
    """The handler of one ZeroMQ context; polled by the inlet's thread."""

    def __init__(self, context: "zmq.Context[zmq.Socket[bytes]]", keyring: Keyring) -> None:
        self.socket = context.socket(zmq.ROUTER)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.bind(ENDPOINT)
        self.denied = 0
        self._keyring = keyring

    def handle(self) -> None:
        """Answer every request that waits."""
        while True:
            try:
                message = self.socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return
            self.socket.send_multipart(self._answer(message), zmq.NOBLOCK)

    def close(self) -> None:
        """Stop admitting anyone."""
        self.socket.close(linger=0)

    def _answer(self, message: Sequence[bytes]) -> list[bytes]:
        """Return the reply to ``[peer, "", version, id, domain, address, identity, …]``."""
        peer, request = message[0], message[3] if len(message) > 3 else b""
        key = self._key(message)
        if key and self._keyring.admitted(key):
            verdict = [b"200", b"OK", key.encode(), b""]
        else:
            self.denied += 1
            verdict = [b"400", b"not enrolled", b"", b""]
        return [peer, b"", b"1.0", request, *verdict]

    def _key(self, message: Sequence[bytes]) -> str:
        if len(message) != 9 or message[2] != b"1.0" or message[4] != DOMAIN.encode():
            return ""
        if message[7] != b"CURVE" or len(message[8]) != 32:
            return ""
        return z85.encode(message[8]).decode()
