"""
The product's forwarder and inlet on a line of the test's own, one turn at a time.

Nothing of what they decide is the test's: only sockets, threads' turns and the moments of the
hub's commits.
"""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from unittest import mock

import zmq

from edge.collector.forwarder.forwarder import Forwarder
from edge.journal.database import JournalUnavailable
from edge.journal.journal import Journal
from hub.inlet.inlet import Inlet

WINDOW = 4000
"""Bytes of the hub's credit: so few that it runs out."""
LINE = 6
"""Messages that the line holds before the socket takes no more."""


@dataclass
class Line:
    """The network: what is under way, on which connection."""

    connection: int = 0
    up: bool = False
    news: list[str] = field(default_factory=list)
    """What the edge's monitor has to say."""
    to_hub: list[tuple[int, list[bytes]]] = field(default_factory=list)
    to_edge: list[tuple[int, list[bytes]]] = field(default_factory=list)
    delivered: list[list[bytes]] = field(default_factory=list)
    """What the edge's socket has received."""
    poison: bytes = b""
    """The entry that is altered whenever it is sent."""

    def connect(self) -> None:
        self.connection += 1
        self.up = True
        self.news = ["connected"]
        self.delivered.clear()

    def cut(self, *, noticed: bool) -> None:
        """Lose what is under way. ZeroMQ connects again by itself."""
        self.to_hub.clear()
        self.to_edge.clear()
        self.delivered.clear()
        if self.up and noticed:
            self.connection += 1
            self.news = ["disconnected", "connected"]


class Socket:
    """The edge's end of the line, as far as the forwarder uses a socket."""

    def __init__(self, line: Line) -> None:
        self.line = line

    def send_multipart(self, parts, *_: object, **__: object) -> None:
        if len(self.line.to_hub) >= LINE:
            raise zmq.Again
        message = [bytes(part) for part in parts]
        if self.line.poison and len(message) == 3:
            poison = self.line.poison
            message[2] = message[2].replace(poison, poison[:-1] + bytes([poison[-1] ^ 1]))
        self.line.to_hub.append((self.line.connection, message))

    def recv_multipart(self, *_: object) -> list[bytes]:
        if not self.line.delivered:
            raise zmq.Again
        return self.line.delivered.pop(0)


class Edge(Forwarder):
    """The forwarder, one turn at a time."""

    def __init__(self, line: Line, journal: Journal, **more) -> None:
        self.line = line
        super().__init__(journal, hub_address="the line", **more)

    def turn(self) -> None:
        self._turn()
        self._journal.submit(lambda _: None).result(10)  # what it recorded is on disk

    def _wait(self, now: float) -> None:
        """The test moves the time."""

    def _hear_monitor(self, now: float) -> None:
        while self._socket is not None and self.line.news:
            self._pending.clear()
            if self.line.news.pop(0) == "connected":
                self._pending.extend(self._sender.connected(now))
            else:
                self._sender.disconnected(now)

    def _open(self, now: float) -> None:
        self.line.connect()
        self._socket = Socket(self.line)
        self._sockets += 1
        self._sender.opened(now)

    def _close(self) -> None:
        self._pending.clear()
        if self._socket is not None:
            self.line.cut(noticed=False)
            self.line.up = False
            self._socket = None


class HeldInbox:
    """The hub's journal, whose commits happen when the test says so."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.waiting: list[tuple[Callable, Future]] = []

    def __getattr__(self, name: str):
        return getattr(self.journal, name)

    def submit(self, work: Callable) -> Future:
        future: Future = Future()
        self.waiting.append((work, future))
        return future

    def commit(self, *, told: bool) -> None:
        """Write what waits. Not *told*: the hub dies before anybody learns of it."""
        works, self.waiting = self.waiting, []
        done = [(self.journal.submit(work), future) for work, future in works]
        for result, future in done:
            outcome = result.result(10)
            if told:
                future.set_result(outcome)

    def fail(self) -> None:
        works, self.waiting = self.waiting, []
        for _, future in works:
            future.set_exception(JournalUnavailable("the disk is full"))


class Hub(Inlet):
    """The inlet, one message at a time."""

    def __init__(self, line: Line, inbox: HeldInbox, **more) -> None:
        self.line = line
        super().__init__(inbox, bind="the line", **more)
        self._receiver._window = WINDOW
        self._wake = mock.Mock()

    def take(self, connection: int, parts: list[bytes], key: str, now: float) -> None:
        self._do(self._receiver.receive(connection.to_bytes(4, "big"), key, parts, now))

    def finish(self) -> None:
        self._finish()

    def _send(self, step) -> None:
        self.line.to_edge.append((int.from_bytes(step.peer, "big"), list(step.parts)))
