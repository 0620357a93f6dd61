"""
A backlog of ten million events (fault 33): the edge starts as fast as without one, takes
no more memory for it, and what visitors do now does not wait behind it.
"""

import os
import signal
import subprocess
import sys
import time
from importlib import resources
from pathlib import Path

import pytest

from edge import keys
from edge.events import codec
from edge.events.entry import Group, Stamp
from edge.events.event import SignalRaw
from edge.events.raw import Click
from edge.journal.journal import Journal
from edge.projects import ProjectBook, make
from tests.faults.posting import metrics, visitor
from tests.stack import ROOT, Process, answers, free_ports, wait_for

ENTRIES, EACH = 20_000, 500
MIB = 2**20
MANY = """
with recursive n(x) as (select 1 union all select x + 1 from n where x < ?)
insert into entry (position, origin, lane, seq, generation, count, at, hash, body)
select x, 1, 1, x, 0, ?, ?, ?, ? from n
"""


def backlog(folder) -> None:
    """Write the entries as so many commits would have: real bodies under real seals."""
    schema = resources.files("edge.collector").joinpath("schema.sql").read_text()
    node = keys.EdgeKeys.load(folder).node
    journal = Journal.open(folder / "journal.db", node=node, schema=schema)
    events = [SignalRaw(timestamp=1, n=n, payload=Click(target=f"a#b{n}")) for n in range(EACH)]
    stamp = Stamp(project="shop", received_at=1, session="A" * 22, stream="B" * 11)
    body = codec.pack([Group(stamp=stamp, events=events)])
    now = int(time.time() * 1000)

    def work(tx):
        tx.origin_id(tx.own)
        tx.connection.execute(MANY, (ENTRIES, EACH, now, codec.seal(body), body))
        tx.connection.execute("insert into head values (1, 1, ?, ?)", (ENTRIES, ENTRIES * EACH))
        tx.advance(ENTRIES)

    journal.submit(work).result(120)
    journal.close()


class Edge:
    def __init__(self, folder, hub: str) -> None:
        [port] = free_ports(1)
        self.folder = folder / "edge"
        self.url = f"http://127.0.0.1:{port}"
        self.project = make("shop", origins=["https://shop.example"], demo=True)
        ProjectBook.open(self.folder).add(self.project)
        self.process = Process(
            *("edge", "--data", str(self.folder), "--port", str(port), "--hub", hub),
            *("--region", "DE"),
            log=folder / "edge.log",
        )

    def first_202(self) -> tuple[float, float]:
        """Start, and return the seconds of work, and of time, until the first 202 for a batch."""
        began = time.monotonic()
        self.process.start()
        wait_for(lambda: answers(f"{self.url}/health"), what="the edge")
        who = visitor(self.url, self.project)
        who.grant()
        assert who.send(count=5).status_code == 202
        return self.work(), time.monotonic() - began

    def work(self) -> float:
        """Return the processor time of the process so far: others' load does not count."""
        stat = Path(f"/proc/{self.process.process.pid}/stat").read_text()
        user, system = stat.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def rss(self) -> int:
        """Return the most memory that the process ever had, bytes."""
        status = Path(f"/proc/{self.process.process.pid}/status").read_text()
        lines = dict(line.split(":", 1) for line in status.splitlines())
        return int(lines["VmHWM"].split()[0]) * 1024


@pytest.fixture
def hub(tmp_path):
    """A hub's inlet as a process of its own; the fixture's value starts it."""
    for name in ("small", "big"):
        (tmp_path / name).mkdir()
        keys.pair_demo(tmp_path / name / "edge", tmp_path / "hub", name=name)
    [port] = free_ports(1)
    made = {"address": f"tcp://127.0.0.1:{port}", "process": None}

    def start():
        script = ROOT / "tests" / "integration" / "link_hub.py"
        made["process"] = subprocess.Popen(
            [sys.executable, str(script), str(tmp_path / "hub"), made["address"]],
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env={"PYTHONPATH": str(ROOT)},
        )

    made["start"] = start
    yield made
    if made["process"] is not None:
        made["process"].send_signal(signal.SIGKILL)
        made["process"].communicate()


@pytest.fixture
def edges(tmp_path, hub):
    small, big = (Edge(tmp_path / name, hub["address"]) for name in ("small", "big"))
    backlog(big.folder)
    yield small, big
    for edge in (small, big):
        if edge.process.process is not None and edge.process.process.poll() is None:
            edge.process.stop(seconds=20)


@pytest.mark.fault(33)
def test_ten_million_events_delay_no_start_and_take_no_memory(edges, hub):
    """
    A second of work and 64 MiB more than an empty journal at the most, also while it drains.

    Reading the backlog once would take many seconds of work. A quiet machine answers
    within 2 s; the bound on time is for a busy one, and finds a start that waits.
    """
    small, big = edges
    without, _ = small.first_202()
    base = small.rss()
    small.process.stop()
    took, waited = big.first_202()
    assert took - without < 1.0, (took, without)
    assert waited < 20.0, waited
    pending = "flowback_edge_pending_events"
    wait_for(lambda: metrics(big.url)[pending] > ENTRIES * EACH, what="the account")

    hub["start"]()
    lag = 'flowback_edge_lag_seconds{lane="0"}'
    lags = []
    who = visitor(big.url, big.project)
    who.grant()
    while metrics(big.url)[pending] > ENTRIES * EACH / 10:
        who.send(count=2)
        lags.append(metrics(big.url)[lag])
    assert lags, "it drained before it could be looked at"
    assert sorted(lags)[int(len(lags) * 0.99)] <= 10.0
    assert big.rss() - base < 64 * MIB, (big.rss() / MIB, base / MIB)
    figures = metrics(big.url)
    assert figures["flowback_edge_unaccounted"] == 0
    assert figures["flowback_edge_delivered_events"] > 0
