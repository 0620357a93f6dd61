"""A line of 50 kbit/s with 800 ms there and back: it moves, and is never given up (fault 28)."""

import random
from collections import deque
from collections.abc import Sequence

import pytest
import zstandard

from edge.events.codec import seal
from edge.protocol import frames
from edge.protocol.batch import Item
from edge.protocol.outlane import Hole
from edge.protocol.packing import Parts
from edge.protocol.receiver import Receiver, Request, Send
from edge.protocol.sender import Me, Phase, Sender

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


@pytest.mark.fault(28)
def test_a_slow_line_drains_its_backlog_without_ever_reconnecting() -> None:
    """And a signal made meanwhile is at the hub within seconds, not behind the backlog."""
    log = Backlog(count=150, size=9_000)  # 1.35 MB: 216 s of this line
    inboxes = {0: Inbox(), 1: Inbox()}
    made = Sender(log, Me(node=NODE, epoch=7, boot=1), rng=random.Random(1))
    hub = Receiver(
        lambda key: NODE,
        lambda node, epoch: [frames.Cursor(0, 0, 0), frames.Cursor(1, 0, 0)],
        fence=1,
    )
    up, down = Line(), Line()
    now, asked_at, slowest = 0.0, 0.0, 0.0
    made.opened(now)
    for parts in made.connected(now):
        up.send(parts, now)
    while inboxes[1].at < 150:
        now += 0.05
        assert now < 400, "too slow"
        for parts in up.arrived(now):
            for step in hub.receive(b"p", "key", parts, now):
                answers: list[Send | Request] = [step]
                if isinstance(step, Request):
                    answers = list(hub.applied(step, step.apply(inboxes[step.lane])))
                for answer in answers:
                    assert isinstance(answer, Send)
                    down.send(answer.parts, now)
        for parts in down.arrived(now):
            made.receive(parts, now)
        if inboxes[0].at == log.head(0):
            slowest = max(slowest, now - asked_at) if log.head(0) else 0.0
            log.signal()
            asked_at = now
        for parts in made.tick(now):
            up.send(parts, now)
        while sent := made.pump(now):
            for parts in sent:
                up.send(parts, now)
        assert made.phase in (Phase.FLOWING, Phase.GREETING), made.last_error
    assert made.hellos == 1
    assert made.naks == 0
    assert slowest < 10
