"""What tests of a link between real processes share."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

from edge.collector.forwarder import Forwarder
from edge.events.entry import Group, Stamp
from edge.journal.journal import Journal
from tests.stack import ROOT


def start(script: str, folder, *more: str, address: str = "tcp://127.0.0.1:*"):
    """Start *script* beneath ``tests`` on *folder*; return the process and its address."""
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "tests" / script), str(folder), address, *more],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


def kill(process) -> None:
    """End *process* without a warning, where it still runs."""
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=10)


def write(journal: Journal, number: int, lane: int = 0) -> None:
    """Commit one entry that holds *number*."""
    group = Group(stamp=Stamp(project=str(number), received_at=1), events=[None])
    journal.submit(lambda transaction: transaction.append(lane, group)).result(10)


def drained(forwarder: Forwarder) -> bool:
    """Tell whether the hub acknowledged all that was written."""
    return not any(lane.backlog for lane in forwarder.status().lanes)


def wait_for(condition: Callable[[], object], seconds: float = 30.0) -> None:
    """Wait until *condition* holds; the time is only how long a failure takes."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.005)
