"""The oracle itself: it must see each kind of break, or it proves nothing."""

import pytest

from edge.events import codec
from edge.events.entry import Group, Stamp
from edge.events.event import SignalRaw
from edge.events.raw import Click
from edge.journal.entry import Origin
from edge.journal.journal import Journal
from edge.protocol.apply import apply_batch, apply_gap
from edge.protocol.batch import Item
from hub.inlet.inbox import CURSOR, LaneInbox
from tests.oracle import AtHub

ORIGIN = Origin("a" * 32, 1)


def item(seq: int, n: int) -> Item:
    """An entry with the click number *n* of one stream."""
    click = SignalRaw(n=n, timestamp=1, page="/", payload=Click(target="b"))
    stamp = Stamp(project="shop", received_at=1, session="s" * 22, stream="t" * 11)
    body = codec.pack([Group(stamp=stamp, events=[click])])
    return Item(seq, 0, 1, 1, codec.seal(body), body)


@pytest.fixture
def inbox(tmp_path):
    made = Journal.open(tmp_path / "inbox.db", node="hub")
    yield made
    made.close()


def store(inbox, *items):
    inbox.submit(lambda tx: apply_batch(LaneInbox(tx, ORIGIN, 0), items)).result(10)


def sql(inbox, statement, *arguments):
    inbox.submit(lambda tx: tx.connection.execute(statement, arguments) and None).result(10)


def test_a_whole_inbox_is_read_as_it_grows(inbox):
    seen = AtHub(inbox.path)
    store(inbox, item(1, 1), item(2, 2))
    seen.look()
    inbox.submit(lambda tx: apply_gap(LaneInbox(tx, ORIGIN, 0), 3, 4, "disk_policy")).result(10)
    store(inbox, item(5, 5))
    seen.look()
    assert (seen.entries, seen.gaps, seen.doubled) == (3, 2, [])
    assert sorted(n for _, n in seen.events) == [1, 2, 5]


def test_an_event_that_is_there_twice_is_seen(inbox):
    seen = AtHub(inbox.path)
    store(inbox, item(1, 7), item(2, 7))
    seen.look()
    assert seen.doubled == [("t" * 11, 7)]


@pytest.mark.parametrize(
    ("harm", "invariant"),
    [
        ("delete from entry where seq = 2", "INV-4"),
        ("delete from entry where seq = 3", "INV-4"),
        (f"update cursor set seq = 9 where name = '{CURSOR}'", "INV-4"),
        (f"update cursor set seq = 2 where name = '{CURSOR}'", "INV-4"),
        ("update entry set body = x'00' where seq = 2", "INV-3"),
    ],
)
def test_a_hole_and_an_altered_entry_are_seen(inbox, harm, invariant):
    store(inbox, item(1, 1), item(2, 2), item(3, 3))
    sql(inbox, harm)
    with pytest.raises(AssertionError, match=invariant):
        AtHub(inbox.path).look()


def test_a_cursor_that_goes_back_is_seen(inbox):
    seen = AtHub(inbox.path)
    store(inbox, item(1, 1), item(2, 2))
    seen.look()
    sql(inbox, "delete from entry where seq = 2")
    sql(inbox, f"update cursor set seq = 1 where name = '{CURSOR}'")
    with pytest.raises(AssertionError, match="INV-5"):
        seen.look()
