"""SIGKILL of either process in the middle of traffic: nothing lost, nothing twice (faults 3-6)."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from edge import keys
from edge.collector.forwarder import Forwarder
from edge.events import codec
from edge.events.entry import Group, Stamp
from edge.journal.journal import Journal
from edge.protocol.me import Timing

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
KILLS = 6
MANY = 44
"""At least twenty of each process: fault 6 as the table has it."""


def start(script: str, *arguments: object) -> subprocess.Popen[str]:
    """Start one of the two processes and wait for its first line."""
    return subprocess.Popen(
        [sys.executable, str(HERE / script), *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )


def kill(process: subprocess.Popen[str]) -> list[str]:
    """Kill *process* without a warning and return what it had printed whole."""
    process.send_signal(signal.SIGKILL)
    out, _ = process.communicate(timeout=10)
    whole, _, _ = out.rpartition("\n")
    return whole.split()


@pytest.mark.fault(6)
@pytest.mark.parametrize("kills", [KILLS, pytest.param(MANY, marks=pytest.mark.long)])
def test_kills_of_both_processes_lose_and_double_nothing(tmp_path: Path, kills: int) -> None:
    """Every number that was printed after its commit is in the inbox exactly once."""
    rng = random.Random(6)
    keys.pair_demo(tmp_path / "edge", tmp_path / "hub")
    hub = start("link_hub.py", tmp_path / "hub", "tcp://127.0.0.1:*")
    assert hub.stdout is not None
    address = hub.stdout.readline().strip()
    printed: list[str] = []
    edge = start("link_edge.py", tmp_path / "edge", address, 0)
    for turn in range(kills):
        assert edge.stdout is not None
        printed += [edge.stdout.readline().strip() for _ in range(rng.randrange(50, 300))]
        if turn % 2:
            printed += kill(edge)
            edge = start("link_edge.py", tmp_path / "edge", address, 100_000 * (turn + 1))
        else:
            kill(hub)
            hub = start("link_hub.py", tmp_path / "hub", address)
    printed += kill(edge)
    kill(hub)
    check(tmp_path, {int(number) for number in printed}, address)
    assert len(printed) > 50 * kills


@pytest.mark.fault(26)
def test_a_hub_that_was_stopped_for_a_while_goes_on_by_itself(tmp_path: Path) -> None:
    """SIGSTOP: its sockets stay open and nobody answers (faults 25, 26)."""
    keys.pair_demo(tmp_path / "edge", tmp_path / "hub")
    hub = start("link_hub.py", tmp_path / "hub", "tcp://127.0.0.1:*")
    assert hub.stdout is not None
    address = hub.stdout.readline().strip()
    own = keys.EdgeKeys.load(tmp_path / "edge")
    journal = Journal.open(tmp_path / "edge" / "journal.db", node=own.node)
    timing = Timing(silence=0.5, connect=1.0, backoff_first=0.05, backoff_most=0.3)
    forwarder = Forwarder(journal, hub_address=address, keys=own, timing=timing)
    forwarder.start()
    try:
        for number in range(3):
            write(journal, number)
            wait_for(lambda: forwarder.status().connected and drained(forwarder))
            hub.send_signal(signal.SIGSTOP)
            write(journal, 100 + number)
            before = forwarder.status().reconnects
            wait_for(lambda before=before: forwarder.status().reconnects > before)  # type: ignore[misc]
            hub.send_signal(signal.SIGCONT)
        wait_for(lambda: drained(forwarder))
    finally:
        hub.send_signal(signal.SIGCONT)
        forwarder.stop()
        journal.close()
        kill(hub)
    inbox = Journal.open(tmp_path / "hub" / "inbox.db", node="f" * 32)
    found = [e.seq for e in inbox.entries(journal.own, 0, 0)]
    inbox.close()
    assert found == list(range(1, 7))


def write(journal: Journal, number: int) -> None:
    """Commit one entry."""
    group = Group(stamp=Stamp(project=str(number), received_at=1), events=[None])
    journal.submit(lambda transaction: transaction.append(0, group)).result(10)


def drained(forwarder: Forwarder) -> bool:
    """Tell whether the hub acknowledged all that was written."""
    return not any(lane.backlog for lane in forwarder.status().lanes)


def wait_for(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait until *condition* holds; the time is only how long a failure takes."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.005)


def check(folder: Path, acknowledged: set[int], address: str) -> None:
    """Start both once more in order, let them drain, and compare."""
    hub = start("link_hub.py", folder / "hub", address)
    own = keys.EdgeKeys.load(folder / "edge")
    journal = Journal.open(folder / "edge" / "journal.db", node=own.node)
    forwarder = Forwarder(
        journal, hub_address=address, keys=own, timing=Timing(silence=1.0, backoff_most=0.3)
    )
    forwarder.start()
    wait_for(lambda: drained(forwarder))
    forwarder.stop()
    kill(hub)
    inbox = Journal.open(folder / "hub" / "inbox.db", node="f" * 32)
    found = Counter(
        int(group.stamp.project)
        for entry in inbox.follow(0, max_bytes=2**30)
        for group in codec.unpack(entry.body)
    )
    for lane in (0, 1):
        assert inbox.cursor("link", journal.own, lane) == journal.head(journal.own, lane)
        assert inbox.gaps(journal.own, lane) == []
    inbox.close()
    journal.close()
    assert set(found.values()) == {1}, "doubled"
    assert acknowledged <= set(found), "lost"
