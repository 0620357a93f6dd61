"""
Faults 1, 2 and 19 of edge-and-link.md, section 5, on a real edge and a real hub: an edge that
is killed just before and just after a commit, and events that come more than once.

The invariants are those of that page: what was acknowledged is at the hub (1), once (2), as it
was sent (3), in numbers without holes (4); the account is even (6); afterwards all goes on (7);
and the fault has really happened (8).
"""

import signal
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import httpx2
import pytest

from edge.events import codec
from edge.events.event import SignalRaw
from edge.journal.verify import verify
from tests.faults import killed_edge
from tests.faults.posting import browser_events, metrics, visitor
from tests.stack import ROOT, Process, running, wait_for

PROGRAM = ROOT / "tests" / "faults" / "killed_edge.py"


class KilledEdge(Process):
    """An edge that ends at the commit of the batch whose page says so."""

    def __init__(self, mode: str, like: Process) -> None:
        super().__init__(*like.arguments, log=like.log)
        self.mode = mode

    def start(self) -> None:
        with self.log.open("ab") as file:
            command = [sys.executable, str(PROGRAM), self.mode, *self.arguments]
            self.process = subprocess.Popen(command, stdout=file, stderr=file, cwd=ROOT)


@pytest.fixture
def stack(tmp_path):
    with running(tmp_path) as started:
        yield started


def journal(stack):
    return stack.folder / "edge" / "journal.db"


def inbox(stack):
    return stack.folder / "hub" / "inbox.db"


def last(batch):
    """Return *batch* as the one at whose commit the edge ends."""
    batch["events"][-1]["page"] = killed_edge.LAST
    return batch


def clicks(of, count):
    """Return a batch of clicks that can be told apart by where they were made."""
    batch = of.batch(count)
    for event in batch["events"]:
        event["payload"]["x"] = event["n"] / 8
    return batch


def keys(of, batch):
    return {(of.stream, event["n"]) for event in batch["events"]}


def killed_while(stack, mode, of):
    """Post a batch to an edge that is killed at its commit; return the batch."""
    usual = stack.edge
    assert usual.stop() == 0
    killed = KilledEdge(mode, usual)
    killed.start()
    stack.wait_ready()
    assert of.send(count=5).status_code == 202
    batch = last(clicks(of, 8))
    with pytest.raises(httpx2.HTTPError):
        of.send(batch)
    assert killed.process.wait(10) == -signal.SIGKILL
    assert not keys(of, batch) & of.acknowledged
    return batch


def all_is_well(stack, of, *batches):
    """Hold the invariants once everything has arrived."""
    probe = clicks(of, 1)
    assert of.send(probe).status_code == 202
    wait_for(
        lambda: of.acknowledged <= browser_events(inbox(stack)).keys(),
        what="what was acknowledged, and the probe, at the hub",
    )
    found = browser_events(inbox(stack))
    assert {key: count for key, count in found.items() if count > 1} == {}
    assert set(found) == of.acknowledged
    sent = {
        (of.stream, event["n"]): (event["page"], event["payload"]["x"])
        for batch in (*batches, probe)
        for event in batch["events"]
    }
    got = events(inbox(stack))
    assert {key: got[key] for key in sent} == sent
    for path in (journal(stack), inbox(stack)):
        assert verify(path).problems == []
        assert holes(path) == []
    assert metrics(stack.edge_url)["flowback_edge_unaccounted"] == 0


def events(path):
    """Return (stream, n) → (page, x) of each raw event in the journal at *path*."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as file:
        return {
            (group.stamp.stream, event.n): (event.page, event.payload.x)
            for (body,) in file.execute("select body from entry").fetchall()
            for group in codec.unpack(body)
            for event in group.events
            if isinstance(event, SignalRaw)
        }


def holes(path):
    """Return each lane whose numbers are not 1, 2, 3, … up to its head."""
    question = (
        "select e.origin, e.lane, count(*), min(e.seq), max(e.seq), h.seq from entry e"
        " join head h on h.origin = e.origin and h.lane = e.lane group by e.origin, e.lane"
    )
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as file:
        rows = file.execute(question).fetchall()
    assert rows
    return [row for row in rows if not (row[3] == 1 and row[2] == row[4] == row[5])]


@pytest.mark.fault(1)
def test_fault_1_an_edge_killed_before_its_commit_has_promised_nothing(stack):
    """No answer and no row; sent again, each event is at the hub once."""
    of = visitor(stack.edge_url, stack.project)
    of.grant()
    batch = killed_while(stack, "before", of)
    assert not keys(of, batch) & browser_events(journal(stack)).keys()

    stack.edge.start()
    stack.wait_ready()
    answer = of.send(batch).json()
    assert (answer["accepted"], answer["duplicate"]) == (8, 0)
    all_is_well(stack, of, batch)


@pytest.mark.fault(2)
def test_fault_2_an_edge_killed_after_its_commit_knows_what_it_has(stack):
    """No answer, but the rows are there; sent again, they are known, and at the hub once."""
    of = visitor(stack.edge_url, stack.project)
    of.grant()
    batch = killed_while(stack, "after", of)
    assert keys(of, batch) <= browser_events(journal(stack)).keys()

    stack.edge.start()
    stack.wait_ready()
    answer = of.send(batch).json()
    assert (answer["accepted"], answer["duplicate"]) == (0, 8)
    all_is_well(stack, of, batch)


@pytest.mark.fault(19)
def test_fault_19_what_comes_twice_is_there_once_and_burns_no_number(stack):
    """Within a batch, between batches, and from many senders at once."""
    of = visitor(stack.edge_url, stack.project)
    of.grant()
    batch = clicks(of, 10)
    twice = {**batch, "events": batch["events"] + batch["events"][:4]}
    answer = of.send(twice).json()
    assert (answer["accepted"], answer["duplicate"]) == (10, 4)

    before = metrics(stack.edge_url)["flowback_edge_events_duplicate_total"]
    lanes = heads(stack)
    for _ in range(20):
        assert of.send(batch).json()["duplicate"] == 10
    assert heads(stack) == lanes
    assert metrics(stack.edge_url)["flowback_edge_events_duplicate_total"] == before + 200

    fresh = clicks(of, 12)
    parts = [{**fresh, "events": fresh["events"][start : start + 6]} for start in range(7)]
    with ThreadPoolExecutor(8) as pool:
        answers = [one.json() for one in pool.map(of.send, parts * 4)]
    assert sum(each["accepted"] for each in answers) == 12
    assert sum(each["duplicate"] for each in answers) == 7 * 4 * 6 - 12
    all_is_well(stack, of, batch, fresh)


def heads(stack):
    with closing(sqlite3.connect(f"file:{journal(stack)}?mode=ro", uri=True)) as file:
        return file.execute("select origin, lane, seq from head order by 1, 2").fetchall()
