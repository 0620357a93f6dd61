"""The inbox's lanes on a real journal: rows and cursor agree, whatever fails."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import zstandard

from edge.events.codec import seal
from edge.journal.entry import Origin
from edge.journal.journal import Journal
from edge.protocol.apply import Outcome, apply_batch, apply_gap
from edge.protocol.batch import Item
from hub.inlet.inbox import LaneInbox, tips

ORIGIN = Origin("a" * 32, 2**63 - 1)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    made = Journal.open(tmp_path / "inbox.db", node="b" * 32)
    yield made
    made.close()


def items(first: int, last: int) -> list[Item]:
    bodies = [(seq, zstandard.compress(b"%d" % seq)) for seq in range(first, last + 1)]
    return [Item(seq, 2, 1, seq, seal(body), body) for seq, body in bodies]


def test_a_batch_is_stored_as_it_came_with_its_cursor(journal: Journal) -> None:
    """Number, generation, count, time, seal and bytes."""
    work = journal.submit(lambda t: apply_batch(LaneInbox(t, ORIGIN, 1), items(1, 3)))
    assert work.result(10) == Outcome(3, "applied", 3)
    found = journal.entries(ORIGIN, 1, 0)
    assert [Item(e.seq, e.generation, e.count, e.at, e.hash, e.body) for e in found] == items(1, 3)
    assert journal.cursor("link", ORIGIN, 1) == 3
    assert journal.cursor("link", ORIGIN, 0) == 0


def test_a_batch_that_fails_half_way_leaves_nothing(journal: Journal) -> None:
    """Rows and cursor agree for every node, always (faults 4 and 8)."""

    class Failing(LaneInbox):
        def store(self, item: Item) -> None:
            if item.seq == 2:
                raise OverflowError("the machine gives up here")
            super().store(item)

    work = journal.submit(lambda t: apply_batch(Failing(t, ORIGIN, 0), items(1, 3)))
    with pytest.raises(OverflowError):
        work.result(10)
    assert journal.entries(ORIGIN, 0, 0) == []
    assert journal.cursor("link", ORIGIN, 0) == 0
    again = journal.submit(lambda t: apply_batch(LaneInbox(t, ORIGIN, 0), items(1, 3)))
    assert again.result(10).cursor == 3


def test_gaps_are_recorded_with_their_reason_and_move_the_cursor(journal: Journal) -> None:
    """So the hub knows what will never come."""

    def work(transaction: object) -> None:
        lane = LaneInbox(transaction, ORIGIN, 0)  # type: ignore[arg-type]
        apply_batch(lane, items(1, 2))
        apply_gap(lane, 3, 9, "retention")
        apply_batch(lane, items(10, 10))

    journal.submit(work).result(10)
    assert [(gap.lo, gap.hi, gap.why) for gap in journal.gaps(ORIGIN, 0)] == [(3, 9, "retention")]
    assert journal.cursor("link", ORIGIN, 0) == 10


def test_the_tip_names_the_newest_entry_by_its_seal(journal: Journal) -> None:
    """An edge that was restored from a backup finds out by it."""
    journal.submit(lambda t: apply_batch(LaneInbox(t, ORIGIN, 0), items(1, 2))).result(10)
    first, second = tips(journal, ORIGIN.node, ORIGIN.epoch)
    assert (first.seq, first.generation, first.hash) == (2, 2, items(2, 2)[0].hash)
    assert (second.seq, second.hash) == (0, b"")
