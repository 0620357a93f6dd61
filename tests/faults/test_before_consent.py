"""
Promise 4: what no consent covers never reaches a disk or a log, in any form.

A real edge is sent events whose every text holds a word that tells when they were
made; the words are looked for in the database, the write-ahead log while it is in use,
the inflated entries and the log at its most talkative.
"""

import json
from pathlib import Path

import httpx2
import pytest

from edge.collector.app import JOURNAL
from edge.projects import ProjectBook, make
from tests.edge.collector.site import ORIGIN, batch, choice, now
from tests.faults.traces import written
from tests.stack import Process, answers, free_ports, wait_for

KEY = "key-of-shop"
WAL = f"{JOURNAL}-wal"


class Edge:
    """An edge on a free port, with everything that it writes beneath one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        [port] = free_ports(1)
        self.url = f"http://127.0.0.1:{port}"
        data = folder / "edge"
        ProjectBook.open(data).add(make("shop", origins=[ORIGIN], key=KEY))
        self.process = Process(
            *("edge", "--data", str(data), "--port", str(port), "--region", "DE"),
            *("--log", "debug"),
            log=folder / "edge.log",
        )

    def start(self) -> None:
        self.process.start()
        wait_for(lambda: answers(f"{self.url}/health"), what="the edge answers")

    def post(self, path: str, body: dict, **headers: str) -> dict:
        headers = {"Origin": ORIGIN, "Content-Type": "text/plain", **headers}
        answer = httpx2.post(f"{self.url}{path}?k={KEY}", content=json.dumps(body), headers=headers)
        assert answer.status_code in (200, 202), answer.text
        return answer.json()

    def send(self, *events: dict, **more: str) -> dict:
        return self.post("/events", batch(*events, **more))

    def everything(self) -> bytes:
        return written(self.folder, f"edge/{JOURNAL}")


@pytest.fixture
def edge(tmp_path):
    started = Edge(tmp_path)
    started.start()
    yield started
    started.process.stop()


def told(n: int, word: str) -> list[dict]:
    """Return an event of each form from number *n* on, with *word* wherever text can stand."""
    payloads = [
        ("signal.raw", {"action": "click", "target": f"button.{word}", "name": word}),
        ("signal.raw", {"action": "custom", "subtype": word}),
        ("signal.raw", {"action": "input", "target": "i", "phase": "blur", "form": f"form.{word}"}),
        ("signal.raw", {"action": "backtrack", "origin": f"/{word}", "stayed": 900}),
        ("signal.raw", {"action": "nav", "referrer": f"{word}.example"}),
        ("signal.raw", {"action": "prompt", "phase": "shown", "rule": word}),
        ("feedback.recorded", {"reaction": "thumbs_down", "comment": f"it is {word}"}),
        ("feedback.recorded", {"reaction": "confused", "answers": {"detector": word}}),
        ("signal.raw", {"action": word}),  # not understood: rejected
    ]
    return [
        {"n": n + i, "type": type_, "timestamp": now(), "page": f"/{word}", "payload": payload}
        for i, (type_, payload) in enumerate(payloads)
    ]


def test_what_no_consent_covers_is_written_nowhere(edge):
    """Before a grant, before its number, after a withdrawal, in a browser that says no."""
    kept, other = "quincekept", "C" * 22
    refused = {
        "quincepending": edge.send(*told(0, "quincepending")),
        "quincegpc": edge.post(
            "/events", batch(*told(0, "quincegpc"), sessionId=other), **{"Sec-GPC": "1"}
        ),
    }
    edge.post("/consent", choice(n=20))
    refused["quincebefore"] = edge.send(*told(10, "quincebefore"))
    accepted = edge.send(*told(21, kept))
    edge.post("/consent", choice(n=40, state="withdrawn"))
    refused["quinceafter"] = edge.send(*told(41, "quinceafter"))
    edge.post("/consent", choice(n=60))
    refused["quinceagain"] = edge.send(*told(61, "quinceagain"))

    assert accepted["accepted"] == 8
    for word, answer in refused.items():
        assert answer["accepted"] == 0, word
        assert sum(answer["dropped"].values()) == 8, word
    assert (edge.folder / "edge" / WAL).stat().st_size > 0  # in use while it is looked through
    for state in ("running", "stopped"):
        found = edge.everything()
        assert found.count(kept.encode()) >= 8, state  # what is stored can be found
        assert [word for word in refused if word.encode() in found] == [], state
        edge.process.stop()
    assert (edge.folder / "edge.log").stat().st_size > 0


def test_a_crash_leaves_nothing_of_it_either(edge):
    """Nor does what lay in memory when the process was killed come up after it."""
    edge.send(*told(0, "quincepending"))
    edge.post("/consent", choice(n=20))
    edge.send(*told(10, "quincebefore"))
    edge.process.kill()
    edge.start()
    edge.send(*told(21, "quincekept"))

    found = edge.everything()
    assert b"quincekept" in found
    assert b"quincepending" not in found
    assert b"quincebefore" not in found
