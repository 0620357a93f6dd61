"""
The ZeroMQ sockets of both ends, with every option set that ZeroMQ leaves dangerous.

The defaults wait for ever at exit, notice no dead peer, buffer without bound
and, without a ZAP domain, admit every key (edge-and-link.md, 4.5 and appendix A).

ZeroMQ's own heartbeats stay off: where a connection breaks while its receive queue is
full, their timer makes libzmq abort the process (libzmq#3937, #4364, #4767). The link's
PING finds a silent hub, and the system's keep-alive the connections of dead machines.
"""

import zmq

from edge.errors import FlowbackError
from edge.keys import CurveKey
from edge.protocol.packing import MAX_MESSAGE

DOMAIN = "flowback"
"""The ZAP domain. An empty one makes libzmq admit everybody when nobody answers for it."""

UNREAD = 64
"""
Answers of the hub that wait for one connection to read them: 3 MB of the longest (SEALS).

Further ones are dropped. What they said, the next PONG or WELCOME says again.
"""

OLDEST = (4, 3, 5)
"""libzmq that has CVE-2019-13132 and CVE-2020-15166 fixed, and what we measured with."""


class LinkRefused(FlowbackError):
    """The link cannot be opened safely, so it is not opened. The message says what is missing."""


def check_library() -> None:
    """Raise :class:`LinkRefused` where libzmq is too old or has no CURVE."""
    if not zmq.has("curve"):
        raise LinkRefused("this libzmq was built without CURVE; install the pyzmq wheel")
    if zmq.zmq_version_info() < OLDEST:
        raise LinkRefused(f"libzmq {zmq.zmq_version()} is too old; 4.3.5 is the oldest safe one")


def dealer(
    context: "zmq.Context[zmq.Socket[bytes]]", key: CurveKey, hub: str
) -> "zmq.Socket[bytes]":
    """Return an edge's socket that uses *key* and talks to nobody but the hub with key *hub*."""
    socket = context.socket(zmq.DEALER)
    _common(socket, key)
    socket.setsockopt_string(zmq.CURVE_SERVERKEY, hub)
    socket.setsockopt(zmq.SNDHWM, 8)
    # Without a bound, since a full queue would abort at a reconnection (libzmq#4830): the
    # hub answers what this edge sent, which the window bounds.
    socket.setsockopt(zmq.RCVHWM, 0)
    socket.setsockopt(zmq.IMMEDIATE, 1)
    socket.setsockopt(zmq.RECONNECT_IVL, 200)
    socket.setsockopt(zmq.RECONNECT_IVL_MAX, 2000)
    socket.setsockopt(zmq.CONNECT_TIMEOUT, 10_000)
    return socket


def router(
    context: "zmq.Context[zmq.Socket[bytes]]", key: CurveKey, *, domain: str = DOMAIN
) -> "zmq.Socket[bytes]":
    """
    Return the hub's socket, which admits only keys that a ZAP handler of *domain* allows.

    Without such a handler it admits nobody. Raises :class:`LinkRefused` where
    that cannot be had.
    """
    if not domain:
        raise LinkRefused("the ZAP domain must not be empty: libzmq would admit every key")
    socket = context.socket(zmq.ROUTER)
    _common(socket, key)
    socket.setsockopt(zmq.CURVE_SERVER, 1)
    socket.setsockopt_string(zmq.ZAP_DOMAIN, domain)
    socket.setsockopt(zmq.ZAP_ENFORCE_DOMAIN, 1)
    socket.setsockopt(zmq.ROUTER_MANDATORY, 1)
    socket.setsockopt(zmq.SNDHWM, UNREAD)
    socket.setsockopt(zmq.RCVHWM, 100)
    socket.setsockopt(zmq.BACKLOG, 512)
    if not (
        socket.getsockopt(zmq.ZAP_ENFORCE_DOMAIN)
        and socket.getsockopt(zmq.CURVE_SERVER)
        and socket.getsockopt_string(zmq.ZAP_DOMAIN).rstrip("\0") == domain
    ):
        socket.close(linger=0)
        raise LinkRefused("libzmq does not enforce the ZAP domain; the link stays closed")
    return socket


def _common(socket: "zmq.Socket[bytes]", key: CurveKey) -> None:
    socket.setsockopt_string(zmq.CURVE_PUBLICKEY, key.public)
    socket.setsockopt(zmq.CURVE_SECRETKEY, key.secret.reveal())
    for option, value in (
        (zmq.LINGER, 0),
        (zmq.SNDTIMEO, 0),
        (zmq.MAXMSGSIZE, MAX_MESSAGE),
        (zmq.HANDSHAKE_IVL, 10_000),
        (zmq.HEARTBEAT_IVL, 0),
        (zmq.TCP_KEEPALIVE, 1),
        (zmq.TCP_KEEPALIVE_IDLE, 5),
        (zmq.TCP_KEEPALIVE_INTVL, 5),
        (zmq.TCP_KEEPALIVE_CNT, 3),
        (zmq.TCP_MAXRT, 30_000),
    ):
        socket.setsockopt(option, value)
