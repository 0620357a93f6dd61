"""A line of 50 kbit/s with 800 ms there and back: it moves, and is never given up (fault 28)."""

import random
from collections import deque
from collections.abc import Sequence

import pytest
import zstandard

from edge.events.codec import seal
from edge.protocol import frames
from edge.protocol.batch import Item
from edge.protocol.me import Me, Phase
from edge.protocol.outlane import Hole
from edge.protocol.packing import Parts
from edge.protocol.receiver import Receiver
from edge.protocol.sender import Sender
from edge.protocol.sessions import Request, Send

NODE = "a" * 32
BYTES_PER_SECOND = 50_000 / 8
ONE_WAY = 0.4


class Backlog:
    """A long backlog in lane 1, and now and then a signal in lane 0."""

    def __init__(self, count: int, size: int) -> None:
        rng = random.Random(1)
        self.lanes: list[list[Item]] = [[], [self._make(n + 1, rng, size) for n in range(count)]]

    def _make(self, seq: int, rng: random.Random, size: int) -> Item:
        body = zstandard.compress(rng.randbytes(size))
        return Item(seq, 0, 1, seq, seal(body), body)

    def signal(self) -> None:
        seq = len(self.lanes[0]) + 1
        self.lanes[0].append(self._make(seq, random.Random(seq), 300))

    def head(self, lane: int) -> int:
        return len(self.lanes[lane])

    def tail(self, lane: int) -> int:
        return 1

    def entries(self, lane: int, after: int, max_bytes: int) -> Sequence[Item]:
        found: list[Item] = []
        size = 0
        for item in self.lanes[lane][after:]:
            size += len(item.body)
            if found and size > max_bytes:
                break
            found.append(item)
        return found

    def gaps(self, lane: int, after: int) -> Sequence[Hole]:
        return []


class Line:
    """One direction: first in, first out, so many bytes a second."""

    def __init__(self) -> None:
        self.free_at = 0.0
        self.queue: deque[tuple[float, Parts]] = deque()

    def send(self, parts: Parts, now: float) -> None:
        self.free_at = max(self.free_at, now) + sum(map(len, parts)) / BYTES_PER_SECOND
        self.queue.append((self.free_at + ONE_WAY, parts))

    def arrived(self, now: float) -> list[Parts]:
        found = []
        while self.queue and self.queue[0][0] <= now:
            found.append(self.queue.popleft()[1])
        return found


class Inbox:
    """A lane that only counts."""

    def __init__(self) -> None:
        self.at = 0

    def cursor(self) -> int:
        return self.at

    def seal(self, seq: int) -> tuple[int, bytes] | None:
        return None

    def store(self, item: Item) -> None:
        assert item.seq == self.at + 1 or item.seq > self.at

    def declare_gap(self, lo: int, hi: int, why: str) -> None:
        raise AssertionError(why)

    def move(self, seq: int) -> None:
        assert seq > self.at
        self.at = seq


class Link:
    """Both ends and the line between them, in steps of 50 ms; one message in *cuts* breaks it."""

    def __init__(self, log: Backlog, *, cuts: int = 0) -> None:
        self.log = log
        self.inboxes = {0: Inbox(), 1: Inbox()}
        self.now = 0.0
        self.cut = self.reconnects = 0
        """How often the line broke, and how often the edge gave it up by itself."""
        self.slowest = 0.0
        """Most seconds from a signal to the hub's disk."""
        self.edge = Sender(log, Me(node=NODE, epoch=7, boot=1), rng=random.Random(1))
        self.hub = Receiver(lambda key: NODE, self._tips, fence=1)
        self._up, self._down = Line(), Line()
        self._rng = random.Random(28)
        self._cuts = cuts
        self._asked_at = 0.0
        self._back_at: float | None = 0.0
        """When the connection stands again; None while it does."""
        self.edge.opened(0.0)

    def _tips(self, _node: str, _epoch: int) -> list[frames.Cursor]:
        return [
            frames.Cursor(0, self.inboxes[0].at, self.inboxes[0].at),
            frames.Cursor(1, self.inboxes[1].at, self.inboxes[1].at),
        ]

    def step(self) -> None:
        self.now += 0.05
        now, edge = self.now, self.edge
        for parts in self._up.arrived(now):
            self._serve(parts)
        for parts in self._down.arrived(now):
            edge.receive(parts, now)
        self._signal()
        if edge.phase is Phase.AWAY and edge.wants_socket(now):
            self.reconnects += 1
            self._break()
            edge.opened(now)
        if self._back_at is not None and now >= self._back_at:
            self._back_at = None
            self._send(edge.connected(now))
        self._send(edge.tick(now))
        while self._back_at is None and (sent := edge.pump(now)):
            self._send(sent)

    def _serve(self, parts: Parts) -> None:
        for step in self.hub.receive(b"p", "key", parts, self.now):
            answers: list[Send | Request] = [step]
            if isinstance(step, Request):
                answers = list(self.hub.applied(step, step.apply(self.inboxes[step.lane])))
            for answer in answers:
                assert isinstance(answer, Send)
                self._down.send(answer.parts, self.now)

    def _signal(self) -> None:
        """Make a signal as soon as the last one is at the hub."""
        if self.inboxes[0].at == self.log.head(0):
            waited = self.now - self._asked_at if self.log.head(0) else 0.0
            self.slowest = max(self.slowest, waited)
            self.log.signal()
            self._asked_at = self.now

    def _send(self, messages: Sequence[Parts]) -> None:
        for parts in messages:
            self._up.send(parts, self.now)
            if self._cuts and self._rng.randrange(self._cuts) == 0:
                self.cut += 1
                self._break()
                self.edge.disconnected(self.now)
                return

    def _break(self) -> None:
        """Lose all that is under way; a handshake takes two ways there and back."""
        self._up, self._down = Line(), Line()
        self._back_at = self.now + 4 * ONE_WAY


@pytest.mark.fault(28)
def test_a_slow_line_drains_its_backlog_without_ever_reconnecting() -> None:
    """And a signal made meanwhile is at the hub within seconds, not behind the backlog."""
    link = Link(Backlog(count=150, size=9_000))  # 1.35 MB: 216 s of this line
    while link.inboxes[1].at < 150:
        link.step()
        assert link.now < 400, "too slow"
        assert link.edge.phase is not Phase.AWAY, link.edge.last_error
    assert link.edge.hellos == 1
    assert link.edge.naks == 0
    assert link.slowest < 10


@pytest.mark.fault(28)
def test_a_slow_line_that_breaks_at_every_twentieth_message_still_moves_on() -> None:
    """
    The hub's cursor goes up in each minute, and beyond the cuts the edge begins at most one
    session a minute: it does not give up a line that is only slow.
    """
    link = Link(Backlog(count=150, size=9_000), cuts=20)
    reached = []
    while link.inboxes[1].at < 150:
        link.step()
        assert link.now < 800, "too slow"
        if link.now >= 60 * (len(reached) + 1):
            reached.append(link.inboxes[1].at)
    assert link.cut >= 10, "it never broke"
    assert len(reached) >= 3
    assert reached == sorted(set(reached)), "a minute without progress"
    minutes = link.now / 60
    assert link.reconnects <= minutes
    assert link.edge.hellos - 1 - link.cut - link.reconnects <= minutes
    assert link.edge.naks == 0
