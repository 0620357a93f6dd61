"""An edge and a hub without a line, over real files, and the way between them."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from edge import keys
from edge.bundle import receipts
from edge.bundle.export import Exported, export
from edge.events import codec
from edge.events.entry import Group, Stamp
from edge.journal import account
from edge.journal.entry import Origin
from edge.journal.journal import Journal
from edge.journal.opening import Opened, open_journal
from edge.protocol.bundle.receipt import Receipt
from hub.bundles.desk import Desk, Taken

MIB = 2**20


def enrolled(folder: Path, name: str = "berlin", edge: str = "edge") -> keys.EdgeKeys:
    """Enrol the edge in *folder*/*edge* at the hub in *folder*/hub, as people do."""
    hub = keys.HubKeys.open(folder / "hub")
    keys.EdgeKeys.make(folder / edge)
    asked = keys.request(folder / edge, folder / f"{name}.edge", name=name)
    keys.enroll(keys.Keyring(folder / "hub"), asked, asked.fingerprint())
    return keys.EdgeKeys.trust(folder / edge, hub.card())


@dataclass
class Courier:
    """Both ends, their stick, and everything that the edge ever accepted."""

    folder: Path
    accepted: dict[str, bytes] = field(default_factory=dict)
    """Text of an entry → its body."""
    rng: random.Random = field(default_factory=lambda: random.Random(36))

    def __post_init__(self) -> None:
        self.keys = enrolled(self.folder)
        self.stick = self.folder / "stick"
        self.stick.mkdir()
        self.open_edge()
        self.open_hub()

    @property
    def edge(self) -> Path:
        return self.folder / "edge"

    @property
    def hub(self) -> Path:
        return self.folder / "hub"

    def open_edge(self) -> None:
        self.opened: Opened = open_journal(self.edge / "journal.db", node=self.keys.node)
        self.outbox: Journal = self.opened.journal

    def open_hub(self) -> None:
        self.inbox = Journal.open(self.hub / "inbox.db", node="hub")
        self.desk = Desk(self.inbox, self.hub)

    def close(self) -> None:
        self.opened.close()
        self.inbox.close()

    def write(self, lane: int, count: int = 1, size: int = 0) -> None:
        """Commit *count* entries with *size* bytes that no compression makes smaller."""
        for _ in range(count):
            text = f"{len(self.accepted)}-{self.rng.randbytes(size).hex()}"
            group = Group(stamp=Stamp(project=text, received_at=1), events=[None])
            self.outbox.submit(lambda tx, g=group: tx.append(lane, g)).result(10)
            self.accepted[text] = codec.pack([group])

    def export(self, split: int = MIB) -> Exported:
        return export(self.edge, self.stick, split=split)

    def carry(self, files: Sequence[Path]) -> list[Taken]:
        return [self.desk.take(path) for path in files]

    def round(self, split: int = MIB) -> receipts.Moved:
        """Export, import all, and bring the receipt back."""
        for file in self.export(split).files:
            taken = self.desk.take(file.path)
        return self.back(Path(taken.receipt))

    def receipt(self) -> Receipt:
        """Return the newest receipt as the edge reads it."""
        return receipts.read(self.receipt_path, self.keys).receipt

    @property
    def receipt_path(self) -> Path:
        return self.hub / "bundles" / "out" / f"{self.keys.node}.fbr"

    def back(self, path: Path | None = None) -> receipts.Moved:
        """Import a receipt at the edge."""
        opened = receipts.read(path or self.receipt_path, self.keys)
        return self.outbox.submit(lambda tx: receipts.take(tx, opened.receipt)).result(10)

    def held(self, lane: int) -> int:
        return self.inbox.cursor("link", self.outbox.own, lane)

    def acked(self, lane: int) -> int:
        return self.outbox.cursor("hub", self.outbox.own, lane)

    def pending(self) -> int:
        return account.measure(self.outbox).pending

    def check(self, *, drained: bool = False, gaps: int = 0) -> None:
        """
        Prove the invariants INV-1 to INV-6 of edge-and-link.md, 5, on both files.

        *gaps* events of the accepted are declared lost; *drained*: nothing waits.
        """
        entries = self.inbox.follow(0, max_bytes=2**40)
        at_hub = Counter(
            group.stamp.project for entry in entries for group in codec.unpack(entry.body)
        )
        assert set(at_hub.values()) <= {1}, "INV-2: something is twice"
        for entry in entries:
            [group] = codec.unpack(entry.body)
            assert self.accepted[group.stamp.project] == entry.body, "INV-3: something is invented"
        books = account.measure(self.outbox)
        assert books.unaccounted == 0, "INV-6"
        assert books.accepted == len(self.accepted)
        kept = {
            group.stamp.project
            for entry in self.outbox.follow(0, max_bytes=2**40)
            if entry.lane in (0, 1)
            for group in codec.unpack(entry.body)
        }
        missing = set(self.accepted) - set(at_hub) - kept
        assert len(missing) == gaps, "INV-1: something is lost"
        if drained:
            assert len(set(self.accepted) - set(at_hub)) == gaps + books.quarantined, "INV-1"
            assert books.pending == 0
        self._check_contiguity()

    def _check_contiguity(self) -> None:
        sql = "select distinct o.node, o.epoch from origin o join head h on h.origin = o.id"
        for node, epoch in self.inbox.read(sql):
            origin = Origin(str(node), int(str(epoch)))
            for lane in (0, 1):
                there = {e.seq for e in self.inbox.entries(origin, lane, 0, max_bytes=2**40)}
                gaps = self.inbox.gaps(origin, lane)
                lost = {seq for gap in gaps for seq in range(gap.lo, gap.hi + 1)}
                cursor = self.inbox.cursor("link", origin, lane)
                assert there | lost == set(range(1, cursor + 1)), "INV-4: a hole, or behind cursor"
                assert not there & lost, "INV-4: both there and lost"


def flip(path: Path, at: int) -> None:
    """Turn one bit of a file, as a bad stick does."""
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)
