"""
What a script costs a page's main thread, read from a trace of Chromium.

V8 samples the stack every 0.1 ms. A sample belongs to a script when any frame of its
stack does: its listeners, timers, observers and what they call, layout that they force
included. Compilation is told by events of its own. Time is the thread's own, so that
other processes do not count; nothing else is subtracted.
"""

import json
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

CATEGORIES = [
    "devtools.timeline",
    "disabled-by-default-devtools.timeline",
    "disabled-by-default-v8.cpu_profiler",
    "disabled-by-default-v8.cpu_profiler.hires",
    "v8",
]
LONG_US = 50_000
"""A task that takes longer is a long task (W3C Long Tasks)."""


@dataclass
class Cost:
    """Of one script in one trace."""

    us: float = 0
    """Microseconds of the main thread's own time."""
    long_tasks: int = 0
    """Tasks that are long with it and would not be without it."""


def cost(trace: bytes, script: str) -> Cost:
    """Return what the script, whose address has *script* in it, costs in *trace*."""
    events = json.loads(trace)["traceEvents"]
    spans = sorted([*_samples(events, script), *_compilations(events, script)])
    found = Cost()
    for event in events:
        if event["name"] != "RunTask" or not event.get("dur"):
            continue
        start, took = event["ts"], event["dur"]
        # Where other processes took the core away, the thread's own time is shorter.
        ran = event.get("tdur", took)
        share = _inside(spans, start, start + took) * ran / took
        found.us += share
        found.long_tasks += ran > LONG_US >= ran - share
    return found


def _inside(spans: list[tuple[float, float]], start: float, end: float) -> float:
    """Return how much of start…end the sorted *spans* take."""
    first = bisect_left(spans, (start,))
    total = 0.0
    for a, b in spans[max(0, first - 1) :]:
        if a >= end:
            break
        total += max(0.0, min(end, b) - max(start, a))
    return total


def _compilations(events: list[dict[str, Any]], script: str) -> Iterator[tuple[float, float]]:
    for event in events:
        url = str(event.get("args", {}).get("data", {}).get("url", ""))
        if event["name"] in ("v8.compile", "v8.parseOnMain") and script in url and "dur" in event:
            yield event["ts"], event["ts"] + event["dur"]


def _samples(events: list[dict[str, Any]], script: str) -> Iterator[tuple[float, float]]:
    """Yield the time between two samples where the first is within the script."""
    profiles: dict[tuple[int, str], dict[str, Any]] = {}
    for event in events:
        key = (event.get("pid", 0), event.get("id", ""))
        data = event.get("args", {}).get("data", {})
        if event["name"] == "Profile":
            profiles[key] = {"at": data["startTime"], "parent": {}, "own": {}, "samples": []}
        elif event["name"] == "ProfileChunk" and key in profiles:
            profile = profiles[key]
            for node in data.get("cpuProfile", {}).get("nodes", []):
                profile["parent"][node["id"]] = node.get("parent")
                profile["own"][node["id"]] = script in node["callFrame"].get("url", "")
            samples = data.get("cpuProfile", {}).get("samples", [])
            for sample, delta in zip(samples, data.get("timeDeltas", []), strict=False):
                profile["at"] += delta
                profile["samples"].append((profile["at"], sample))
    for profile in profiles.values():
        samples = profile["samples"]
        for (at, node), (then, _) in pairwise(samples):
            if _within(node, profile) and then > at:
                yield at, then


def _within(node: int | None, profile: dict[str, Any]) -> bool:
    while node is not None:
        if profile["own"].get(node):
            return True
        node = profile["parent"].get(node)
    return False
