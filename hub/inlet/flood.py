"""
What waits inside ZeroMQ, by connection: too much, and the connection is cut.

ZeroMQ hands a message on once it is whole. Its limits count whole messages and bound single
parts, so a message that never ends would fill the hub's memory. What a connection has
received and not handed on is seen from outside: the system counts the bytes that came in,
and the inlet those that it was given.
"""

import logging
import socket
import struct
import sys
from itertools import count

import zmq
from zmq.utils.monitor import recv_monitor_message

from edge.connection import files
from edge.protocol.flow import CREDIT_BUDGET, LARGEST

EACH = 2 * LARGEST
"""Bytes that one connection may have waiting: an honest edge stays within its credit."""
ALL = 2 * CREDIT_BUDGET
"""Bytes that all may have waiting together; past it the fullest are cut."""
SHARE = 2
"""One in so many of the files that the process may open is a connection of the link at most."""
CAN_SEE = sys.platform == "linux"
"""Elsewhere the system's count is not read, and nothing is cut."""

_SEAL = 33
"""Bytes that CURVE adds to a part: name of the command, nonce, authenticator and flags."""
_RECEIVED_AT = 128
"""Where ``tcpi_bytes_received`` lies in Linux' ``struct tcp_info``."""
_EVENTS = zmq.EVENT_ACCEPTED | zmq.EVENT_CLOSED | zmq.EVENT_DISCONNECTED
_numbers = count()

log = logging.getLogger(__name__)


class FloodWatch:
    """Watches the connections of one router; used by the thread that owns the router."""

    def __init__(
        self, context: "zmq.Context[zmq.Socket[bytes]]", router: "zmq.Socket[bytes]"
    ) -> None:
        self.cut = 0
        """Connections cut so far."""
        self._router = router
        self._given: dict[int, int] = {}
        """Descriptor of a connection → bytes of it that were handed on, as sent."""
        self._news = context.socket(zmq.PAIR)
        self._news.setsockopt(zmq.LINGER, 0)
        self._news.setsockopt(zmq.RCVHWM, 0)  # a full queue would halt ZeroMQ's own thread
        address = f"inproc://connections-{next(_numbers)}"
        router.monitor(address, _EVENTS)
        self._news.connect(address)

    def close(self) -> None:
        """Watch no longer. The router must still be open."""
        self._router.disable_monitor()
        self._news.close(linger=0)

    def hear(self) -> None:
        """Learn of connections that came and went; before their messages are read."""
        while self._news.poll(0):
            event = recv_monitor_message(self._news)
            if event["event"] == zmq.EVENT_ACCEPTED:
                self._given[event["value"]] = 0
            else:
                self._given.pop(event["value"], None)

    def given(self, part: zmq.Frame) -> None:
        """Note a part that was handed on; never a routing id, which no peer sent."""
        descriptor = part.get(zmq.SRCFD)
        if descriptor in self._given:
            sealed = len(part) + _SEAL
            self._given[descriptor] += sealed + (2 if sealed < 256 else 9)  # flags and length

    def look(self) -> None:
        """Cut whichever connection holds too much back, and of too many those that say nothing."""
        mute = [one for one, given in self._given.items() if not given]  # the oldest first
        for descriptor in mute[: max(0, len(self._given) - files()[0] // SHARE)]:
            self._cut(descriptor)
        if not CAN_SEE:
            return
        waiting = sorted((_received(one) - given, one) for one, given in self._given.items())
        total = sum(max(0, size) for size, _ in waiting)
        for size, descriptor in reversed(waiting):
            if size <= EACH and total <= ALL:
                return
            total -= size
            log.warning("a connection is cut: %d bytes of messages that do not end", size)
            self._cut(descriptor)

    def _cut(self, descriptor: int) -> None:
        self.cut += 1
        del self._given[descriptor]
        _end(descriptor)


def _received(descriptor: int) -> int:
    """Return the bytes that came over a TCP connection; 0 where that cannot be known."""
    try:
        tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 0, fileno=descriptor)
    except OSError:  # closed just now
        return 0
    try:
        facts = tcp.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
    except OSError:
        return 0
    finally:
        tcp.detach()  # it is ZeroMQ's
    return int(struct.unpack_from("=Q", facts, _RECEIVED_AT)[0]) if len(facts) >= 136 else 0


def _end(descriptor: int) -> None:
    """Shut a connection down; ZeroMQ then lets go of what it held of it."""
    try:
        tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 0, fileno=descriptor)
    except OSError:
        return
    try:
        tcp.shutdown(socket.SHUT_RDWR)
    except OSError:
        log.debug("the connection had ended already")
    finally:
        tcp.detach()
