"""
The edge: batches of 50 mixed events of about 12 KB, with everything on.

Server and load have a core each. The reference is a route of the same server that
only reads the body, measured in turn with the edge in one run.
"""

import asyncio
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from edge.projects import ProjectBook, make
from tests.bench.load import Pool, Result, drive
from tests.bench.run import Row

ROOT = Path(__file__).resolve().parent.parent.parent.parent
ORIGIN = "http://shop.example"
BATCH = 50
CONNECTIONS = 32
ROUNDS = 3
SECONDS = 4.0
PAGES = [f"/products/{word}" for word in ("jacket", "trousers", "shoes", "tents", "sale")]
TARGETS = [f"main>div:nth-of-type({i})>button" for i in range(1, 9)]


def measure() -> Iterator[Row]:
    """Yield the edge's rows."""
    cores = sorted(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as folder:
        project = make("bench", origins=[ORIGIN], key="bench-key-0123456789ab")
        ProjectBook.open(Path(folder)).add(project)
        server = _start(folder, cores[0])
        try:
            os.sched_setaffinity(0, {cores[-1]})
            port = int(server.stdout.readline())
            yield asyncio.run(_batches(port))
        finally:
            os.sched_setaffinity(0, cores)
            server.terminate()
            server.wait(10)


def _start(folder: str, core: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.bench.edge_server", folder, str(core)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)


async def _batches(port: int) -> Row:
    rng = random.Random(1)
    sessions = [_session(rng) for _ in range(200)]
    await drive(port, [_consent(session) for session in sessions], connections=4)
    edge: list[float] = []
    read: list[float] = []
    streams = Streams(sessions, rng)
    for _ in range(ROUNDS):
        edge.append(await _rate(port, "/events?k=bench-key-0123456789ab", streams))
        read.append(await _rate(port, "/read", streams))
    value, reference = statistics.median(edge), statistics.median(read)
    return Row("edge", "ingest_batch50_events_per_s_core", value * BATCH, reference * BATCH)


async def _rate(port: int, path: str, streams: "Streams") -> float:
    pool = Pool(path, streams.bodies(6000))
    started = time.perf_counter()
    result: Result = await drive(port, pool, connections=CONNECTIONS, seconds=SECONDS)
    if result.refused:
        raise SystemExit(f"bench: {result.refused} requests were refused: {result.sample!r}")
    return result.answered / (time.perf_counter() - started)


class Streams:
    """Sessions whose widgets number their events onward from body to body."""

    def __init__(self, sessions: list[tuple[str, str]], rng: random.Random) -> None:
        self._sessions = sessions
        self._next = dict.fromkeys(sessions, 1)
        self._rng = rng
        self._began = int(time.time() * 1000) - 2 * 3_600_000

    def bodies(self, count: int) -> list[bytes]:
        """Return *count* bodies of BATCH events each, never the same numbers twice."""
        return [self._body(self._sessions[i % len(self._sessions)]) for i in range(count)]

    def _body(self, session: tuple[str, str]) -> bytes:
        first = self._next[session]
        self._next[session] += BATCH
        now = int(time.time() * 1000)
        # A visitor makes 50 events in about 6 s, whatever the speed at which they are sent.
        start = self._began + first * 120
        events = [self._event(first + i, start + i * 120, first) for i in range(BATCH)]
        batch = {
            "projectId": "bench",
            "sessionId": session[0],
            "stream": session[1],
            "sentAt": now,
            "events": events,
        }
        return msgspec.json.encode(batch)

    def _event(self, n: int, at: int, first: int) -> dict:
        rng = self._rng
        i = n - first
        target = {"target": TARGETS[rng.randrange(8)], "name": None, "kind": None}
        if i % 10 == 0:
            payload = {"action": "click", **target, "x": rng.randrange(1400), "y": 300, "button": 0}
            payload |= {"modified": False, "selected": False}
        elif i % 10 == 1:
            payload = {"action": "reaction", "of": n - 1, "watched": 3000, "dom": 24, "request": 40}
            payload |= {"requestEnd": 180, "scroll": None, "selection": None, "nav": None}
        elif i % 10 == 2:
            payload = {"action": "scroll", "depth": rng.randrange(100)}
        elif i % 10 == 3:
            payload = {"action": "pointer", "changes": rng.randrange(12), "duration": 900}
        elif i == 4:
            payload = {"action": "nav", "how": "route", "referrer": None}
        elif i == 14:
            payload = {"action": "input", **target, "phase": "focus", "form": "form#address"}
        else:
            dwell = round(400 + rng.expovariate(1 / 900))  # most dwells are short
            payload = {"action": "hover", **target, "dwell": dwell}
            payload |= {"acted": rng.random() < 0.5}
        page = PAGES[rng.randrange(5)]
        view = first // 500
        return {
            "n": n,
            "type": "signal.raw",
            "timestamp": at,
            "page": page,
            "view": view,
            "payload": payload,
        }


def _session(rng: random.Random) -> tuple[str, str]:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return "".join(rng.choices(alphabet, k=21)) + "A", "".join(rng.choices(alphabet, k=10)) + "A"


def _consent(session: tuple[str, str]) -> tuple[str, bytes]:
    choice = {
        "projectId": "bench",
        "sessionId": session[0],
        "stream": session[1],
        "n": 0,
        "state": "granted",
        "purposes": ["interaction"],
        "source": "api",
        "policyVersion": "1",
        "receiptHash": "A" * 43,
        "sentAt": int(time.time() * 1000),
    }
    return "/consent?k=bench-key-0123456789ab", msgspec.json.encode(choice)
