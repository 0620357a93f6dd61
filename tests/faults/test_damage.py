"""
Bytes that changed on the disk of an edge (faults 14 to 17 of edge-and-link.md section 5).

Real edge, real hub, real files: the edge is ended, its journal is hurt, it is started
again. What was acknowledged and not hurt is at the hub once; what is lost is declared.
"""

import shutil
import sqlite3
from contextlib import closing

import pytest

from tests.faults.posting import browser_events, gaps, metrics, visitor
from tests.stack import running, wait_for

PAGE = 4096


@pytest.fixture
def stack(tmp_path):
    with running(tmp_path) as started:
        yield started


@pytest.fixture
def someone(stack):
    made = visitor(stack.edge_url, stack.project)
    made.grant()
    return made


def journal(stack):
    return stack.folder / "edge" / "journal.db"


def inbox(stack):
    return stack.folder / "hub" / "inbox.db"


def rows(path, sql):
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as seen:
        return seen.execute(sql).fetchall()


def without_hub(stack, work) -> None:
    """Let the edge do *work* while the hub is away, and end both."""
    stack.hub.stop()
    work()
    stack.edge.kill()


def checkpoint(stack) -> None:
    """Bring the write-ahead log of the ended edge into its file."""
    with closing(sqlite3.connect(journal(stack))) as file:
        file.execute("pragma wal_checkpoint(truncate)")


def start_again(stack) -> None:
    stack.hub.start()
    stack.edge.start()
    stack.wait_ready()


def arrived(stack, wanted) -> None:
    wait_for(lambda: wanted <= browser_events(inbox(stack)).keys(), what="events at the hub")
    twice = {event: n for event, n in browser_events(inbox(stack)).items() if n > 1}
    assert twice == {}
    wait_for(lambda: metrics(stack.edge_url)["flowback_edge_accepted_events"], what="the account")
    assert metrics(stack.edge_url)["flowback_edge_unaccounted"] == 0


@pytest.mark.fault(15)
def test_a_flipped_bit_in_a_row_costs_that_row_alone(stack, someone):
    """Fault 15: SQLite finds nothing wrong; the seal does; its neighbours are delivered."""
    without_hub(stack, lambda: [someone.send(count=5) for _ in range(9)])
    checkpoint(stack)
    path = journal(stack)
    (seq, body) = rows(path, "select seq, body from entry where lane = 1 order by seq")[4]
    data = path.read_bytes()
    at = data.index(body[-24:])  # the end of the body, wherever its page lies
    with path.open("r+b") as file:
        file.seek(at)
        file.write(bytes([data[at] ^ 1]))
    assert rows(path, "pragma integrity_check") == [("ok",)], "or the fault was another"

    start_again(stack)
    hurt = {(someone.stream, n) for n in range(21, 26)}
    arrived(stack, someone.acknowledged - hurt)
    wait_for(lambda: (1, seq, seq, "quarantine") in gaps(inbox(stack)), what="the gap at the hub")
    assert not hurt & browser_events(inbox(stack)).keys()
    [(why, events)] = rows(path, "select why, events from quarantine")
    assert (why, events) == ("quarantine", 5)


@pytest.mark.fault(16)
def test_a_damaged_page_is_mended_at_the_start(stack, someone):
    """Fault 16: it opens, the bad file is kept, whole rows delivered, others declared."""
    someone.send(count=5)
    arrived(stack, someone.acknowledged)
    without_hub(stack, lambda: [someone.send(count=20, size=60) for _ in range(60)])
    checkpoint(stack)
    path = journal(stack)
    pages = path.stat().st_size // PAGE
    with path.open("r+b") as file:
        for page in (pages // 2, pages // 2 + 1):
            file.seek(page * PAGE)
            file.write(b"\xa5" * PAGE)

    stack.hub.start()
    stack.edge.start()
    wait_for(lambda: len(rows(path, "select epoch from origin")) == 2, what="an epoch")
    stack.wait_ready()
    someone.send(count=5)
    kept = {event for event in browser_events(path) if event in someone.acknowledged}
    arrived(stack, kept)
    lost = {seq for lane, lo, hi, _ in gaps(path) if lane == 1 for seq in range(lo, hi + 1)}
    seqs = {seq for (seq,) in rows(path, "select seq from entry where lane = 1 and origin = 1")}
    assert lost, "nothing was hurt"
    assert seqs | lost >= {*range(2, 62)}
    wait_for(
        lambda: any(lane == 1 and why == "salvage" for lane, _, _, why in gaps(inbox(stack))),
        what="the gap at the hub",
    )
    assert len(list(path.parent.glob("journal.db.*.corrupt"))) == 1
    assert len(someone.acknowledged - kept) == 20 * len(lost)


@pytest.mark.fault(14)
def test_a_lost_end_is_declared_to_the_hub(stack, someone):
    """Fault 14: a bit flip in the middle of the write-ahead log takes its end; not in silence."""
    without_hub(stack, lambda: [someone.send(count=5) for _ in range(40)])
    path = journal(stack)
    before = browser_events(path)
    wal = path.with_name("journal.db-wal")
    with wal.open("r+b") as file:
        file.seek(wal.stat().st_size // 2)
        file.write(b"\xff" * 8)

    stack.hub.start()
    stack.edge.start()
    stack.wait_ready()
    after = browser_events(path)
    lost = len(before) - len(after)
    assert lost > 0, "nothing was hurt"
    arrived(stack, set(after))
    declared = [(lo, hi) for lane, lo, hi, why in gaps(path) if (lane, why) == (1, "lost_end")]
    assert sum(hi - lo + 1 for lo, hi in declared) * 5 == lost
    wait_for(lambda: (1, *declared[0], "lost_end") in gaps(inbox(stack)), what="the gap at the hub")


@pytest.mark.parametrize("with_mark", [False, True], ids=["file alone", "whole folder"])
@pytest.mark.fault(17)
def test_a_journal_from_a_backup_swallows_nothing_new(stack, someone, tmp_path, with_mark):
    """Fault 17: the hub knows more than the journal; what comes now arrives, nothing twice."""
    someone.send(count=5)
    arrived(stack, someone.acknowledged)
    assert stack.edge.stop() == 0
    names = ["journal.db", *(["journal.high"] if with_mark else [])]
    for name in names:
        shutil.copy(journal(stack).with_name(name), tmp_path / name)
    stack.edge.start()
    stack.wait_ready()
    [someone.send(count=5) for _ in range(8)]
    arrived(stack, someone.acknowledged)
    assert stack.edge.stop() == 0
    for name in names:
        shutil.copy(tmp_path / name, journal(stack).with_name(name))

    stack.edge.start()
    later = visitor(stack.edge_url, stack.project)
    wait_for(lambda: _answers(stack), what="the edge")
    later.grant()
    [later.send(count=5) for _ in range(3)]
    arrived(stack, someone.acknowledged | later.acknowledged)
    epochs = rows(journal(stack), "select epoch from origin")
    assert len(epochs) == (2 if with_mark else 1)


def _answers(stack) -> bool:
    from tests.stack import answers

    return answers(f"{stack.edge_url}/health") is not None
