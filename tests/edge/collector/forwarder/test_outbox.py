"""What the sender is given of a journal: whole entries, and a reason for everything else."""

from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.collector.forwarder.outbox import Outbox
from edge.collector.operations import retention
from edge.events.entry import Group, Stamp
from edge.journal import account
from edge.journal.journal import Journal
from edge.protocol.outlane import Hole, OutLane

NODE = "a" * 32
ENTRIES = 12


def write(journal, count: int) -> None:
    group = Group(stamp=Stamp(project="shop", received_at=1), events=[None, None])
    for _ in range(count):
        journal.submit(lambda tx: tx.append(1, group)).result()


@pytest.fixture
def journal(tmp_path):
    made = Journal.open(tmp_path / "journal.db", node=NODE)
    write(made, ENTRIES)
    yield made
    made.close()


def sent(outbox) -> tuple[set[int], dict[int, str]]:
    """Return which numbers a lane would send as entries, and which as gaps with their reason."""
    lane, entries, holes = OutLane(1), set(), {}
    while found := lane.next(outbox, 10_000, 10_000):
        if isinstance(found, Hole):
            holes |= dict.fromkeys(range(found.lo, found.hi + 1), found.why)
            lane.sent = found.hi
        else:
            entries |= {entry.seq for entry in found}
            lane.sent = found[-1].seq
    return entries, holes


def settle(journal) -> account.Account:
    journal.submit(lambda _: None).result()
    return account.measure(journal)


def test_a_broken_seal_is_put_aside_for_good(journal):
    """It is kept, never sent, told as a gap, counted apart; also by the next process."""
    own = journal.own
    journal.submit(
        lambda tx: tx.connection.execute("update entry set body = zeroblob(9) where seq = 5")
    ).result()
    for _ in range(2):
        entries, holes = sent(Outbox(journal, own))
        assert (entries, holes) == ({*range(1, 13)} - {5}, {5: "quarantine"})
        measured = settle(journal)
        assert (measured.pending, measured.quarantined, measured.unaccounted) == (22, 2, 0)


def test_what_the_hub_refused_stays_aside(journal):
    """With the hub's reason; when it is acknowledged as a gap it is not counted as delivered."""
    own = journal.own
    outbox = Outbox(journal, own)
    outbox.quarantine(1, 3, "decode", at=1)
    outbox.quarantine(1, 3, "decode", at=2)
    outbox.record(1, 6)
    measured = settle(journal)
    assert (measured.delivered, measured.quarantined, measured.pending) == (10, 2, 12)
    assert measured.unaccounted == 0
    assert sent(Outbox(journal, own))[1] == {3: "decode"}
    assert outbox.quarantined == {0: 0, 1: 1}


MOVES = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.integers(1, 4), st.just(0)),
        st.tuples(st.just("acknowledge"), st.integers(0, 40), st.just(0)),
        st.tuples(st.just("quarantine"), st.integers(1, 40), st.just(0)),
        st.tuples(st.just("gap"), st.integers(1, 20), st.integers(1, 20)),
        st.tuples(st.just("end"), st.integers(1, 20), st.just(0)),
    ),
    max_size=25,
)


def _acknowledge(tx, *, own, n, head, **_):
    account.acknowledge(tx, own, 1, n % (head + 1))


def _quarantine(tx, *, own, n, head, **_):
    if head:
        account.quarantine(tx, own, 1, 1 + n % head, "x", at=1)


def _end(tx, *, n, more, **_):
    rows = tx.connection.execute(
        "select position, origin, seq from entry where lane = 1 order by position limit ?",
        (n + more,),
    ).fetchall()
    retention.remove(tx, 1, rows, why="retention" if more else "disk_policy", now=1)


MOVE = {"acknowledge": _acknowledge, "quarantine": _quarantine, "end": _end, "gap": _end}


@settings(max_examples=60)
@given(MOVES)
def test_the_account_holds_whatever_happens(tmp_path_factory, moves):
    """INV-6: any order of writing, acknowledging, putting aside, dropping and ending."""
    journal = Journal.open(tmp_path_factory.mktemp("account") / "journal.db", node=NODE)
    own = journal.own
    try:
        for what, one, other in moves:
            if what == "write":
                write(journal, one)
            else:
                work = partial(MOVE[what], own=own, n=one, more=other, head=journal.heads[1])
                journal.submit(work).result()
            measured = settle(journal)
            assert measured.unaccounted == 0, (what, measured)
            assert min(measured.delivered, measured.pending, measured.gap) >= 0
        entries, holes = sent(Outbox(journal, own))
        assert entries | holes.keys() == {*range(1, journal.heads[1] + 1)}
    finally:
        journal.close()
