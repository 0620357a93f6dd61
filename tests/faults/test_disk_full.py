"""
The disk of an edge is full (faults 10, 11, 13 and 34 of edge-and-link.md section 5).

Real processes, a real file system of a few MiB, real SQLite limits. Each test shows that
the disk was full, that nothing acknowledged is lost, and that it heals without a restart.
"""

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from tests.faults.posting import browser_events, gaps, metrics, visitor
from tests.faults.small_disk import EdgeOnSmallDisk
from tests.stack import Process, Stack, answers, wait_for

MIB = 2**20
FREE_RATES = ("--session-rate", "0", "--project-rate", "0")


@pytest.fixture
def stack(tmp_path):
    made = Stack(tmp_path)
    yield made
    for process in (made.edge, made.hub):
        if process.process is not None and process.process.poll() is None:
            process.stop()


def edge_of(stack, *more):
    """The arguments of the stack's edge, without its data folder, and *more*."""
    given = list(stack.edge.arguments)
    at = given.index("--data")
    return [*given[:at], *given[at + 2 :], *FREE_RATES, *more]


def on_small_disk(stack, mib, *more, full=False) -> EdgeOnSmallDisk:
    stack.edge = EdgeOnSmallDisk(
        *edge_of(stack, *more),
        data=stack.folder / "edge",
        mib=mib,
        log=stack.folder / "edge.log",
        full=full,
    )
    stack.edge.start()
    wait_for(lambda: answers(f"{stack.edge_url}/health"), what="the edge")
    return stack.edge


def someone(stack):
    made = visitor(stack.edge_url, stack.project)
    made.grant()
    return made


def probes(stack):
    return answers(f"{stack.edge_url}/ready")


def until_refused(who, most=400):
    """Send large batches until one is refused; return that answer and its batch."""
    for _ in range(most):
        batch = who.batch(count=300, size=60)
        answer = who.send(batch)
        if answer.status_code != 202:
            return answer, batch
    raise AssertionError("the disk never got full")


def copied(path, copy):
    """Copy the journal at *path*, in which SQLite must find nothing wrong; return the copy."""
    for part in ("", "-wal"):
        if path.with_name(path.name + part).exists():
            shutil.copyfile(path.with_name(path.name + part), copy.with_name(copy.name + part))
    with closing(sqlite3.connect(copy)) as seen:
        assert seen.execute("pragma integrity_check").fetchone() == ("ok",)
    return copy


def refuses(answer) -> bool:
    assert answer.status_code == 503, (answer.status_code, answer.text)
    assert int(answer.headers["Retry-After"]) > 0
    return answer.json()["error"] in ("disk_full", "overloaded")


@pytest.mark.fault(10)
def test_a_full_disk_refuses_and_heals_when_there_is_space(stack, tmp_path):
    """
    Fault 10: 503 and Retry-After, not ready, alive; what was acknowledged stays whole.

    A withdrawal and a deletion are taken all the same, and what was deleted is gone.
    """
    edge = on_small_disk(stack, 40, "--ballast-mb", "4")
    who, second, third = someone(stack), someone(stack), someone(stack)
    who.send(count=100)
    third.send(count=5)
    filler = edge.fill()
    refused, batch = until_refused(who)
    assert refuses(refused)
    wait_for(lambda: probes(stack).status_code == 503, what="not ready")
    assert "disk" in str(probes(stack).json()["probes"]["disk"])
    assert answers(f"{stack.edge_url}/health").status_code == 200
    wait_for(lambda: not (edge.folder / "ballast").exists(), what="the ballast to go")
    assert metrics(stack.edge_url)["flowback_edge_commits_failed_total"] > 0, "no ENOSPC"
    assert edge.process.poll() is None
    # Consent goes first (E6): who takes it back is heard where nobody's yes is.
    assert refuses(visitor(stack.edge_url, stack.project).grant_once())
    assert second.withdraw().status_code == 200
    deleted = third.delete()
    assert deleted.status_code == 200, deleted.text
    assert deleted.json()["erased"] >= 5, "its events, and what its consent says"
    assert probes(stack).status_code == 503, "the disk is full no longer"

    filler.unlink()
    wait_for(lambda: probes(stack).status_code == 200, what="ready again without a restart")
    assert who.send(batch).status_code == 202
    found = browser_events(copied(edge.folder / "journal.db", tmp_path / "copy.db"))
    assert {event for event, n in found.items() if n == 1} == who.acknowledged
    assert metrics(stack.edge_url)["flowback_edge_unaccounted"] == 0
    wait_for((edge.folder / "ballast").exists, what="the ballast again")


@pytest.mark.fault(11)
def test_a_full_disk_drains_to_the_hub_and_takes_in_again(stack, tmp_path):
    """Fault 11: deleting needs room to write in; the ballast gives it, the disk stays full."""
    edge = on_small_disk(stack, 40, "--ballast-mb", "4")
    who = someone(stack)
    for _ in range(60):
        who.send(count=300, size=60)
    filler = edge.fill()
    refused, batch = until_refused(who)
    assert refuses(refused)
    wait_for(lambda: probes(stack).status_code == 503, what="not ready")

    stack.hub.start()
    wait_for(lambda: who.send(batch).status_code == 202, seconds=60, what="to be taken in again")
    assert filler.exists(), "the disk is as full as before"
    inbox = stack.folder / "hub" / "inbox.db"
    wait_for(lambda: who.acknowledged <= browser_events(inbox).keys(), what="all at the hub")
    assert {event: n for event, n in browser_events(inbox).items() if n > 1} == {}
    wait_for(lambda: _drained(metrics(stack.edge_url)), what="no backlog")
    assert [gap for gap in gaps(inbox) if gap[0] != 2] == []
    copied(edge.folder / "journal.db", tmp_path / "copy.db")


def test_an_edge_starts_on_a_full_disk(stack):
    """It lives, says why nothing is taken in, and what waits is sent: the ballast is let go."""
    started(stack, "--ballast-mb", "4")
    who = someone(stack)
    who.send(count=50)
    wait_for((stack.folder / "edge" / "ballast").exists, what="the ballast")
    assert stack.edge.stop() == 0
    edge = on_small_disk(stack, 24, "--ballast-mb", "4", full=True)
    assert not (edge.folder / "ballast").exists()
    assert (edge.folder / "somebody-elses.file").stat().st_size > 10 * MIB, "it was not full"
    assert probes(stack).status_code == 503
    assert "full" in probes(stack).json()["probes"]["disk"]
    stack.hub.start()
    inbox = stack.folder / "hub" / "inbox.db"
    wait_for(lambda: answers(f"{stack.hub_url}/health"), what="the hub")
    wait_for(lambda: who.acknowledged <= browser_events(inbox).keys(), what="all at the hub")
    (edge.folder / "somebody-elses.file").unlink()
    wait_for(lambda: probes(stack).status_code == 200, what="ready again")
    assert who.send(count=5).status_code == 202


def _drained(figures) -> bool:
    backlog = [value for name, value in figures.items() if "backlog_entries" in name]
    return sum(backlog) == 0 and figures["flowback_edge_unaccounted"] == 0


def started(stack, *more):
    stack.edge = Process(
        *edge_of(stack, *more), "--data", str(stack.folder / "edge"), log=stack.folder / "edge.log"
    )
    stack.edge.start()
    wait_for(lambda: answers(f"{stack.edge_url}/health"), what="the edge")


@pytest.mark.fault(13)
def test_a_journal_at_its_budget_refuses_and_stays_within_it(stack):
    """Fault 13, refuse: 503 while the hub is away; the sizes are what was configured."""
    started(stack, "--disk-mb", "2", "--ballast-mb", "1")
    who = someone(stack)
    refused, batch = until_refused(who)
    assert refuses(refused)
    wait_for(lambda: probes(stack).status_code == 503, what="not ready")
    folder = stack.folder / "edge"
    assert (folder / "journal.db").stat().st_size <= 2 * MIB
    assert (folder / "journal.db-wal").stat().st_size <= 64 * MIB
    found = browser_events(folder / "journal.db")
    assert {event for event, n in found.items() if n == 1} == who.acknowledged

    stack.hub.start()
    wait_for(lambda: who.send(batch).status_code == 202, seconds=60, what="room again")
    assert who.acknowledged >= {(who.stream, event["n"]) for event in batch["events"]}


@pytest.mark.fault(13)
def test_the_oldest_go_where_the_operator_chose_so(stack):
    """Fault 13, drop_oldest: all is taken in, and each entry that went is in a declared gap."""
    started(stack, "--disk-mb", "2", "--ballast-mb", "1", "--when-full", "drop_oldest")
    who = someone(stack)
    dropped = "flowback_edge_disk_dropped_bytes_total"
    while not metrics(stack.edge_url)[dropped]:
        for batch in [who.batch(count=300, size=60) for _ in range(20)]:
            wait_for(lambda batch=batch: who.send(batch).status_code == 202, what="to be taken in")
    path = stack.folder / "edge" / "journal.db"
    kept = browser_events(path)
    assert len(kept) < len(who.acknowledged), "nothing had to go"
    assert path.stat().st_size <= 2 * MIB

    declared = [(lo, hi) for lane, lo, hi, why in gaps(path) if (lane, why) == (1, "disk_policy")]
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as seen:
        (head,) = seen.execute("select seq from head where lane = 1").fetchone()
        (there,) = seen.execute("select count(*) from entry where lane = 1").fetchone()
        (events,) = seen.execute("select sum(events) from gap where lane = 1").fetchone()
    assert sum(hi - lo + 1 for lo, hi in declared) == head - there
    assert events == len(who.acknowledged) - len(kept)
    wait_for(
        lambda: metrics(stack.edge_url)["flowback_edge_gap_events"] == events, what="the account"
    )
    assert metrics(stack.edge_url)["flowback_edge_unaccounted"] == 0


READER = """
import sqlite3, sys
held = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
rows = held.execute("select position from entry")
rows.fetchone()
print("reading", flush=True)
sys.stdin.read()
"""


@pytest.mark.fault(34)
def test_a_reader_cannot_let_the_log_grow_without_end(stack):
    """Fault 34: at its cap nothing is taken in, and it says why; without the reader it heals."""
    started(stack, "--wal-mb", "5")
    who = someone(stack)
    who.send(count=10)
    who.send(count=10)
    path = stack.folder / "edge" / "journal.db"
    wal = path.with_name("journal.db-wal")
    reader = subprocess.Popen(
        [sys.executable, "-c", READER, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with reader:
        assert reader.stdout.readline() == b"reading\n"
        refused, batch = until_refused(who, most=2000)
        assert refuses(refused)
        assert "a reader holds the write-ahead log" in probes(stack).json()["probes"]["disk"]
        assert 5 * MIB <= wal.stat().st_size <= 7 * MIB, wal.stat().st_size
        reader.kill()
    wait_for(lambda: probes(stack).status_code == 200, what="ready again")
    assert wal.stat().st_size <= 16 * MIB
    assert who.send(batch).status_code == 202
    found = browser_events(path)
    assert {event for event, n in found.items() if n == 1} == who.acknowledged
