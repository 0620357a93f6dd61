"""Edge, hub and a hostile network against a model of three sets: invariants INV-1 to INV-8."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from edge.events.codec import pack, seal
from edge.events.entry import Group, Stamp
from edge.protocol.batch import Item
from edge.protocol.frames import Cursor
from edge.protocol.me import Me, Phase
from edge.protocol.outlane import MISSING, Hole
from edge.protocol.receiver import Receiver
from edge.protocol.sender import Sender
from edge.protocol.sessions import Request, Send

NODE = "a" * 32
KEY = "k" * 40
EPOCH = 7


def body_of(lane: int, seq: int) -> bytes:
    """A body that names its entry, so that a wrong one cannot pass for it."""
    stamp = Stamp(project=f"lane {lane} entry {seq}", received_at=seq)
    return pack([Group(stamp=stamp, events=[None] * (seq % 5))])


@dataclass
class Disk:
    """The edge's journal: what was accepted, and what retention took away again."""

    lanes: dict[int, dict[int, Item]] = field(default_factory=lambda: {0: {}, 1: {}})
    heads: dict[int, int] = field(default_factory=lambda: {0: 0, 1: 0})
    holes: dict[int, list[Hole]] = field(default_factory=lambda: {0: [], 1: []})
    ended: dict[int, int] = field(default_factory=lambda: {0: 0, 1: 0})
    """Up to where the hub held what retention took without a gap."""

    def append(self, lane: int) -> None:
        self.heads[lane] += 1
        seq = self.heads[lane]
        body = body_of(lane, seq)
        self.lanes[lane][seq] = Item(seq, 0, seq % 5, seq, seal(body), body)

    def head(self, lane: int) -> int:
        return self.heads[lane]

    def tail(self, lane: int) -> int:
        return min(self.lanes[lane], default=self.heads[lane] + 1)

    def entries(self, lane: int, after: int, max_bytes: int) -> Sequence[Item]:
        found: list[Item] = []
        size = 0
        for seq in sorted(seq for seq in self.lanes[lane] if seq > after):
            size += len(self.lanes[lane][seq].body)
            if found and size > max_bytes:
                break
            found.append(self.lanes[lane][seq])
        return found

    def gaps(self, lane: int, after: int) -> Sequence[Hole]:
        return [hole for hole in self.holes[lane] if hole.hi > after]

    def acknowledged(self, lane: int) -> int:
        return self.ended[lane]


@dataclass
class InboxLane:
    """One lane of the hub's disk."""

    held: dict[int, Item] = field(default_factory=dict)
    gone: dict[int, str] = field(default_factory=dict)
    at: int = 0

    def cursor(self) -> int:
        return self.at

    def seal(self, seq: int) -> tuple[int, bytes] | None:
        return (self.held[seq].generation, self.held[seq].hash) if seq in self.held else None

    def store(self, item: Item) -> None:
        assert item.seq not in self.held, "INV-2: stored twice"
        self.held[item.seq] = item

    def declare_gap(self, lo: int, hi: int, why: str) -> None:
        self.gone.update(dict.fromkeys(range(lo, hi + 1), why))

    def move(self, seq: int) -> None:
        assert seq > self.at, "INV-5: the cursor went back"
        self.at = seq

    def copy(self) -> "InboxLane":
        return InboxLane(dict(self.held), dict(self.gone), self.at)


class World:
    """One edge, one hub, a network between them, and what must be true of them."""

    def __init__(self) -> None:
        self.now = 0.0
        self.rng = random.Random(5)
        self.disk = Disk()
        self.inbox = {0: InboxLane(), 1: InboxLane()}
        self.backup = {0: InboxLane(), 1: InboxLane()}
        self.to_hub: list[list[bytes]] = []
        self.to_edge: list[list[bytes]] = []
        self.requests: list[Request] = []
        self.boots = 0
        self.fence = 0
        self.promised = {0: 0, 1: 0}
        self.seen: Counter[str] = Counter()
        self.connection = 0
        self.start_edge()
        self.start_hub()

    # The two processes

    def start_edge(self) -> None:
        self.boots += 1
        self.sender = Sender(
            self.disk, Me(node=NODE, epoch=EPOCH, boot=self.boots), rng=random.Random(self.boots)
        )

    def start_hub(self) -> None:
        self.fence += 1_000_000
        self.receiver = Receiver(
            lambda key: NODE if key == KEY else None, self.tips, fence=self.fence
        )

    def tips(self, node: str, epoch: int) -> list[Cursor]:
        assert (node, epoch) == (NODE, EPOCH)
        return [self.tip(0), self.tip(1)]

    def tip(self, lane: int) -> Cursor:
        at = self.inbox[lane].at
        known = self.inbox[lane].seal(at)
        generation, digest = known or (0, b"")
        return Cursor(lane, at, at, generation, digest)

    # What happens

    def ingest(self, lane: int, count: int) -> None:
        for _ in range(count):
            self.disk.append(lane)

    def edge_turn(self) -> None:
        """What the forwarder's thread does in one turn."""
        if self.sender.phase is Phase.AWAY and self.sender.wants_socket(self.now):
            self.cut(quiet=True)
            self.sender.opened(self.now)
        if self.sender.phase is Phase.CONNECTING:
            self.connection += 1
            self.to_hub += self.sender.connected(self.now)
        self.to_hub += self.sender.tick(self.now)
        for _ in range(4):
            self.to_hub += self.sender.pump(self.now)
        self.check_window()

    def check_window(self) -> None:
        under_way = sum(f.size for lane in self.sender.lanes for f in lane.flights)
        biggest = max((f.size for lane in self.sender.lanes for f in lane.flights), default=0)
        assert under_way <= 2**20 + biggest, "more under way than the window allows"

    def deliver_to_hub(self, at: int) -> None:
        if self.to_hub:
            parts = self.to_hub.pop(at % len(self.to_hub))
            peer = self.connection.to_bytes(4, "big")
            self.do(self.receiver.receive(peer, KEY, parts, self.now))

    def deliver_to_edge(self, at: int) -> None:
        if self.to_edge:
            self.sender.receive(self.to_edge.pop(at % len(self.to_edge)), self.now)

    def do(self, steps: Sequence[Send | Request]) -> None:
        for step in steps:
            if isinstance(step, Send):
                if step.peer == self.connection.to_bytes(4, "big"):
                    self.to_edge.append(step.parts)
            else:
                self.requests.append(step)

    def commit(self) -> None:
        """The hub's writer thread: all that waits, in one commit."""
        waiting, self.requests = self.requests, []
        for request in waiting:
            outcome = request.apply(self.inbox[request.lane])
            assert not outcome.equivocal
            self.seen[outcome.verdict] += 1
            self.do(self.receiver.applied(request, outcome))

    def disk_full(self, count: int) -> None:
        """A commit of the hub fails, and nothing of it is stored; the next may succeed."""
        waiting, self.requests = self.requests[:count], self.requests[count:]
        for request in waiting:
            self.seen["failed"] += 1
            self.do(self.receiver.failed(request, "disk full"))

    def drop(self, at: int) -> None:
        for queue in (self.to_hub, self.to_edge):
            if queue:
                queue.pop(at % len(queue))
                self.seen["dropped"] += 1

    def duplicate(self, at: int) -> None:
        for queue in (self.to_hub, self.to_edge):
            if queue:
                queue.append(queue[at % len(queue)])
                self.seen["duplicated"] += 1

    def damage(self, at: int) -> None:
        """A byte flips; CURVE would notice, so this is a bug or a bad memory chip."""
        if self.to_hub:
            at %= len(self.to_hub)
            parts = list(self.to_hub[at])
            part = self.rng.randrange(len(parts))
            data = bytearray(parts[part])
            if data:
                data[self.rng.randrange(len(data))] ^= 1 << self.rng.randrange(8)
            parts[part] = bytes(data)
            if part == 2:  # headers carry no seal of their own: CURVE's is theirs
                self.to_hub[at] = parts
                self.seen["damaged"] += 1

    def cut(self, *, quiet: bool = False) -> None:
        self.to_hub.clear()
        self.to_edge.clear()
        self.connection += 1
        if not quiet:
            self.seen["cut"] += 1
            self.sender.disconnected(self.now)

    def crash_edge(self) -> None:
        self.seen["edge crash"] += 1
        self.resent = self.seen["resent"] + self.sender.resent
        self.seen["resent"] = self.resent
        self.start_edge()
        self.cut(quiet=True)

    def crash_hub(self) -> None:
        """The hub dies: what was not committed is gone."""
        self.seen["hub crash"] += 1
        self.requests.clear()
        self.start_hub()
        self.cut()

    def save_backup(self) -> None:
        self.backup = {lane: box.copy() for lane, box in self.inbox.items()}

    def restore_backup(self) -> None:
        """The hub comes back as it was yesterday, and asks for the rest (decision 8)."""
        self.seen["restored"] += 1
        self.inbox = {lane: box.copy() for lane, box in self.backup.items()}
        self.crash_hub()

    def retain(self, lane: int, count: int, *, acknowledged: bool) -> None:
        """Retention takes the oldest entries: acknowledged ones, or others with a gap."""
        kept = self.disk.lanes[lane]
        gone = []
        for seq in sorted(kept)[:count]:
            if acknowledged and seq > self.sender.lanes[lane].acked:
                break
            del kept[seq]
            gone.append(seq)
        if gone and acknowledged:
            self.disk.ended[lane] = gone[-1]
        elif gone:
            self.disk.holes[lane].append(Hole(gone[0], gone[-1], "disk_policy"))
            self.seen["policy"] += 1

    # What must be true

    def check(self) -> None:
        for lane in (0, 1):
            box = self.inbox[lane]
            assert set(box.held) | set(box.gone) == set(range(1, box.at + 1)), "INV-4"
            assert not set(box.held) & set(box.gone), "INV-2"
            assert MISSING not in box.gone.values(), "a hole that nobody made"
            assert box.at <= self.disk.heads[lane], "INV-3: nothing is invented"
            for seq in range(1, self.disk.heads[lane] + 1):
                kept = seq in self.disk.lanes[lane]
                declared = any(hole.lo <= seq <= hole.hi for hole in self.disk.holes[lane])
                retired = seq in box.held or seq in box.gone or self.seen["restored"]
                assert kept or declared or retired, "INV-1: lost without a word"
            if not self.seen["restored"]:
                assert self.sender.lanes[lane].acked <= box.at, "an ack before the disk"

    def check_bodies(self) -> None:
        for lane in (0, 1):
            for seq, item in self.inbox[lane].held.items():
                assert item.body == body_of(lane, seq), "INV-3: other bytes"

    def settle(self) -> None:
        """Deliver and commit all that is under way, in order."""
        self.edge_turn()
        while self.to_hub or self.requests or self.to_edge:
            while self.to_hub:
                self.deliver_to_hub(0)
            self.commit()
            while self.to_edge:
                self.deliver_to_edge(0)
            self.edge_turn()

    def drain(self) -> None:
        """The faults stop: all is at the hub soon, or declared gone (INV-6, INV-7)."""
        for _ in range(600):
            self.settle()
            if all(self.inbox[lane].at == self.disk.heads[lane] for lane in (0, 1)):
                break
            self.now += 0.5
        self.check()
        self.check_bodies()
        for lane in (0, 1):
            box = self.inbox[lane]
            accepted = self.disk.heads[lane]
            assert len(box.held) + len(box.gone) == accepted, "INV-6: accepted = held + gone"
            undeclared = [seq for seq, why in box.gone.items() if why == "quarantine"]
            assert not undeclared
        assert not any(lane.aside for lane in self.sender.lanes) or self.seen["damaged"]


class LinkMachine(RuleBasedStateMachine):
    """Hypothesis chooses what goes wrong, and shrinks it when an invariant breaks."""

    @initialize()
    def begin(self) -> None:
        self.world = World()

    @rule(lane=st.integers(0, 1), count=st.integers(1, 30))
    def ingest(self, lane: int, count: int) -> None:
        self.world.ingest(lane, count)

    @rule(seconds=st.sampled_from([0.001, 0.1, 1.0, 4.0, 20.0, 90.0]))
    def wait(self, seconds: float) -> None:
        self.world.now += seconds
        self.world.edge_turn()

    @rule()
    def work(self) -> None:
        self.world.edge_turn()

    @rule(at=st.integers(0, 50), times=st.integers(1, 8))
    def to_hub(self, at: int, times: int) -> None:
        for _ in range(times):
            self.world.deliver_to_hub(at)

    @rule(at=st.integers(0, 50), times=st.integers(1, 8))
    def to_edge(self, at: int, times: int) -> None:
        for _ in range(times):
            self.world.deliver_to_edge(at)

    @rule()
    def commit(self) -> None:
        self.world.commit()

    @rule(count=st.integers(1, 4))
    def disk_full(self, count: int) -> None:
        self.world.disk_full(count)

    @rule(lane=st.integers(0, 1))
    def exchange(self, lane: int) -> None:
        """A moment in which all goes well, so that there is something to disturb."""
        self.world.ingest(lane, 3)
        self.world.settle()
        self.world.ingest(lane, 3)
        self.world.edge_turn()

    @rule(at=st.integers(0, 50))
    def drop(self, at: int) -> None:
        self.world.drop(at)

    @rule(at=st.integers(0, 50))
    def duplicate(self, at: int) -> None:
        self.world.duplicate(at)

    @rule()
    def cut(self) -> None:
        self.world.cut()

    @rule()
    def crash_edge(self) -> None:
        self.world.crash_edge()

    @rule()
    def crash_hub(self) -> None:
        self.world.crash_hub()

    @rule()
    def save_backup(self) -> None:
        self.world.save_backup()

    @rule()
    def restore_backup(self) -> None:
        self.world.restore_backup()

    @rule(lane=st.integers(0, 1), count=st.integers(1, 20), acknowledged=st.booleans())
    def retain(self, lane: int, count: int, *, acknowledged: bool) -> None:
        self.world.retain(lane, count, acknowledged=acknowledged)

    @invariant()
    def holds(self) -> None:
        if hasattr(self, "world"):
            self.world.check()

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.world.drain()


LinkMachine.TestCase.settings = settings(
    max_examples=120, stateful_step_count=50, suppress_health_check=list(HealthCheck)
)
TestLink = LinkMachine.TestCase


def walk(seed: int, steps: int) -> World:
    """A long random life of one link, with faults at every turn."""
    rng = random.Random(seed)
    world = World()
    rare = (
        world.cut,
        world.crash_edge,
        world.crash_hub,
        lambda: world.disk_full(rng.randrange(1, 4)),
        world.save_backup,
        world.restore_backup,
        lambda: world.drop(rng.randrange(50)),
        lambda: world.duplicate(rng.randrange(50)),
        lambda: world.damage(rng.randrange(50)),
        lambda: world.retain(rng.randrange(2), rng.randrange(9), acknowledged=rng.random() < 0.8),
    )
    for step in range(steps):
        if rng.random() < 0.3:
            world.ingest(rng.randrange(2), rng.randrange(1, 6))
        world.now += rng.choice([0.001, 0.01, 0.1, 0.5])
        world.edge_turn()
        for _ in range(rng.randrange(6)):
            world.deliver_to_hub(rng.choice([0, 0, 0, rng.randrange(50)]))
        if rng.random() < 0.5:
            world.commit()
        for _ in range(rng.randrange(6)):
            world.deliver_to_edge(rng.choice([0, 0, 0, rng.randrange(50)]))
        if rng.random() < 0.1:
            rng.choice(rare)()
        if step % 25 == 0:
            world.check()
    world.drain()
    return world


@pytest.mark.fault(29)
def test_thousands_of_steps_of_a_hostile_network_lose_and_double_nothing() -> None:
    """And every kind of fault did happen, else the walk would prove nothing (INV-8)."""
    world = walk(seed=20, steps=6000)
    world.crash_edge()
    for fault in (
        "cut",
        "edge crash",
        "hub crash",
        "failed",
        "restored",
        "dropped",
        "duplicated",
        "damaged",
        "policy",
        "resent",
        "duplicate",
        "applied",
    ):
        assert world.seen[fault] > 0, fault
