"""
The link: what lies in an edge's journal, durable in the hub's inbox; edge and hub are processes.

The durable rows are measured on the disk of the temporary folder. ``batches_ratio``
compares the link with sockets that have no disk, so its files lie in memory where the
machine has a place for them: everything is done, fsync included, but nothing waits for it.
"""

import asyncio
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from edge.projects import ProjectBook, make
from tests.bench.link.fill import BUSY, QUIET
from tests.bench.link.site import ROOT, Child, Run, Site, framed, until
from tests.bench.load import ORIGIN, drive, first_answer
from tests.bench.run import Row
from tests.bench.visitors import BATCH, Visitors
from tests.stack import free_ports

ROUNDS = 5
LARGE = 10_000_000
LIVE_EVERY = 0.02
"""Seconds between two live events while the backlog drains."""
REQUESTS = 10_000
"""Requests of a round over HTTP, 50 events each."""
KEY = "bench-key-0123456789ab"
MEMORY = Path("/dev/shm")


def measure() -> Iterator[Row]:
    """Yield the link's rows."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        yield _batches(Path(folder))
    with tempfile.TemporaryDirectory() as folder:
        yield from _backlog(Path(folder))
    with tempfile.TemporaryDirectory() as folder:
        yield Row("link", "http_to_inbox_durable_events_per_s_2_cores", _over_http(Path(folder)))


def _batches(folder: Path) -> Row:
    """Batches a second, by the link and by bare sockets: medians of rounds in turn."""
    site = Site(folder)
    site.fill(2 * LARGE, requests=BUSY)
    ours, bare = [], []
    for _ in range(ROUNDS):
        run = site.drain(2 * LARGE)
        ours.append(run.batches_per_s)
        bare.append(_bare(site, run, folder / "batches"))
    return Row("link", "batches_ratio", statistics.median(ours), statistics.median(bare))


def _bare(site: Site, run: Run, path: Path) -> float:
    path.write_bytes(msgspec.msgpack.encode(framed(site.edge, site.node, run.arrivals)))
    command = [sys.executable, "-m", "tests.bench.link.bare", str(path)]
    return float(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)


def _backlog(folder: Path) -> Iterator[Row]:
    """Drain a long backlog of one-request entries, live events beside it."""
    site = Site(folder)
    site.fill(LARGE, requests=QUIET)
    run = site.drain(LARGE, live_every=LIVE_EVERY)
    rate = LARGE / (run.ended - run.began)
    yield Row("link", "journal_to_inbox_durable_events_per_s", rate)
    yield Row("link", "live_lag_while_draining_10m_s", run.live_lag)
    yield Row("link", "edge_memory_draining_10m_mb", run.edge_mb)
    yield Row("link", "hub_memory_draining_10m_mb", run.hub_mb)


def _over_http(folder: Path) -> float:
    """
    Return events a second from the first request to the last commit in the inbox, the median.

    As in the edge's rows, the edge has a core of its own; hub and load share the other.
    """
    site = Site(folder)
    visitors = Visitors("bench", 200)
    cores = sorted(os.sched_getaffinity(0))
    try:
        os.sched_setaffinity(0, {cores[-1]})
        with site.hub_process() as (hub, address), _edge(site, address, cores[0]) as port:
            first, *others = visitors.consents()
            asyncio.run(first_answer(port, f"/consent?k={KEY}", first))
            asyncio.run(drive(port, f"/consent?k={KEY}", others, connections=4))
            return statistics.median(_round(port, hub, site, visitors) for _ in range(3))
    finally:
        os.sched_setaffinity(0, cores)


def _round(port: int, hub: Child, site: Site, visitors: Visitors) -> float:
    bodies = list(visitors.bodies(REQUESTS))
    began = time.monotonic()
    result = asyncio.run(drive(port, f"/events?k={KEY}", bodies, connections=64))
    arrivals = until(hub, _travelling(site.edge / "journal.db"))
    return result.answered * BATCH / (arrivals[-1].at - began)


@contextmanager
def _edge(site: Site, address: str, core: int) -> Iterator[int]:
    """Run ``flowback edge`` with its link to *address*; yield its port."""
    ProjectBook.open(site.edge).add(make("bench", origins=[ORIGIN], key=KEY))
    (port,) = free_ports(1)
    command = [sys.executable, "flowback.py", "edge", "--data", str(site.edge), "--hub", address]
    command += ["--port", str(port), "--region", "DE", "--log", "error"]
    command += ["--session-rate", "0", "--project-rate", "0"]
    process = subprocess.Popen(["taskset", "-c", str(core), *command], cwd=ROOT)
    try:
        yield port
    finally:
        process.terminate()
        process.wait(30)


def _travelling(journal: Path) -> int:
    """Return the events of the lanes that go to a hub."""
    connection = sqlite3.connect(f"file:{journal}?mode=ro", uri=True)
    try:
        row = connection.execute("select sum(events) from head where lane < 2").fetchone()
    finally:
        connection.close()
    return int(row[0])
