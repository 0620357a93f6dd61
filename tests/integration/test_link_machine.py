"""
The real forwarder, inlet and SQLite journals under every fault, in any order, against a model
of what was issued, what was acknowledged and what is at the hub: INV-1 to INV-8 of
edge-and-link.md, section 5.
"""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from edge.journal import epochs
from edge.protocol.packing import decode
from tests.integration.linkworld import World

LANES = st.integers(0, 1)
PLACES = st.integers(0, 50)


class LinkMachine(RuleBasedStateMachine):
    """Hypothesis chooses what goes wrong, and shrinks it when an invariant breaks."""

    world: World | None = None

    @initialize()
    def begin(self) -> None:
        self.world = World()

    @rule(lane=LANES, count=st.integers(1, 8))
    def ingest(self, lane: int, count: int) -> None:
        self.world.ingest(lane, count)

    @rule(seconds=st.sampled_from([0.0, 0.1, 1.0, 4.0, 20.0]))
    def turn(self, seconds: float) -> None:
        self.world.now += seconds
        self.world.edge.turn()

    @rule(at=PLACES, times=st.integers(1, 6))
    def to_hub(self, at: int, times: int) -> None:
        for _ in range(times):
            self.world.to_hub(at)

    @rule(at=PLACES, times=st.integers(1, 6))
    def to_edge(self, at: int, times: int) -> None:
        for _ in range(times):
            self.world.to_edge(at)
        self.world.edge.turn()

    @rule()
    def commit(self) -> None:
        self.world.commit()

    @rule(lane=LANES)
    def exchange(self, lane: int) -> None:
        """A moment in which all goes well, so that there is something to disturb."""
        self.world.ingest(lane, 2)
        self.world.settle()
        self.world.ingest(lane, 2)
        self.world.edge.turn()

    @rule()
    def disk_full(self) -> None:
        self.world.disk_full()

    @rule(at=PLACES)
    def drop(self, at: int) -> None:
        self.world.drop(at)

    @rule(at=PLACES)
    def duplicate(self, at: int) -> None:
        self.world.duplicate(at)

    @rule(at=PLACES)
    def damage(self, at: int) -> None:
        self.world.damage(at)

    @rule(lane=LANES)
    def poison(self, lane: int) -> None:
        self.world.poison(lane)

    @rule()
    def cut(self) -> None:
        self.world.cut()

    @rule(unanswered=st.booleans())
    def crash_edge(self, *, unanswered: bool) -> None:
        if unanswered:
            self.world.ingest(1, 1, answered=False)
        self.world.crash_edge()

    @rule(committed=st.booleans())
    def crash_hub(self, *, committed: bool) -> None:
        self.world.crash_hub(committed=committed)

    @rule()
    def save(self) -> None:
        self.world.save()

    @rule()
    def restore_edge(self) -> None:
        self.world.crash_edge(backup=self.world.edge_backup)

    @rule()
    def restore_hub(self) -> None:
        self.world.crash_hub(backup=self.world.hub_backup)

    @rule(lane=LANES, count=st.integers(1, 8), acknowledged=st.booleans())
    def retain(self, lane: int, count: int, *, acknowledged: bool) -> None:
        self.world.retain(lane, count, acknowledged=acknowledged)

    @invariant()
    def holds(self) -> None:
        if self.world is not None:
            self.world.check()

    def teardown(self) -> None:
        if self.world is not None:
            try:
                self.world.drain()
            finally:
                self.world.close()


LinkMachine.TestCase.settings = settings(
    max_examples=40, stateful_step_count=40, suppress_health_check=list(HealthCheck)
)
TestLink = LinkMachine.TestCase


def walk(seed: int, steps: int) -> World:
    """Live through *steps* turns with a fault in every fifth or so, and drain."""
    rng = random.Random(seed)
    world = World(seed)
    often = (
        world.cut,
        world.crash_edge,
        lambda: world.crash_hub(committed=rng.random() < 0.5),
        world.disk_full,
        world.save,
        lambda: world.drop(rng.randrange(50)),
        lambda: world.duplicate(rng.randrange(50)),
        lambda: world.damage(rng.randrange(50)),
        lambda: world.retain(rng.randrange(2), rng.randrange(9), acknowledged=rng.random() < 0.6),
    )
    faults = (
        lambda: world.crash_edge(backup=world.edge_backup),
        lambda: world.crash_hub(backup=world.hub_backup),
        lambda: world.poison(rng.randrange(2)),
    )
    try:
        for _ in range(steps):
            if rng.random() < 0.3:
                world.ingest(rng.randrange(2), rng.randrange(1, 4))
            world.now += rng.choice([0.0, 0.01, 0.1, 0.5])
            world.edge.turn()
            for _ in range(rng.randrange(6)):
                world.to_hub(rng.choice([0, 0, 0, rng.randrange(50)]))
            if rng.random() < 0.5:
                world.commit()
            for _ in range(rng.randrange(6)):
                world.to_edge(rng.choice([0, 0, 0, rng.randrange(50)]))
            if rng.random() < 0.15:
                rng.choice(faults if rng.random() < 0.2 else often)()
            world.check()
        world.drain()
    finally:
        world.close()
    return world


ONCE_LOST = 38
"""A life in which a hub was put back just after it had got an edge's former epochs."""
FAULTS = (
    *("cut", "edge crash", "hub crash", "killed between commit and ack", "disk full"),
    *("edge restored", "hub restored", "dropped", "duplicated", "damaged", "retained", "poisoned"),
    *("declared gaps", "quarantined", "commits", "resent", "forks", "saved with a backlog"),
)


@pytest.mark.fault(3, 4, 5, 17, 29)
def test_every_fault_in_long_lives_loses_and_doubles_nothing() -> None:
    """And each kind of fault did happen, else it would prove nothing (INV-8)."""
    worlds = [walk(seed, 400) for seed in (*range(8), ONCE_LOST)]
    for fault in FAULTS:
        assert sum(world.seen[fault] for world in worlds) > 0, fault


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    made.settle()
    yield made
    made.close()


def first_lane_alone(world: World) -> None:
    """Let lane 0 arrive, while everything of lane 1 is lost on the way."""
    for _ in range(20):
        world.edge.turn()
        world.line.to_hub[:] = [
            (connection, parts)
            for connection, parts in world.line.to_hub
            if getattr(decode(parts)[0], "lane", 0) == 0
        ]
        while world.line.to_hub:
            world.to_hub(0)
        world.commit()
        while world.line.to_edge:
            world.to_edge(0)
        world.now += 0.1


def once_each(world: World) -> None:
    assert world.at_hub() == dict.fromkeys(range(1, world.issued + 1), 1)


@pytest.mark.fault(17)
def test_what_the_hub_got_after_the_backup_of_an_edge_is_not_there_twice(world: World) -> None:
    """The edge asks under which seals the hub got its entries; only what is its own moves."""
    world.crash_edge()
    world.ingest(0, 3)
    world.ingest(1, 1)
    backup = world.image(world.edge._journal.path)
    world.settle()
    world.ingest(0, 2)
    world.settle()
    once_each(world)
    world.crash_edge(backup=backup)
    world.ingest(0, 2)
    world.drain()
    assert world.seen["forks"] == 1
    once_each(world)


@pytest.mark.fault(17)
def test_a_backup_that_is_put_back_twice_doubles_nothing(world: World) -> None:
    """What its first life brought to the hub in a new epoch, its second one finds there."""
    world.crash_edge()
    world.ingest(0, 2)
    world.ingest(1, 3)
    backup = world.image(world.edge._journal.path)
    world.ingest(0, 2)
    first_lane_alone(world)
    for _ in range(3):
        world.crash_edge(backup=backup)
        world.ingest(0, 1)
        world.ingest(1, 1)
        world.drain()
        once_each(world)
    assert world.seen["forks"] == 6  # one more in each life


@pytest.mark.fault(17)
def test_both_ends_put_back_while_each_lane_moved_another_way_lose_nothing(world: World) -> None:
    """The hub knows more of one lane and lacks, of the other, what it had acknowledged."""
    world.ingest(0, 3)
    world.ingest(1, 4)
    edge_backup = world.image(world.edge._journal.path)
    world.ingest(0, 3)
    first_lane_alone(world)
    hub_backup = world.image(world.inbox.path)
    world.drain()
    once_each(world)
    world.crash_hub(backup=hub_backup)
    world.crash_edge(backup=edge_backup)
    world.ingest(0, 1)
    world.drain()
    [lost] = world.forgotten  # the probe, which was in neither backup
    assert world.at_hub() == {n: 1 for n in range(1, world.issued + 1) if n != lost}


def begun_anew(world: World) -> Path:
    """Let the edge begin a new epoch when all is drained; return the hub's backup from before."""
    backup = world.image(world.inbox.path)
    world.ingest(0, 3)
    world.drain()
    world.edge._journal.submit(epochs.begin).result(10)
    return backup


@pytest.mark.fault(17)
def test_a_hub_put_back_just_after_an_edge_began_anew_gets_its_former_epoch(world: World) -> None:
    """Nothing of the new one was acknowledged, so no cursor that went back could show it."""
    backup = begun_anew(world)
    for _ in range(2):
        world.crash_edge()
        world.settle()
        world.crash_hub(backup=backup)
        world.drain()
        once_each(world)


@pytest.mark.fault(17)
def test_a_hub_put_back_just_after_it_got_former_epochs_gets_them_once_more(world: World) -> None:
    """The session that follows their offer may be with a hub that never saw it."""
    backup = begun_anew(world)
    former = world.edge._origin
    world.crash_edge()
    world.ingest(1, 1)
    while world.edge._origin != former:
        exchange_one_turn(world)
    while world.edge._origin == former:  # it is offered anew, and the hub lacks nothing of it
        exchange_one_turn(world)
    world.crash_hub(backup=backup)
    world.drain()
    once_each(world)


def exchange_one_turn(world: World) -> None:
    """Let all that is under way arrive, and the edge do one thing."""
    while world.line.to_hub:
        world.to_hub(0)
    world.commit()
    while world.line.to_edge:
        world.to_edge(0)
    world.now += 0.1
    world.edge.turn()
