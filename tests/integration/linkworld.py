"""
One edge, one hub and a network in between, of which the test moves every part by hand.

Forwarder, outbox, inlet, inbox and both SQLite journals are the product's own; only sockets and
threads' turns are the test's. A crash is what kill -9 leaves: the files as they are.
"""

import random
import secrets
import shutil
import tempfile
from collections import Counter
from pathlib import Path
from unittest import mock

from edge import keys
from edge.collector.operations import retention
from edge.events import codec
from edge.events.entry import Group, Stamp
from edge.journal import account, epochs, reading
from edge.journal.entry import Origin
from edge.journal.journal import Journal
from edge.protocol.me import Phase, Timing
from tests.integration.linkparts import Edge, HeldInbox, Hub, Line

HUB_NODE = "f" * 32
FAST = Path("/dev/shm") if Path("/dev/shm").is_dir() else None

Name = tuple[Origin, int, int]
"""(origin, lane, seq)"""


class World:
    """Everything, and what must be true of it."""

    def __init__(self, seed: int = 0) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="link-", dir=FAST))
        self.rng = random.Random(seed)
        self.randbits = mock.patch.object(secrets, "randbits", self.rng.getrandbits)
        self.randbits.start()
        self.now = 1000.0
        self.seen: Counter[str] = Counter()
        self.line = Line()
        self.pair = keys.pair_demo(self.folder / "edge", self.folder / "hub")
        self.files = 0
        self.issued = 0
        self.acknowledged: set[int] = set()
        self.forgotten: set[int] = set()
        """Acknowledged, and lost by whoever put an old backup back."""
        self.names: dict[Name, int] = {}
        """What each number of the edge's log stands for."""
        self.declared: set[int] = set()
        """What either end ever declared to be gone."""
        self.cursors: dict[tuple[Origin, int], int] = {}
        """How far the hub ever was."""
        self.numbers: dict[bytes, int] = {}
        self.open_hub(self.folder / "inbox-0.db")
        self.open_edge(self.folder / "journal-0.db")
        self.edge_backup = self.image(self.edge._journal.path)
        self.hub_backup = self.image(self.inbox.path)

    # The two processes

    def open_edge(self, path: Path) -> None:
        journal = Journal.open(path, node=self.pair.edge.node)
        journal.submit(epochs.mark_opening).result(10)
        self.edge = Edge(
            self.line,
            journal,
            keys=self.pair.edge,
            timing=Timing(silence=5.0, connect=5.0, backoff_first=0.2, backoff_most=2.0),
            clock=lambda: self.now,
        )
        self.line.up = False

    def open_hub(self, path: Path) -> None:
        self.inbox = HeldInbox(Journal.open(path, node=HUB_NODE))
        self.hub = Hub(
            self.line,
            self.inbox,
            keys=self.pair.hub,
            keyring=self.pair.keyring,
            clock=lambda: self.now,
        )
        self.first_fence = self.hub._receiver._fence

    def image(self, path: Path) -> Path:
        """Copy the files of a journal as they are now: what kill -9 leaves."""
        self.files += 1
        copy = self.folder / f"image-{self.files}.db"
        for part in ("", "-wal"):
            if path.with_name(path.name + part).exists():
                shutil.copyfile(path.with_name(path.name + part), f"{copy}{part}")
        return copy

    def fresh(self, image: Path) -> Path:
        """Copy an image, which may be used again."""
        return self.image(image)

    def close(self) -> None:
        self.randbits.stop()
        self.edge._journal.close()
        self.inbox.close()
        shutil.rmtree(self.folder)

    # What happens

    def ingest(self, lane: int, count: int, *, answered: bool = True) -> None:
        """Commit entries, each with its number in its bytes; *answered*: 202 was heard."""
        for _ in range(count):
            self.issued += 1
            padding = "x" * (self.issued * 37 % 300)
            stamp = Stamp(project=f"{self.issued}/{padding}", received_at=1)
            group = Group(stamp=stamp, events=[None] * (1 + self.issued % 3))
            self.edge._journal.submit(lambda tx, g=group: tx.append(lane, g)).result(10)
            if answered:
                self.acknowledged.add(self.issued)

    def to_hub(self, at: int) -> None:
        if self.line.to_hub:
            connection, parts = self.line.to_hub.pop(at % len(self.line.to_hub))
            self.hub.take(connection, parts, self.pair.edge.keys[0].public, self.now)

    def to_edge(self, at: int) -> None:
        if self.line.to_edge:
            connection, parts = self.line.to_edge.pop(at % len(self.line.to_edge))
            if connection == self.line.connection and self.line.up:
                self.line.delivered.append(parts)

    def commit(self) -> None:
        self.seen["commits"] += len(self.inbox.waiting)
        self.inbox.commit(told=True)
        self.hub.finish()

    def disk_full(self) -> None:
        self.seen["disk full"] += len(self.inbox.waiting)
        self.inbox.fail()
        self.hub.finish()

    def drop(self, at: int) -> None:
        for queue in (self.line.to_hub, self.line.to_edge):
            if queue:
                queue.pop(at % len(queue))
                self.seen["dropped"] += 1

    def duplicate(self, at: int) -> None:
        for queue in (self.line.to_hub, self.line.to_edge):
            if queue:
                queue.append(queue[at % len(queue)])
                self.seen["duplicated"] += 1

    def damage(self, at: int) -> None:
        """Flip a bit of a batch's body; headers have CURVE's seal."""
        batches = [parts for _, parts in self.line.to_hub if len(parts) == 3 and parts[2]]
        if batches:
            parts = batches[at % len(batches)]
            body = bytearray(parts[2])
            body[at % len(body)] ^= 1 << at % 8
            parts[2] = bytes(body)
            self.seen["damaged"] += 1

    def poison(self, lane: int) -> None:
        """From now on an entry that waits arrives altered: the hub refuses it each time."""
        self.look()
        origin = self.edge._origin
        behind = self.edge._journal.cursor(account.HUB, origin, lane)
        waiting = self.edge._journal.entries(origin, lane, behind)
        if waiting:
            self.line.poison = waiting[-1].body
            self.seen["poisoned"] += 1
            for _ in range(6):  # three refusals, each by a session of its own
                self.settle()
                self.now += 2.0

    def cut(self) -> None:
        self.seen["cut"] += 1
        self.line.cut(noticed=True)

    def crash_edge(self, *, backup: Path | None = None) -> None:
        """Kill the edge and start it on what it left, or on a *backup* of long ago."""
        if backup is not None and not self.agrees(backup, self.inbox):
            return
        self.seen["edge crash" if backup is None else "edge restored"] += 1
        self.look()
        image = self.image(self.edge._journal.path) if backup is None else self.fresh(backup)
        self.edge._journal.close()
        self.line.cut(noticed=False)
        self.open_edge(image)
        if backup is not None:
            self.forget()

    def crash_hub(self, *, committed: bool = False, backup: Path | None = None) -> None:
        """Kill the hub; *committed*: after what waited was written, before anybody was told."""
        if backup is not None and not self.agrees(backup, self.edge._journal):
            return
        self.seen["hub crash" if backup is None else "hub restored"] += 1
        if committed:
            self.seen["killed between commit and ack"] += len(self.inbox.waiting)
            self.inbox.commit(told=False)
        image = self.image(self.inbox.path) if backup is None else self.fresh(backup)
        self.inbox.close()
        self.line.cut(noticed=True)
        self.open_hub(image)
        if backup is not None:
            self.cursors.clear()
            self.forget()

    def forget(self) -> None:
        """Nobody can bring back what was at the end alone whose backup was put back."""
        self.forgotten |= self.nowhere()

    def nowhere(self) -> set[int]:
        kept = self.at_edge() | set(self.at_hub()) | self.gone()
        return self.acknowledged - kept - self.forgotten

    def save(self) -> None:
        """Back both up as they are: also an edge with entries that the hub gets only later."""
        self.look()
        self.edge_backup = self.image(self.edge._journal.path)
        self.hub_backup = self.image(self.inbox.path)
        self.seen["saved"] += 1
        owed = epochs.owing(self.edge._journal, self.pair.edge.node)
        self.seen["saved with a backlog"] += bool(owed)

    def retain(self, lane: int, count: int, *, acknowledged: bool) -> None:
        """Retention takes the oldest of a lane: what the hub holds, or anything with a gap."""
        self.look()
        journal = self.edge._journal
        entries = self.own(lane)[:count]
        held = [e for e in entries if e.seq <= journal.cursor(account.HUB, e.origin, lane)]
        if acknowledged:
            entries = held
        if not entries:
            return

        def work(tx) -> int:
            rows = [(e.position, tx.origin_id(e.origin), e.seq) for e in entries]
            return retention.remove(tx, lane, rows, why="disk_policy", now=1)

        self.seen["declared gaps"] += journal.submit(work).result(10)
        self.seen["retained"] += 1
        if self.seen["hub restored"]:  # it gets what the edge still keeps (decision 8)
            self.forgotten |= self.nowhere() & {self.number(e.body) for e in held}

    # What is where

    def own(self, lane: int):
        return [e for e in self.edge._journal.follow(0, max_bytes=2**30) if e.lane == lane]

    def number(self, body: bytes) -> int:
        if body not in self.numbers:
            [group] = codec.unpack(body)
            self.numbers[body] = int(group.stamp.project.partition("/")[0])
        return self.numbers[body]

    def at_edge(self) -> set[int]:
        return {
            self.number(e.body)
            for e in self.edge._journal.follow(0, max_bytes=2**30)
            if e.origin.node == self.pair.edge.node
        }

    def at_hub(self) -> Counter[int]:
        return Counter(self.number(e.body) for e in self.inbox.follow(0, max_bytes=2**30))

    def gone(self) -> set[int]:
        """What either end ever declared: gaps, and what is kept from being sent."""
        found = self.declared
        for journal in (self.edge._journal, self.inbox):
            for node, epoch, lane, lo, hi in journal.read(
                "select o.node, o.epoch, g.lane, g.lo, g.hi from gap g join origin o"
                " on o.id = g.origin"
            ):
                origin = Origin(node, epoch)
                found |= {
                    self.names[origin, lane, seq]
                    for seq in range(lo, hi + 1)
                    if (origin, lane, seq) in self.names
                }
        for node, epoch, lane, seq in self.edge._journal.read(
            "select o.node, o.epoch, q.lane, q.seq from quarantine q join origin o"
            " on o.id = q.origin"
        ):
            self.seen["quarantined"] += 1
            found.add(self.names[Origin(node, epoch), lane, seq])
        return found

    def agrees(self, backup: Path, other: Journal) -> bool:
        """
        Tell whether *backup* and the *other* end hold the same under each number that both hold.

        Ends that were put back to lives that contradict each other are no fault of the link.
        """
        held = {(e.origin, e.lane, e.seq): e.body for e in other.follow(0, max_bytes=2**30)}
        with reading.beside(backup) as found:
            entries = found.follow(0, max_bytes=2**30)
        return all(held.get((e.origin, e.lane, e.seq), e.body) == e.body for e in entries)

    def look(self) -> None:
        """Note which numbers of the edge's log stand for what."""
        for entry in self.edge._journal.follow(0, max_bytes=2**30):
            self.names[entry.origin, entry.lane, entry.seq] = self.number(entry.body)

    # What must be true

    def check(self) -> None:
        self.look()
        hub = self.at_hub()
        issued = set(range(1, self.issued + 1))
        assert not self.nowhere(), f"INV-1: {self.nowhere()} are nowhere"
        twice = [number for number, count in hub.items() if count > 1]
        assert not twice, f"INV-2: {twice} are there twice"
        assert set(hub) <= issued, "INV-3: never issued"
        self.check_numbers()
        assert account.measure(self.edge._journal).unaccounted == 0, "INV-6"

    def check_numbers(self) -> None:
        held: dict[tuple[Origin, int], list[int]] = {}
        for entry in self.inbox.follow(0, max_bytes=2**30):
            assert codec.seal(entry.body) == entry.hash, "INV-3: altered"
            held.setdefault((entry.origin, entry.lane), []).append(entry.seq)
        for node, epoch, lane, seq in self.inbox.read(
            "select o.node, o.epoch, c.lane, c.seq from cursor c join origin o on o.id = c.origin"
            " where c.name = 'link'"
        ):
            where = Origin(node, epoch), lane
            gaps = {n for gap in self.inbox.gaps(*where) for n in range(gap.lo, gap.hi + 1)}
            entries = held.pop(where, [])
            assert sorted([*entries, *gaps]) == list(range(1, seq + 1)), "INV-4: a hole"
            assert seq >= self.cursors.get(where, 0), "INV-5: the hub's cursor went back"
            self.cursors[where] = seq
        assert not held, "INV-4: entries without a cursor"
        sender, origin = self.edge._sender, self.edge._origin
        of_this_hub = sender.phase is Phase.FLOWING and sender._session.fence > self.first_fence
        if of_this_hub and origin == self.edge._journal.own:
            for lane in sender.lanes:
                assert lane.acked <= self.cursors.get((origin, lane.lane), 0), "INV-5: acked early"

    def settle(self) -> None:
        """Let all that is under way arrive, in order."""
        for _ in range(300):
            self.edge.turn()
            if not (self.line.to_hub or self.inbox.waiting or self.line.to_edge):
                return
            while self.line.to_hub:
                self.to_hub(0)
            self.commit()
            while self.line.to_edge:
                self.to_edge(0)
        raise AssertionError("INV-7: it never comes to rest")

    def drain(self) -> None:
        """The faults stop: soon all is at the hub, or declared gone."""
        self.line.poison = b""
        self.ingest(0, 1)
        probe = self.issued
        for _ in range(400):
            self.settle()
            if not self.missing() and probe in self.at_hub():
                break
            self.now += 0.5
        self.check()
        assert probe in self.at_hub(), "INV-7: the probe never arrived"
        assert not self.missing(), f"INV-1: {self.missing()} never arrived"
        self.seen["resent"] += self.edge._sender.resent
        self.seen["forks"] += self.edge.forks

    def missing(self) -> set[int]:
        return self.acknowledged - set(self.at_hub()) - self.gone() - self.forgotten
