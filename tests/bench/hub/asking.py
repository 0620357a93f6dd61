"""
Questions to a hub of many events, by its REST API, with disclosure on.

Each question differs from all before it in its period or filters, so that nothing of its
answer was ever shown and none comes from memory: a share is of a day or less at any hour, a
share of a week, of a month, of all 90 days; with one filter or two, or none.
"""

import random
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import httpx2

from edge.detect.friction import WEIGHTS
from tests.bench.hub.visits import COHORTS, DAY, DAYS, DEVICES, PAGES, PLACES, PROJECT
from tests.stack import Process, answers, free_ports, wait_for

HOUR = 3_600_000
LENGTHS = ((12 * HOUR, 3), (DAY, 3), (7 * DAY, 3), (30 * DAY, 2), (DAYS * DAY, 1))
"""Of a period, and how many questions of twelve have it."""
QUESTIONS = 48
"""Of each kind."""
COMPARED = 6
"""Questions that are asked of raw events, too."""

Question = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a store's hub took."""

    p95_ms: dict[str, float]
    """Path → milliseconds from the request to the whole answer."""
    peak_mb: float
    """Most memory of the hub's process, from its start to the last answer."""


def ask_all(folder: Path, end: int) -> Asked:
    """Start a hub over *folder*, ask all questions, stop it."""
    with _hub(folder) as (process, url), httpx2.Client(base_url=url, timeout=120) as client:
        p95 = {}
        for path in ("/api/hotspots", "/api/sentiment", "/api/journeys"):
            waits = [_ask(client, path, question) for question in questions(path, end)]
            p95[path] = statistics.quantiles(waits, n=20)[-1] * 1000
        return Asked(p95, _peak_mb(process))


def questions(path: str, end: int) -> Iterator[Question]:
    """Yield the questions of one kind; *end* of the data in ms since 1970."""
    rng = random.Random(path)
    lengths = [length for length, share in LENGTHS for _ in range(share)]
    for place in range(QUESTIONS):
        length = lengths[place % len(lengths)] - place // len(lengths) * HOUR
        begin = end - DAYS * DAY
        start = begin + rng.randrange((DAYS * DAY - length) // HOUR + 1) * HOUR
        question = {"projectId": PROJECT, "from": start, "to": start + length}
        for name, values in _FILTERS.items():
            if rng.random() < 0.2:
                question[name] = rng.choice(values)
        if path == "/api/hotspots" and place % 3 == 2:
            question["by"] = "element"
        yield question


_FILTERS: dict[str, Sequence[str]] = {
    "device": DEVICES,
    "cohort": [one for one in COHORTS if one],
    "site": [site for site, _ in PLACES],
    "page": PAGES[:4],
}


def _ask(client: httpx2.Client, path: str, question: Question) -> float:
    began = time.perf_counter()
    response = client.get(path, params=question)
    took = time.perf_counter() - began
    response.raise_for_status()
    if response.json()["scope"]["k"] < 10:
        raise SystemExit("bench: the hub shows what it should not")
    return took


def ask_raw(path: Path, end: int) -> float:
    """Return the most ms of some hotspot questions asked of raw events in DuckDB."""
    weights = ", ".join(f"('{signal}', {weight})" for signal, weight in WEIGHTS.items())
    waits = []
    with duckdb.connect(str(path), read_only=True, config={"threads": "2"}) as run:
        for question in list(questions("/api/hotspots", end))[:COMPARED]:
            terms = ["project = ?", "moment >= ?", "moment < ?", "verified", "device <> 'bot'"]
            arguments = [PROJECT, question["from"], question["to"]]
            for name in _FILTERS:
                if name in question:
                    terms.append(f"{name} = ?")
                    arguments.append(question[name])
            began = time.perf_counter()
            run.execute(
                f"""
                with weight(what, weight) as (values {weights}),
                per as (
                  select page, number, 1 - exp(-coalesce(sum(weight), 0)) as score
                  from event left join weight
                    on event.topic = 'signal' and weight.what = event.what
                  where {" and ".join(terms)} and page <> '' group by page, number
                )
                select page, count(*), sum(score), sum(score * score) from per group by page
                """,
                arguments,
            ).fetchall()
            waits.append(time.perf_counter() - began)
    return max(waits) * 1000


@contextmanager
def _hub(folder: Path) -> Iterator[tuple[Process, str]]:
    port, link = free_ports(2)
    process = Process(
        *("hub", "--data", str(folder), "--port", str(port)),
        *("--link", f"tcp://127.0.0.1:{link}"),
        log=folder / "hub.log",
    )
    process.start()
    url = f"http://127.0.0.1:{port}"

    def ready() -> bool:
        response = answers(f"{url}/ready")
        return response is not None and response.status_code == 200

    try:
        wait_for(ready, seconds=120, what=f"{url}/ready; see {folder}/hub.log")
        yield process, url
    finally:
        process.stop(seconds=60)


def _peak_mb(process: Process) -> float:
    assert process.process is not None
    status = Path(f"/proc/{process.process.pid}/status").read_text()
    (peak,) = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(peak.split()[1]) / 1024
