"""
What a script costs a page's main thread, read from a trace of Chromium.

V8 tells of each call that it makes into a script: listeners, timers, observers, promises,
the script itself and its compilation; layout that they force is within. The page marks
each of its own calls, so that all others are the script's. Time is the thread's own, so
that other processes do not count.

Nothing else is traced, because tracing costs: with the categories of the timeline and V8's
samples an empty listener took 230 us at a fourth of the processor's speed, without them 12.
"""

import json
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

CATEGORIES = ["v8", "v8.execute", "toplevel", "blink.user_timing"]
CALLS = {"v8.compile", "v8.run", "v8.callFunction", "RunMicrotasks"}
TASK = "ThreadControllerImpl::RunTask"
PAGE = "page's own"
"""The mark (User Timing) that the page sets in each of its own calls."""
LONG_US = 50_000
"""A task that takes longer is a long task (W3C Long Tasks)."""


@dataclass
class Cost:
    """Of one script in one trace."""

    us: float = 0
    """Microseconds of the main thread's own time."""
    long_tasks: int = 0
    """Tasks that are long with it and would not be without it."""


def cost(trace: bytes) -> Cost:
    """Return what all that is not the page's costs in *trace*."""
    events = json.loads(trace)["traceEvents"]
    marks = [event for event in events if event["name"] == PAGE]
    if not marks:
        raise ValueError("the page has marked none of its calls")
    main = (marks[0]["pid"], marks[0]["tid"])
    spans = sorted(
        (event for event in events if "dur" in event and (event["pid"], event["tid"]) == main),
        key=lambda event: (event["ts"], -event["dur"]),
    )
    calls = list(_own(spans, sorted(mark["ts"] for mark in marks)))
    begins = [call["ts"] for call in calls]
    found = Cost(us=sum(_ran(call) for call in calls))
    for task in spans:
        if task["name"] == TASK and _ran(task) > LONG_US:
            inside = slice(bisect_left(begins, task["ts"]), bisect_left(begins, _end(task)))
            own = sum(_ran(call) for call in calls[inside])
            found.long_tasks += _ran(task) - own <= LONG_US
    return found


def _own(spans: list[dict[str, Any]], marks: list[float]) -> Iterator[dict[str, Any]]:
    """Yield the outermost calls that hold no mark; *spans* are in order, outer ones first."""
    ended = 0.0
    for span in spans:
        if span["name"] not in CALLS or span["ts"] < ended:
            continue
        if bisect_left(marks, span["ts"]) == bisect_left(marks, _end(span)):
            ended = _end(span)
            yield span


def _end(span: dict[str, Any]) -> float:
    end: float = span["ts"] + span["dur"]
    return end


def _ran(span: dict[str, Any]) -> float:
    """Return the time of its thread that the span took."""
    ran: float = span.get("tdur", span["dur"])
    return ran
