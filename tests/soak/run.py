"""
The soak: several edges, a hub, a fault proxy before each edge's line, and visitors, for as
long as is asked; then an account of every event. One that is lost or doubled fails it.

    python -m tests.soak.run --minutes 60 --edges 3 --seed 7
"""

import argparse
import contextlib
import heapq
import random
import secrets
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.soak.account import Account, Eye
from tests.soak.disk import private
from tests.soak.plan import KINDS, Fault, plan
from tests.soak.traffic import Caller, Record
from tests.soak.world import World
from tests.stack import answers, wait_for

CALLERS = 2
"""Visitors at one edge at a time."""
PACE = 5.0
"""Batches a second that each sends."""
START = 6.0
"""Seconds of the time asked for in which edges and hub start."""
LOOK_EVERY = 2.0
"""Seconds between two looks at inbox and metrics."""
LINGER = 20.0
"""Seconds by which a fault lasts longer where nobody has met it yet."""
PROBE = 30.0
"""Seconds within which a probe is at the hub once the faults have stopped (INV-7)."""


class Step(NamedTuple):
    """The begin or end of a fault; of those at one time the older fault's comes first."""

    at: float
    number: int
    fault: Fault
    begins: bool


def soak(
    minutes: float,
    seed: int,
    *,
    edges: int = 3,
    kinds: Sequence[str] = tuple(KINDS),
    say: Callable[[str], None] = print,
) -> Account:
    """Run it, and return the account: its ``problems`` are what went wrong."""
    faults = plan(seed, minutes * 60 - START, edges, kinds)
    say(f"seed {seed}: {len(faults)} faults of {len(kinds)} kinds at {edges} edges and a hub")
    with tempfile.TemporaryDirectory(prefix="soak-") as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        try:
            world = World(folder, edges, stack)
            account = _run(world, faults, seed, kinds, say)
        except BaseException:
            say(f"logs: {_keep(folder)}")
            raise
        if account.problems:
            say(f"logs: {_keep(folder)}")
        return account


def _run(
    world: World,
    faults: Sequence[Fault],
    seed: int,
    kinds: Sequence[str],
    say: Callable[[str], None],
) -> Account:
    begin = time.monotonic()
    records = [Record() for _ in world.urls]
    eye = Eye(world, records, kinds)
    _start(world)
    callers = _callers(world, records, seed)
    try:
        _disturb(world, faults, eye, say)
        settled = _settle(world, eye)
    finally:
        for caller in callers:
            caller.stopping.set()
    for caller in callers:
        caller.join(10)
    drained = _drain(world, eye)
    codes = {node.stop(seconds=60) for node in world.nodes.values()}
    account = eye.account(seed, time.monotonic() - begin)
    account.facts |= {"probe at the hub, s": round(settled, 1)} | drained
    if codes != {0}:
        account.problems.append(f"exit codes {codes} after SIGTERM")
    return account


def _start(world: World) -> None:
    world.tend()
    for url in (world.hub_url, *world.urls):
        wait_for(lambda url=url: answers(f"{url}/health"), seconds=120, what=url)


def _callers(world: World, records: list[Record], seed: int) -> list[Caller]:
    found = [
        Caller(url, world.project, record, random.Random(f"{seed}/{url}/{place}"), pace=PACE)
        for url, record in zip(world.urls, records, strict=True)
        for place in range(CALLERS)
    ]
    for caller in found:
        caller.start()
    return found


def _disturb(world: World, faults: Sequence[Fault], eye: Eye, say: Callable[[str], None]) -> None:
    """Let every fault begin and end at its time."""
    begin = look_at = time.monotonic()
    steps = [Step(fault.at, number, fault, begins=True) for number, fault in enumerate(faults)]
    while steps:
        step = heapq.heappop(steps)
        while (now := time.monotonic()) < begin + step.at:
            world.tend()
            if now >= look_at:
                eye.look()
                look_at = time.monotonic() + LOOK_EVERY
            time.sleep(min(0.05, max(0.0, begin + step.at - now)))
        fault = step.fault
        if step.begins:
            say(str(fault))
            world.begin(fault)
            heapq.heappush(steps, Step(fault.at + fault.lasts, step.number, fault, begins=False))
        elif world.is_felt(fault) or step.at > fault.at + fault.lasts + LINGER:
            world.end(fault)
        else:
            world.again(fault)
            heapq.heappush(steps, step._replace(at=step.at + 0.5))


def _settle(world: World, eye: Eye) -> float:
    """After the faults: a probe posted to each edge is at the hub soon. Return the seconds."""
    begin = time.monotonic()

    def there() -> bool:
        world.tend()
        return eye.probes_arrived()

    with eye.noting():
        eye.send_probes(world.tend)
        try:
            wait_for(there, seconds=PROBE, what="INV-7: a probe of every edge at the hub")
        except AssertionError as error:
            found = {url: answers(f"{url}/ready") for url in (*world.urls, world.hub_url)}
            says = [f"{url}: {each and each.text}" for url, each in found.items()]
            missing = ", ".join(eye.missing_probes())
            eye.problems.append(f"{error}; missing: {missing}; {says}")
    return time.monotonic() - begin


def _drain(world: World, eye: Eye) -> dict[str, float]:
    """Wait until no edge has anything left for the hub, and no agent there. Return the seconds."""
    begin = time.monotonic()
    with eye.noting():
        wait_for(lambda: eye.pending() == 0, seconds=60, what="all at the hub")
    drained = time.monotonic()
    with eye.noting():
        wait_for(lambda: eye.unapplied() == 0, seconds=120, what="all in analytics")
    applied = time.monotonic()
    return {"drained, s": round(drained - begin, 1), "applied, s": round(applied - drained, 1)}


def _keep(folder: Path) -> Path:
    """Copy the logs to where they survive, and say where."""
    kept = Path(tempfile.mkdtemp(prefix="soak-logs-"))
    for log in folder.glob("*.log"):
        (kept / log.name).write_bytes(log.read_bytes())
    return kept


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--edges", type=int, default=3)
    parser.add_argument("--seed", type=int, default=None, help="the plan of a former run again")
    parser.add_argument("--only", default=",".join(KINDS), help="kinds of faults, with commas")
    given = parser.parse_args()
    private()
    seed = secrets.randbelow(10**6) if given.seed is None else given.seed
    account = soak(
        given.minutes,
        seed,
        edges=given.edges,
        kinds=given.only.split(","),
        say=lambda line: print(line, flush=True),
    )
    print(account)
    return 1 if account.problems else 0


if __name__ == "__main__":
    sys.exit(main())
