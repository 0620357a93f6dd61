"""
The hub: from a visitor's browser to the dashboard's API, edge and hub as an operator runs them.

While widgets send 10,000 events a second, a new visitor comes again and again; the time runs
from the moment in which its events leave the browser to the first answer that counts it.

Then a million events are applied for real, copied to 100 million (``bench/hub/many.py`` says
how), and a hub is asked of both by its API. This takes some 3 GB of disk and, on two free
cores, some six minutes.
"""

import asyncio
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from subprocess import PIPE

import httpx2
import msgspec

from tests.bench.hub import asking, many
from tests.bench.hub.applying import Applied
from tests.bench.hub.visits import DAY
from tests.bench.load import drive
from tests.bench.run import Row
from tests.bench.visitors import BATCH, Visitors
from tests.stack import ROOT, Stack, running

RATE = 10_000 / BATCH
"""Requests a second."""
SECONDS = 30
CROWD, NEWCOMERS = 2000, 1000
SAMPLE = 10_000
"""Sessions that are applied for real, about a million events."""
COPIES = 100
"""How often each of them is there in the store of 100 million events."""
PATHS = {name: f"/api/{name}" for name in ("hotspots", "sentiment", "journeys")}
HEADERS = {"Content-Type": "text/plain", "Origin": "http://shop.example"}


def measure() -> Iterator[Row]:
    """Yield the hub's rows."""
    with tempfile.TemporaryDirectory() as folder:
        yield Row("hub", "event_to_api_p95_s", _event_to_api(Path(folder)))
    with tempfile.TemporaryDirectory() as folder:
        sample = Path(folder) / "sample"
        sample.mkdir()
        yield _apply(sample)
        yield from _ask(sample, Path(folder) / "many")


def _ask(sample: Path, folder: Path) -> Iterator[Row]:
    """Ask a hub of the sample's million events, and one of 100 times as many."""
    now = int(time.time() * 1000)
    end = now - now % DAY
    analytics = "analytics.duckdb"
    many.roll_up(sample / analytics)
    few = asking.ask_all(sample, end)
    folder.mkdir()
    many.multiply(sample / analytics, folder / analytics, COPIES)
    for path in (sample / "projects.json", *sample.glob("inbox.db*")):
        shutil.copy(path, folder)
    many.roll_up(folder / analytics)
    asked = asking.ask_all(folder, end)
    for name, path in PATHS.items():
        reference = asking.ask_raw(folder / analytics, end) if name == "hotspots" else None
        yield Row("hub", f"{name}_p95_ms_100m", asked.p95_ms[path], reference)
    growth = asked.p95_ms[PATHS["hotspots"]] / few.p95_ms[PATHS["hotspots"]]
    yield Row("hub", "hotspots_growth_1m_to_100m", growth)
    yield Row("hub", "rss_100m_mb", asked.peak_mb)


def _apply(folder: Path) -> Row:
    """Apply an inbox in a process of its own; the reference inserts the same rows in bulk."""
    command = [sys.executable, "-m", "tests.bench.hub.applying", str(folder), str(SAMPLE)]
    out = subprocess.run(
        command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=PIPE, check=True
    ).stdout
    applied = msgspec.json.decode(out.splitlines()[-1], type=Applied)
    rate = applied.events / applied.cpu
    return Row("hub", "apply_events_per_s_core", rate, applied.events / applied.reference_cpu)


def _event_to_api(folder: Path) -> float:
    with running(folder, "--session-rate", "0", "--project-rate", "0") as stack:
        port = int(stack.edge_url.rpartition(":")[2])
        key = stack.project.key
        crowd = Visitors(stack.project.id, CROWD)
        asyncio.run(drive(port, f"/consent?k={key}", crowd.consents(), connections=4))
        bodies = list(crowd.bodies(int(RATE * SECONDS)))
        load = threading.Thread(target=_load, args=(port, f"/events?k={key}", bodies))
        load.start()
        waits = list(_newcomers(stack, key, load))
        load.join()
    if len(waits) < 20:
        raise SystemExit(f"bench: only {len(waits)} visitors came while the load ran")
    return statistics.quantiles(waits, n=20)[-1]


def _load(port: int, path: str, bodies: list[bytes]) -> None:
    asyncio.run(drive(port, path, bodies, rate=RATE))


def _newcomers(stack: Stack, key: str, load: threading.Thread) -> Iterator[float]:
    """Yield how many seconds each new visitor took to be counted, as long as *load* runs."""
    visitors = Visitors(stack.project.id, NEWCOMERS, seed=2)
    come = zip(visitors.consents(), visitors.bodies(NEWCOMERS), strict=True)
    with httpx2.Client(timeout=30) as client:
        for consent, body in come:
            before = _sessions(client, stack)
            if not load.is_alive():
                return
            _post(client, f"{stack.edge_url}/consent?k={key}", consent)
            began = time.monotonic()
            _post(client, f"{stack.edge_url}/events?k={key}", body)
            while _sessions(client, stack) <= before:
                if time.monotonic() > began + 60:
                    raise SystemExit("bench: a visitor was never counted")
            yield time.monotonic() - began


def _post(client: httpx2.Client, url: str, body: bytes) -> None:
    response = client.post(url, content=body, headers=HEADERS)
    if not response.is_success:
        raise SystemExit(f"bench: {url} answered {response.status_code}")


def _sessions(client: httpx2.Client, stack: Stack) -> int:
    url = f"{stack.hub_url}/api/hotspots"
    response = client.get(url, params={"projectId": stack.project.id})
    response.raise_for_status()
    return int(response.json()["scope"]["sessions"])
