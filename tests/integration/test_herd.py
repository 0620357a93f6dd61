"""A hundred real edges on one hub that restarts, and a hub whose disk stands still (+a, +b)."""

import os
import secrets
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import zstandard

from edge import keys
from edge.collector.forwarder import Forwarder
from edge.events import codec
from edge.journal.entry import Entry
from edge.journal.journal import Journal
from edge.journal.transaction import RAW
from edge.protocol import flow, receiver
from edge.protocol.me import Timing
from edge.protocol.sender import BATCH_BYTES
from hub.inlet import Inlet, Stored
from hub.inlet.inlet import EdgeStatus

EDGES = 100
ENTRIES = 30
"""Of each edge's backlog."""
BODY = zstandard.compress(secrets.token_bytes(16_000))
"""The link looks into no entry: whatever was compressed will do."""
SEAL = codec.seal(BODY)
PATIENT = Timing(silence=10.0, connect=20.0, backoff_first=0.05, backoff_most=0.5)
HUB_NODE = "f" * 32


def wait_for(condition, seconds: float = 60.0) -> None:
    """Wait until *condition* holds; the time is only how long a failure takes."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.02)


def has_stored(status: EdgeStatus, seq: int) -> bool:
    """Say whether an edge is known by now, and more of its backlog stored than *seq*."""
    return any(cursor.lane == RAW and cursor.seq > seq for cursor in status.cursors)


def jain(progress: Sequence[float]) -> float:
    """Return Jain's index of fairness: 1 when all have the same, 1/n when one has all."""
    return sum(progress) ** 2 / (len(progress) * sum(part * part for part in progress))


class Edge:
    """A journal and a forwarder."""

    def __init__(self, folder: Path, hub: Path, address: str) -> None:
        self.keys = keys.pair_demo(folder, hub, name=folder.name).edge
        self.node = self.keys.node
        self.journal = Journal.open(folder / "journal.db", node=self.node)
        self.forwarder = Forwarder(
            self.journal, hub_address=address, keys=self.keys, timing=PATIENT
        )

    def write(self, count: int) -> None:
        first = self.journal.head(self.journal.own, RAW) + 1
        entries = [
            Entry(self.journal.own, RAW, seq, 1, 1, SEAL, BODY)
            for seq in range(first, first + count)
        ]
        self.journal.submit(lambda tx: tx.store(*entries)).result(30)

    def stop(self) -> None:
        self.forwarder.stop()
        self.journal.close()


class Town:
    """A hub in *folder*, and as many edges as were added."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.address = "tcp://127.0.0.1:*"
        self.edges: list[Edge] = []
        self.stored: list[Stored] = []
        self.work = 0.0
        """Seconds that the hub takes over a batch beyond what it needs."""
        keys.HubKeys.open(folder / "hub")
        self.start_hub()

    def start_hub(self) -> None:
        hub = self.folder / "hub"
        self.inbox = Journal.open(hub / "inbox.db", node=HUB_NODE)
        self.inlet = Inlet(
            self.inbox,
            bind=self.address,
            keys=keys.HubKeys.load(hub),
            keyring=keys.Keyring(hub),
            heartbeat=1.0,
            on_batch=self.note,
        )
        self.inlet.start()
        self.address = self.inlet.address

    def note(self, batch: Stored) -> None:
        self.stored.append(batch)
        time.sleep(self.work)

    def stop_hub(self) -> None:
        self.inlet.stop()
        self.inbox.close()

    def at_half_time(self) -> list[int]:
        """Return how many entries each edge had stored when half of all were."""
        stored = {edge.node: 0 for edge in self.edges}
        for batch in self.stored:
            stored[batch.origin.node] += batch.last - batch.first + 1
            if sum(stored.values()) * 2 >= ENTRIES * len(self.edges):
                break
        return list(stored.values())

    def hold(self, count: int) -> int:
        """Return how many edges the hub has *count* entries of."""
        (row,) = self.inbox.read("select count(*) from cursor where lane = 1 and seq = ?", (count,))
        return int(str(row[0]))

    def add_edge(self) -> Edge:
        folder = self.folder / f"edge{len(self.edges)}"
        self.edges.append(Edge(folder, self.folder / "hub", self.address))
        return self.edges[-1]


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path)
    yield made
    stopping = [threading.Thread(target=edge.stop) for edge in made.edges]
    for thread in stopping:
        thread.start()
    for thread in stopping:
        thread.join()
    made.stop_hub()


@pytest.mark.fault("+a")
def test_a_hundred_edges_drain_fairly_after_the_hub_restarts(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    All come back at once, more than are let in within a second; none starves (+a).

    The disk takes nothing until all are in, and then less than they send, so that
    fairness has something to decide. Progress is what each has there at half-time.
    """
    for _ in range(EDGES):
        edge = town.add_edge()
        edge.write(1)
        edge.forwarder.start()
    wait_for(lambda: town.hold(1) == EDGES)
    town.stop_hub()
    for edge in town.edges:
        edge.write(ENTRIES)
    before = sum(edge.forwarder.status().hellos for edge in town.edges)
    monkeypatch.setattr(receiver, "HELLOS_PER_SECOND", EDGES // 2)
    town.start_hub()
    opened = threading.Event()
    held_back = town.inbox.submit(lambda _transaction: opened.wait(120))
    began, back = time.monotonic(), {}

    def all_back() -> bool:
        for status in town.inlet.edges():
            if status.cursors:
                back.setdefault(status.node, time.monotonic() - began)
        return len(back) == EDGES

    wait_for(all_back, 120)
    assert sorted(back.values())[EDGES * 99 // 100 - 1] <= 60, "99 of a hundred within a minute"
    hellos = sum(edge.forwarder.status().hellos for edge in town.edges) - before
    assert hellos > EDGES, "nobody was asked to come later"
    town.work = 0.002
    town.stored.clear()
    opened.set()
    assert held_back.result(10)
    wait_for(lambda: town.hold(1 + ENTRIES) == EDGES, 120)
    assert jain(town.at_half_time()) >= 0.9
    for edge in town.edges:
        found = town.inbox.entries(edge.journal.own, RAW, 0, max_bytes=2**30)
        assert [entry.seq for entry in found] == list(range(1, ENTRIES + 2))


@pytest.mark.fault("+b")
def test_a_hub_whose_disk_stands_still_is_sent_no_more_than_its_credit(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The edges wait without spinning, and go on where they stopped (+b)."""
    monkeypatch.setattr(flow, "CREDIT_BUDGET", 2**20)
    monkeypatch.setattr(flow, "FIRST_CREDIT", 64 * 2**10)
    edges, entries, share = 4, 500, 2**18
    for _ in range(edges):
        edge = town.add_edge()
        edge.write(entries)
    for edge in town.edges:
        edge.forwarder.start()
    wait_for(lambda: all(has_stored(status, 60) for status in town.inlet.edges()))
    still = threading.Event()
    standing = town.inbox.submit(lambda _transaction: still.wait(60))
    most = 0

    def waiting() -> int:
        nonlocal most
        found = [status.waiting for status in town.inlet.edges()]
        most = max(most, *found)
        return min(found)

    wait_for(lambda: waiting() > share / 2)
    turns = [turns_of(edge.forwarder, monkeypatch) for edge in town.edges]
    threads = [thread for thread in threading.enumerate() if thread.name == "forwarder"]
    began, used = time.monotonic(), [cpu_seconds(thread) for thread in threads]
    wait_for(lambda: waiting() and time.monotonic() > began + 2)
    shares = [
        (cpu_seconds(thread) - before) / (time.monotonic() - began)
        for thread, before in zip(threads, used, strict=True)
    ]
    assert share / 2 < most <= share + BATCH_BYTES
    assert len(shares) == edges
    assert max(shares) < 0.05
    assert all(0 < len(each) < 100 * (time.monotonic() - began) for each in turns)
    assert town.hold(entries) == 0, "the disk did not stand still"
    still.set()
    assert standing.result(60)
    wait_for(lambda: town.hold(entries) == edges)
    for edge in town.edges:
        found = town.inbox.entries(edge.journal.own, RAW, 0, max_bytes=2**30)
        assert [entry.seq for entry in found] == list(range(1, entries + 1))


def cpu_seconds(thread: threading.Thread) -> float:
    """Return what *thread* of this process has used."""
    text = Path(f"/proc/self/task/{thread.native_id}/stat").read_text()
    ticks = text.rpartition(")")[2].split()[11:13]
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


def turns_of(forwarder: Forwarder, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return what gets the time of each turn of its loop from now on."""
    turn, turns = forwarder._turn, []

    def counted() -> None:
        turns.append(time.monotonic())
        turn()

    monkeypatch.setattr(forwarder, "_turn", counted)
    return turns
