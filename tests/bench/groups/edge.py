"""
The edge: batches of 50 mixed events of about 12 KB, with everything on.

Server and load have a core each. The reference is a route of the same server that
only reads the body, measured in turn with the edge in one run.
"""

import asyncio
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edge.projects import ProjectBook, make
from tests.bench.load import ORIGIN, Result, drive, first_answer
from tests.bench.run import Row
from tests.bench.visitors import BATCH, Visitors

ROOT = Path(__file__).resolve().parent.parent.parent.parent
KEY = "bench-key-0123456789ab"
EVENTS, CONSENT = f"/events?k={KEY}", f"/consent?k={KEY}"
ROUNDS = 5
SECONDS = 3.0
LARGE = 10_000_000
SESSIONS = 100_000


def measure() -> Iterator[Row]:
    """Yield the edge's rows."""
    cores = sorted(os.sched_getaffinity(0))
    try:
        os.sched_setaffinity(0, {cores[-1]})
        with tempfile.TemporaryDirectory() as folder:
            yield Row("edge", "first_202_empty_s", _first_202(folder, cores[0]))
        with tempfile.TemporaryDirectory() as folder:
            yield from _speed(folder, cores[0])
        with tempfile.TemporaryDirectory() as folder:
            yield from _large(folder, cores[0])
    finally:
        os.sched_setaffinity(0, cores)


def _speed(folder: str, core: int) -> Iterator[Row]:
    visitors = Visitors("bench", 200)
    with _server(folder, core) as (port, pid):
        yield Row("edge", "rss_idle_mb", _rss_mb(pid))
        asyncio.run(drive(port, CONSENT, visitors.consents(), connections=4))
        batches = _in_turn(port, visitors, BATCH)
        yield _ratio("ingest_batch50_events_per_s_core", *batches, BATCH)
        yield _ratio("ingest_single_requests_per_s_core", *_in_turn(port, visitors, 1), 1)
        half = batches[0] / 2
        bodies = list(visitors.bodies(int(half * 2 * SECONDS)))
        waits = asyncio.run(drive(port, EVENTS, bodies, rate=half)).waits
        yield Row("edge", "answer_p99_ms_half_load", 1000 * statistics.quantiles(waits, n=100)[98])


def _in_turn(port: int, visitors: Visitors, size: int) -> tuple[float, float]:
    """Return requests a second of the edge and of the reference: medians of rounds in turn."""
    edge: list[float] = []
    read: list[float] = []
    for _ in range(ROUNDS):
        for path, rates in ((EVENTS, edge), ("/read", read)):
            bodies = list(visitors.bodies(16_000 // (size // 5 + 1), size=size))
            found: Result = asyncio.run(drive(port, path, bodies, seconds=SECONDS))
            rates.append(found.rate)
    return statistics.median(edge), statistics.median(read)


def _ratio(metric: str, value: float, reference: float, each: int) -> Row:
    return Row("edge", metric, value * each, reference * each)


def _large(folder: str, core: int) -> Iterator[Row]:
    """Fill a journal, then start anew on it."""
    visitors = Visitors("bench", SESSIONS)
    with _server(folder, core) as (port, pid):
        asyncio.run(drive(port, CONSENT, visitors.consents()))
        asyncio.run(drive(port, EVENTS, visitors.bodies(LARGE // BATCH)))
        yield Row("edge", "rss_10m_events_100k_sessions_mb", _rss_mb(pid))
    yield Row("edge", "first_202_10m_journal_s", _first_202(folder, core))


def _first_202(folder: str, core: int) -> float:
    """Return the seconds from the start of ``flowback edge`` to its first 202; the best of 3."""
    return min(_once(folder, core) for _ in range(3))


def _once(folder: str, core: int) -> float:
    _add_project(folder)
    port = _free_port()
    command = [sys.executable, "flowback.py", "edge", "--data", folder, "--port", str(port)]
    body = next(Visitors("host", 1, seed=port).bodies(1))
    started = time.perf_counter()
    process = subprocess.Popen(["taskset", "-c", str(core), *command, "--log", "error"], cwd=ROOT)
    try:
        asyncio.run(asyncio.wait_for(first_answer(port, f"/events?k=host-{KEY}", body), 60))
        return time.perf_counter() - started
    finally:
        process.terminate()
        process.wait(20)


@contextmanager
def _server(folder: str, core: int) -> Iterator[tuple[int, int]]:
    """Run the edge with its reference route; yield its port and process."""
    _add_project(folder)
    command = [sys.executable, "-m", "tests.bench.edge_server", folder, str(core)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline()), process.pid
    finally:
        process.terminate()
        process.wait(30)


def _add_project(folder: str) -> None:
    book = ProjectBook.open(Path(folder))
    if not book.list():
        book.add(make("bench", origins=[ORIGIN], key=KEY))
        book.add(make("host", origins=[ORIGIN], key=f"host-{KEY}", consent="host"))


def _rss_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise SystemExit(f"bench: process {pid} has no VmRSS")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
