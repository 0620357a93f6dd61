"""
Crashes in the middle of traffic: what was answered 202 is counted once, never twice.

The oracle is the list of (stream, n) that simulated visitors were answered; what
the hub has is read from its inbox and from its API.
"""

import asyncio
import random
import sqlite3
from collections import Counter

import httpx2
import pytest

from desktop.demo.visitor import Target
from desktop.demo.visits import visit
from edge.events import codec
from edge.events.event import FeedbackRecorded, SignalNormalized, SignalRaw
from tests.stack import Stack, running, wait_for

VISITORS = 12


class Traffic:
    """Visitors that keep coming until they are told to stop, and what they were answered."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.acknowledged: set[tuple[str, int]] = set()
        self.stopping = asyncio.Event()

    async def run(self) -> None:
        async with httpx2.AsyncClient(timeout=5) as client:
            target = Target(self.stack.edge_url, self.stack.project, client)
            async with asyncio.TaskGroup() as group:
                for seed in range(VISITORS):
                    group.create_task(self._one(target, random.Random(seed)))

    async def _one(self, target: Target, rng: random.Random) -> None:
        while not self.stopping.is_set():
            await visit(target, rng, pace=0.02, acknowledge=self._note)

    def _note(self, stream: str, numbers: list[int]) -> None:
        self.acknowledged |= {(stream, n) for n in numbers}


async def until(condition, seconds=60):
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.02)


async def through_two_crashes(stack: Stack) -> Traffic:
    """Kill the hub, then the edge, each in the middle of traffic, and start both again."""
    traffic = Traffic(stack)
    running_traffic = asyncio.ensure_future(traffic.run())

    async def more(count: int) -> None:
        goal = len(traffic.acknowledged) + count
        await until(lambda: len(traffic.acknowledged) >= goal or running_traffic.done())

    await more(300)
    stack.hub.kill()
    await more(300)  # the edge goes on alone
    stack.edge.kill()
    await asyncio.to_thread(stack.edge.start)
    await asyncio.to_thread(stack.hub.start)
    await more(300)
    traffic.stopping.set()
    await asyncio.wait_for(running_traffic, 60)
    return traffic


def delivered(stack: Stack) -> Counter[tuple[str, int]]:
    """Return how often each browser event lies in the hub's inbox."""
    inbox = sqlite3.connect(f"file:{stack.folder / 'hub' / 'inbox.db'}?mode=ro", uri=True)
    found: Counter[tuple[str, int]] = Counter()
    for (body,) in inbox.execute("select body from entry"):
        for group in codec.unpack(body):
            for event in group.events:
                if isinstance(event, SignalRaw | FeedbackRecorded):
                    found[str(group.stamp.stream), event.n] += 1
    inbox.close()
    return found


@pytest.fixture
def stack(tmp_path):
    with running(tmp_path) as started:
        yield started


def test_every_acknowledged_event_is_counted_exactly_once(stack):
    """SIGKILL of the hub, then of the edge; nothing lost, nothing twice."""
    traffic = asyncio.run(through_two_crashes(stack))
    stack.wait_ready()
    wait_for(
        lambda: traffic.acknowledged <= delivered(stack).keys(),
        what="every acknowledged event in the hub's inbox",
    )
    found = delivered(stack)

    assert len(traffic.acknowledged) > 900
    assert {event: count for event, count in found.items() if count > 1} == {}
    taps = sum(1 for event in _events(stack) if isinstance(event, FeedbackRecorded))
    wait_for(lambda: _taps(stack) == taps, what=f"{taps} taps in /api/sentiment")
    sessions, rages = _visits(stack)
    wait_for(lambda: stack.get("/api/overview")["scope"]["sessions"] == sessions, what="sessions")
    assert _rages(stack) == rages > 10


def _events(stack: Stack):
    inbox = sqlite3.connect(f"file:{stack.folder / 'hub' / 'inbox.db'}?mode=ro", uri=True)
    bodies = inbox.execute("select body from entry").fetchall()
    inbox.close()
    return [event for (body,) in bodies for group in codec.unpack(body) for event in group.events]


def _taps(stack: Stack) -> int:
    total = stack.get("/api/sentiment")["total"]
    return total["thumbsUp"] + total["thumbsDown"] + total["confused"]


def _visits(stack: Stack) -> tuple[int, int]:
    """Return how many sessions and standing rage clicks lie in the inbox."""
    sessions, signals = set(), {}
    inbox = sqlite3.connect(f"file:{stack.folder / 'hub' / 'inbox.db'}?mode=ro", uri=True)
    for (body,) in inbox.execute("select body from entry"):
        for group in codec.unpack(body):
            if group.stamp.session:
                sessions.add(group.stamp.session)
            for event in group.events:
                if isinstance(event, SignalNormalized) and event.payload.signal == "rage_click":
                    known = signals.get(event.id)
                    if known is None or event.revision > known.revision:
                        signals[event.id] = event
    inbox.close()
    return len(sessions), sum(1 for event in signals.values() if not event.void)


def _rages(stack: Stack) -> int:
    rows = stack.get("/api/hotspots")["rows"]
    return sum(row["signals"].get("rage_click", 0) for row in rows)
