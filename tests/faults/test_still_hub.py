"""Fault +b of edge-and-link.md, section 5: what a hub whose disk stands still holds in memory."""

import secrets
import signal
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
import zstandard

from edge import keys
from edge.collector.forwarder import Forwarder
from edge.events import codec
from edge.journal.entry import Entry
from edge.journal.journal import Journal
from edge.journal.transaction import RAW
from edge.protocol import flow
from edge.protocol.me import Timing
from tests.faults.links import drained, kill, start, wait_for
from tests.faults.still_hub import CREDIT

EDGES = 4
WARM, BACKLOG = 60, 200
"""Entries of each: until its credit is its whole share, and then twelve times that."""
BODY = zstandard.compress(secrets.token_bytes(64_000))
SLACK = 8 * 2**20
"""Bytes for one batch of each edge over its credit, and for ZeroMQ's own buffers."""
PATIENT = Timing(silence=30.0, connect=20.0, backoff_first=0.05, backoff_most=0.5)


def memory(pid: int, name: str) -> int:
    """Return a figure of */proc/…/status*, in bytes."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    [line] = [line for line in lines if line.startswith(f"{name}:")]
    return int(line.split()[1]) * 1024


def write(journal: Journal, count: int) -> None:
    """Commit *count* more entries of 64 kB."""
    head = journal.head(journal.own, RAW)
    seal = codec.seal(BODY)
    rows = [Entry(journal.own, RAW, head + 1 + n, 1, 1, seal, BODY) for n in range(count)]
    journal.submit(lambda tx: tx.store(*rows)).result(30)


@pytest.mark.fault("+b")
def test_a_hub_whose_disk_stands_still_holds_no_more_than_the_credit_of_its_edges(
    tmp_path, monkeypatch
):
    """However much waits at them, and though they would send all that they may; then it arrives."""
    monkeypatch.setattr(flow, "SMALLEST", flow.LARGEST)  # no edge holds back by itself
    with ExitStack() as stack:
        names = [f"edge{n}" for n in range(EDGES)]
        pairs = [keys.pair_demo(tmp_path / name, tmp_path / "hub", name=name) for name in names]
        hub, address = start("faults/still_hub.py", tmp_path / "hub")
        stack.callback(kill, hub)
        edges = []
        for number, pair in enumerate(pairs):
            path = tmp_path / f"edge{number}" / "journal.db"
            journal = Journal.open(path, node=pair.edge.node)
            stack.callback(journal.close)
            write(journal, WARM)
            forwarder = Forwarder(journal, hub_address=address, keys=pair.edge, timing=PATIENT)
            forwarder.start()
            stack.callback(forwarder.stop)
            edges.append((journal, forwarder))
        wait_for(lambda: all(drained(forwarder) for _, forwarder in edges))
        before = memory(hub.pid, "VmHWM")
        hub.send_signal(signal.SIGUSR1)
        for journal, _ in edges:
            write(journal, BACKLOG)
        wait_for(lambda: all(f._sender._under_way() > CREDIT / EDGES / 2 for _, f in edges))
        until = time.monotonic() + 3.0
        wait_for(lambda: time.monotonic() > until)
        assert [f.status().lanes[RAW].backlog for _, f in edges] == [BACKLOG] * EDGES
        grown = memory(hub.pid, "VmHWM") - before
        print(f"{grown / 2**20:.1f} MiB more for {CREDIT / 2**20:.0f} MiB of credit")
        assert grown <= CREDIT + SLACK
        hub.send_signal(signal.SIGUSR2)
        wait_for(lambda: all(drained(forwarder) for _, forwarder in edges))
