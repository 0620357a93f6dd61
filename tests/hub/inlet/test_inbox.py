"""The inbox's lanes on a real journal: rows and cursor agree, whatever fails."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import zstandard

from edge.events.codec import pack, seal
from edge.events.entry import Group, Stamp
from edge.events.event import SignalRaw
from edge.events.raw import Idle
from edge.journal.entry import Origin
from edge.journal.erase import blank, blank_entries
from edge.journal.journal import Journal
from edge.protocol.apply import Outcome, apply_batch, apply_gap
from edge.protocol.batch import Item
from hub.inlet.inbox import LaneInbox, seals, tips

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
        def move(self, seq: int) -> None:
            super().move(seq)
            raise OverflowError("the machine gives up here")

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


def visited(seq: int, *sessions: str) -> Item:
    groups = [
        Group(
            stamp=Stamp(project="shop", received_at=1, session=session),
            events=[SignalRaw(n=seq, timestamp=1, payload=Idle(duration=1))],
        )
        for session in sessions
    ]
    body = pack(groups)
    return Item(seq, 0, len(groups), 1, seal(body), body)


def erase(journal: Journal, session: str) -> None:
    work = journal.submit(lambda t: blank_entries(t, [1], lambda _project, one: one == session))
    assert work.result(10) == 1


def apply(journal: Journal, *found: Item) -> Outcome:
    return journal.submit(lambda t: apply_batch(LaneInbox(t, ORIGIN, 0), found)).result(10)


def blanked(item: Item, session: str) -> Item:
    """The entry as an edge sends it after it erased *session* itself."""
    found = blank(item.body, lambda _project, one: one == session)
    assert found is not None
    return Item(item.seq, item.generation + 1, item.count, item.at, seal(found[0]), found[0])


def test_what_the_hub_erased_looks_like_no_forgery(journal: Journal) -> None:
    """The same bytes again, and those of an edge that erased another session, alarm nobody."""
    item = visited(1, "a" * 22, "b" * 22)
    apply(journal, item)
    erase(journal, "a" * 22)
    assert apply(journal, item) == Outcome(1, "duplicate")
    assert apply(journal, blanked(item, "b" * 22)) == Outcome(1, "duplicate")
    erase(journal, "b" * 22)
    assert apply(journal, blanked(item, "b" * 22)) == Outcome(1, "duplicate")


def test_other_bytes_in_the_generation_that_came_still_alarm(journal: Journal) -> None:
    """Also after the hub has erased something in the entry."""
    apply(journal, visited(1, "a" * 22, "b" * 22))
    erase(journal, "a" * 22)
    assert apply(journal, visited(1, "a" * 22, "c" * 22)).equivocal == (1,)


def test_the_tip_is_told_as_it_came(journal: Journal) -> None:
    """An edge whose newest entry was blanked by the hub must not believe that it lost one."""
    item = visited(1, "a" * 22, "b" * 22)
    apply(journal, item)
    erase(journal, "a" * 22)
    first, _ = tips(journal, ORIGIN.node, ORIGIN.epoch)
    assert (first.seq, first.generation, first.hash) == (1, 0, item.hash)


def test_seals_are_told_as_they_came(journal: Journal) -> None:
    """An edge compares them with what it sent; of others' entries it learns nothing."""
    first, second = visited(1, "a" * 22, "b" * 22), visited(2, "c" * 22, "b" * 22)
    apply(journal, first, second)
    erase(journal, "a" * 22)
    where = ORIGIN.node, ORIGIN.epoch
    came = {1: (first.generation, first.hash), 2: (second.generation, second.hash)}
    assert seals(journal, *where, 0, 1, 9) == came
    assert seals(journal, *where, 0, 2, 2) == {2: came[2]}
    assert seals(journal, *where, 1, 1, 9) == {}
    assert seals(journal, "b" * 32, ORIGIN.epoch, 0, 1, 9) == {}
