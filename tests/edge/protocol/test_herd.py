"""A hundred edges come back at once after the hub's restart: all get in, none starves (+a)."""

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
from edge.protocol.receiver import HELLOS_PER_SECOND, Receiver
from edge.protocol.sender import Sender
from edge.protocol.sessions import Request, Send

EDGES = 150
ENTRIES = 200
COMMITS_PER_STEP = 40
STEP = 0.02
BODY = zstandard.compress(random.Random(1).randbytes(2_000))
SEAL = seal(BODY)


class Backlog:
    """The same entries at every edge."""

    def head(self, lane: int) -> int:
        return ENTRIES if lane == 1 else 0

    def tail(self, lane: int) -> int:
        return 1

    def entries(self, lane: int, after: int, max_bytes: int) -> Sequence[Item]:
        count = max(1, max_bytes // len(BODY))
        last = min(ENTRIES, after + count)
        return [Item(seq, 0, 1, seq, SEAL, BODY) for seq in range(after + 1, last + 1)]

    def gaps(self, lane: int, after: int) -> Sequence[Hole]:
        return []


class Inbox:
    """A lane that only counts."""

    def __init__(self) -> None:
        self.at = 0

    def cursor(self) -> int:
        return self.at

    def seal(self, seq: int) -> tuple[int, bytes] | None:
        return None

    def store(self, item: Item) -> None:
        assert item.seq > self.at

    def declare_gap(self, lo: int, hi: int, why: str) -> None:
        raise AssertionError(why)

    def move(self, seq: int) -> None:
        self.at = seq


def jain(progress: Sequence[float]) -> float:
    """Return Jain's index of fairness: 1 when all have the same, 1/n when one has all."""
    return sum(progress) ** 2 / (len(progress) * sum(part * part for part in progress))


@pytest.mark.fault("+a")
def test_a_herd_is_let_in_and_served_fairly() -> None:
    """The hub commits less than it is sent, so that fairness has something to decide."""
    nodes = [f"{at:032x}" for at in range(EDGES)]
    inboxes = {node: Inbox() for node in nodes}
    hub = Receiver(
        lambda key: key,
        lambda node, epoch: [
            frames.Cursor(0, 0, 0),
            frames.Cursor(1, inboxes[node].at, inboxes[node].at),
        ],
        fence=1,
    )
    edges = {
        node: Sender(Backlog(), Me(node=node, epoch=7, boot=at), rng=random.Random(at))
        for at, node in enumerate(nodes)
    }
    waiting: deque[Request] = deque()
    now, greeted = 0.0, 0.0
    drained_at: dict[str, float] = {}
    for sender in edges.values():
        sender.opened(now)

    def do(steps: Sequence[Send | Request]) -> None:
        for step in steps:
            if isinstance(step, Send):
                edges[step.peer.decode()].receive(step.parts, now)
            else:
                waiting.append(step)

    while not all(inbox.at == ENTRIES for inbox in inboxes.values()):
        assert now < 60
        for node, sender in edges.items():
            up = sender.connected(now) if sender.phase is Phase.CONNECTING else sender.tick(now)
            for parts in [*up, *sender.pump(now)]:
                do(hub.receive(node.encode(), node, parts, now))
        for _ in range(min(COMMITS_PER_STEP, len(waiting))):
            request = waiting.popleft()
            do(hub.applied(request, request.apply(inboxes[request.node])))
        if all(sender.phase is Phase.FLOWING for sender in edges.values()):
            greeted = greeted or now
        for node, inbox in inboxes.items():
            if inbox.at == ENTRIES:
                drained_at.setdefault(node, now)
        now += STEP
    assert sum(sender.hellos for sender in edges.values()) > HELLOS_PER_SECOND, "no herd at all"
    assert 0 < greeted < 10
    assert jain([ENTRIES / drained_at[node] for node in nodes]) >= 0.9
