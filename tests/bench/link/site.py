"""An edge and a hub of the link's bench: their folders, and the processes that use them."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from edge import keys
from tests.bench.link.fill import fill
from tests.bench.link.hub import Arrival

Child = subprocess.Popen[str]
ROOT = Path(__file__).resolve().parent.parent.parent.parent


@dataclass(slots=True)
class Run:
    """What was seen while a backlog went from the journal to the inbox."""

    began: float
    """When the edge was told to connect (``time.monotonic``)."""
    arrivals: list[Arrival]
    edge_mb: float
    """Memory that the edge took at its peak over what it had before it connected."""
    hub_mb: float
    live: list[float] = field(default_factory=list)
    """When each live event was committed at the edge."""

    @property
    def ended(self) -> float:
        """When the last of the backlog was on disk."""
        return max(arrival.at for arrival in self.arrivals if arrival.lane == 1)

    @property
    def batches_per_s(self) -> float:
        """Batches a second from the first to the last."""
        ats = [arrival.at for arrival in self.arrivals]
        return (len(ats) - 1) / (max(ats) - min(ats))

    @property
    def live_lag(self) -> float:
        """
        Most seconds from a live event's commit at the edge to its commit at the hub.

        One that had not come when the backlog was drained counts with its wait until then.
        """
        stored = {
            seq: arrival.at
            for arrival in self.arrivals
            if arrival.lane == 0
            for seq in range(arrival.first, arrival.last + 1)
        }
        ended = self.ended
        lags = [stored.get(seq, ended) - at for seq, at in enumerate(self.live, 1) if at < ended]
        if len(lags) < 10:
            raise SystemExit("bench: too few live events came while the backlog drained")
        return max(lags)


class Site:
    """One enrolled edge and its hub in *folder*."""

    def __init__(self, folder: Path) -> None:
        self.edge, self.hub = folder / "edge", folder / "hub"
        self.node = keys.pair_demo(self.edge, self.hub).edge.node

    def fill(self, events: int, *, requests: int) -> None:
        """Write a backlog to the edge's journal."""
        fill(self.edge, self.node, events, requests=requests)

    def drain(self, events: int, *, live_every: float = 0.0) -> Run:
        """Let *events* go to a new inbox; commit a live one every so many seconds meanwhile."""
        for path in self.hub.glob("inbox.db*"):
            path.unlink()
        with ExitStack() as stack:
            hub, address = stack.enter_context(self.hub_process())
            edge = stack.enter_context(
                process("tests.bench.link.edge", self.edge, address, live_every)
            )
            line(edge)
            before = [memory_mb(one, "VmRSS") for one in (edge, hub)]
            began = time.monotonic()
            tell(edge, "")
            arrivals = until(hub, events)
            after = [memory_mb(one, "VmHWM") for one in (edge, hub)]
            out, _ = edge.communicate()
        grown = [peak - base for peak, base in zip(after, before, strict=True)]
        return Run(began, arrivals, *grown, [float(at) for at in out.split()])

    @contextmanager
    def hub_process(self) -> Iterator[tuple[Child, str]]:
        """Run the hub; yield it and its address."""
        with process("tests.bench.link.hub", self.hub) as hub:
            yield hub, line(hub)


@contextmanager
def process(module: str, *arguments: object) -> Iterator[Child]:
    """Run *module* until the end of the block, where its stdin ends."""
    command = [sys.executable, "-m", module, *map(str, arguments)]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    ) as child:
        try:
            yield child
        finally:
            if child.stdin is not None and not child.stdin.closed:
                child.stdin.close()
            child.wait(60)


def until(hub: Child, events: int) -> list[Arrival]:
    """Wait until *hub* has so many events on disk; return all that it stored."""
    tell(hub, str(events))
    return msgspec.json.decode(line(hub), type=list[Arrival])


def tell(child: Child, text: str) -> None:
    """Write a line to *child*."""
    stdin: Any = child.stdin
    stdin.write(text + "\n")
    stdin.flush()


def line(child: Child) -> str:
    """Return the next line that *child* prints."""
    stdout: Any = child.stdout
    text: str = stdout.readline()
    if not text:
        raise SystemExit(f"bench: {child.args!r} ended early")
    return text.strip()


def memory_mb(child: Child, name: str) -> float:
    """Return a figure of */proc/…/status*, in MiB."""
    for text in Path(f"/proc/{child.pid}/status").read_text().splitlines():
        if text.startswith(f"{name}:"):
            return int(text.split()[1]) / 1024
    raise SystemExit(f"bench: process {child.pid} has no {name}")


def framed(folder: Path, node: str, arrivals: Sequence[Arrival]) -> list[list[bytes]]:
    """Return the batches that came in *arrivals* as the edge framed them."""
    from edge.journal.journal import Journal
    from edge.protocol import batch
    from edge.protocol.packing import encode

    journal = Journal.open(folder / "journal.db", node=node)
    try:
        made = []
        for arrival in arrivals:
            entries = journal.entries(
                journal.own, arrival.lane, arrival.first - 1, max_bytes=2**22
            )[: arrival.last - arrival.first + 1]
            made.append(encode(*batch.pack(1, journal.own.epoch, arrival.lane, entries)))
        return made
    finally:
        journal.close()
