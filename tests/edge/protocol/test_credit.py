"""A hub whose disk is slower than its edges: what it must hold meanwhile is bounded (+b)."""

import random
from collections import deque
from collections.abc import Sequence

import pytest
import zstandard

from edge.events.codec import seal
from edge.protocol import frames
from edge.protocol.apply import Outcome
from edge.protocol.batch import Item
from edge.protocol.flow import CREDIT_BUDGET, FIRST_CREDIT, LARGEST, credit
from edge.protocol.me import Me, Phase
from edge.protocol.outlane import Hole
from edge.protocol.receiver import Receiver
from edge.protocol.sender import BATCH_BYTES, Sender
from edge.protocol.sessions import Request, Send

BODY = zstandard.compress(random.Random(1).randbytes(64_000))
SEAL = seal(BODY)


class Endless:
    """A backlog of lane 1 that no window is large enough for."""

    def head(self, lane: int) -> int:
        return 10**9 if lane == 1 else 0

    def tail(self, lane: int) -> int:
        return 1

    def entries(self, lane: int, after: int, max_bytes: int) -> Sequence[Item]:
        count = max(1, max_bytes // len(BODY))
        return [Item(seq, 0, 1, seq, SEAL, BODY) for seq in range(after + 1, after + 1 + count)]

    def gaps(self, lane: int, after: int) -> Sequence[Hole]:
        return []


class Town:
    """A hub and its edges, all with more to send than it can store."""

    def __init__(self, edges: int) -> None:
        self.now = 0.0
        self.nodes = [f"{at:032x}" for at in range(edges)]
        self.hub = Receiver(
            lambda key: key,
            lambda node, epoch: [frames.Cursor(0, 0, 0), frames.Cursor(1, 0, 0)],
            fence=1,
        )
        self.edges = {
            node: Sender(Endless(), Me(node=node, epoch=7, boot=at), rng=random.Random(at))
            for at, node in enumerate(self.nodes)
        }
        self.waiting: deque[Request] = deque()
        self.most = 0
        self.stored = 0
        for sender in self.edges.values():
            sender.opened(self.now)

    def do(self, steps: Sequence[Send | Request]) -> None:
        for step in steps:
            if isinstance(step, Send):
                self.edges[step.peer.decode()].receive(step.parts, self.now)
            else:
                self.waiting.append(step)

    def step(self, commits: int) -> None:
        """Every edge sends what it may; the disk takes so many batches."""
        for node, sender in self.edges.items():
            up = sender.connected(self.now) if sender.phase is Phase.CONNECTING else []
            frames_of = [*up, *sender.tick(self.now)]
            while frames_of:
                for parts in frames_of:
                    self.do(self.hub.receive(node.encode(), node, parts, self.now))
                frames_of = sender.pump(self.now)
        held = {node: known.waiting for node, known in self.hub.known.items()}
        assert sum(held.values()) == sum(request.size for request in self.waiting)
        self.most = max(self.most, sum(held.values()))
        assert max(held.values()) <= LARGEST + BATCH_BYTES
        for _ in range(min(commits, len(self.waiting))):
            request = self.waiting.popleft()
            self.stored += request.size
            self.do(self.hub.applied(request, Outcome(request.last, "applied", 1)))
        self.now += 0.01


@pytest.mark.parametrize("edges", [1, 10, 50])
def test_a_hub_holds_no_more_than_its_credit_however_much_its_edges_have(edges: int) -> None:
    """Three times the bound goes through it, and most of its credit is used."""
    town = Town(edges)
    bound = min(edges * LARGEST, CREDIT_BUDGET) + edges * (FIRST_CREDIT + BATCH_BYTES)
    while town.stored < 3 * bound:
        town.step(commits=20 + edges)
        assert town.most <= bound
    assert town.most > bound / 3, "the edges never reached what they may use"


def test_without_a_disk_an_edge_stops_at_its_first_credit() -> None:
    """And is given nothing for having sent it."""
    town = Town(1)
    for _ in range(50):
        town.step(commits=0)
    assert 0 < town.most <= FIRST_CREDIT + BATCH_BYTES
    assert not town.edges[town.nodes[0]].pump(town.now)


def test_a_new_session_is_granted_nothing_that_the_disk_still_owes_to_the_last() -> None:
    """An edge that says HELLO again and again fills no memory with what it sent before."""
    town = Town(1)
    (sender,) = town.edges.values()
    for _ in range(20):
        town.step(commits=0)
        sender.disconnected(town.now)
    assert sender.hellos == 20
    assert town.most <= LARGEST + BATCH_BYTES
    assert town.hub.counts["credit"] == 0


def test_credit_begins_small_and_is_shared() -> None:
    """It doubles with what is stored, up to 8 MiB or an equal part of the budget."""
    assert credit(0, 1) == FIRST_CREDIT
    assert credit(FIRST_CREDIT, 1) == 2 * FIRST_CREDIT
    assert credit(10**9, 1) == LARGEST
    assert credit(10**9, 100) == CREDIT_BUDGET // 100
    assert credit(10**9, 10**6) == FIRST_CREDIT
