"""
What an operator sends to an edge (fault 35): SIGTERM under load, SIGHUP with good and with
bad settings, and either while it starts.
"""

import os
import signal
import threading
import time
from pathlib import Path

import httpx2
import pytest

from edge.projects import ProjectBook, make
from tests.faults.posting import Visitor, browser_events, metrics
from tests.stack import Process, answers, free_ports, wait_for

SENDERS = 8
GOOD = """
[edge]
region = "DE"
session_rate = 0
project_rate = 0
"""


class Edge:
    """One edge with a settings file, without a hub: everything it takes in is its backlog."""

    def __init__(self, folder) -> None:
        [port] = free_ports(1)
        self.url = f"http://127.0.0.1:{port}"
        self.folder = folder / "edge"
        self.settings = folder / "flowback.toml"
        self.settings.write_text(GOOD)
        self.project = make("shop", origins=["https://shop.example"])
        ProjectBook.open(self.folder).add(self.project)
        self.log = folder / "edge.log"
        self.process = Process(
            *("edge", "--config", str(self.settings), "--data", str(self.folder)),
            *("--port", str(port)),
            log=self.log,
        )
        self.process.start()

    def serves(self) -> bool:
        return answers(f"{self.url}/health") is not None

    @property
    def pid(self) -> int:
        return self.process.process.pid

    def keeps(self, number: signal.Signals) -> bool:
        """Whether the process has said what it does at *number*."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        [caught] = [line.split()[1] for line in status.splitlines() if "SigCgt" in line]
        return bool(int(caught, 16) >> (number - 1) & 1)

    def visitor(self) -> Visitor:
        made = Visitor(httpx2, self.project, url=self.url)
        made.grant()
        return made

    def hang_up(self, settings: str, name: str) -> None:
        """Change the settings, send SIGHUP, and wait until the counter *name* has moved."""
        before = self.figure(name)
        self.settings.write_text(settings)
        os.kill(self.process.process.pid, signal.SIGHUP)
        wait_for(lambda: self.figure(name) == before + 1, what=name)

    def figure(self, name: str) -> float:
        return metrics(self.url)[f"flowback_edge_{name}"]


@pytest.fixture
def starting(tmp_path):
    """An edge whose process has just begun."""
    made = Edge(tmp_path)
    yield made
    if made.process.process.poll() is None:
        made.process.stop()


@pytest.fixture
def edge(starting):
    wait_for(starting.serves, what="the edge")
    return starting


@pytest.mark.fault(35)
def test_sigterm_under_load_answers_what_it_took_and_exits_0(edge):
    """Within 10 s; what is on disk was answered 202, and what was answered 202 is on disk."""
    ended = threading.Event()
    visitors = [edge.visitor() for _ in range(SENDERS)]

    def go_on(who) -> None:
        while not ended.is_set():
            try:
                who.send(count=20)
            except httpx2.HTTPError:
                ended.wait(0.01)  # nobody listens any more

    senders = [threading.Thread(target=go_on, args=(who,)) for who in visitors]
    for sender in senders:
        sender.start()
    wait_for(lambda: all(len(who.acknowledged) > 100 for who in visitors), what="load")
    started = time.monotonic()
    assert edge.process.stop(seconds=10) == 0
    took = time.monotonic() - started
    ended.set()
    for sender in senders:
        sender.join(10)

    assert not (edge.folder / "journal.db-wal").exists(), "not closed in good order"
    found = browser_events(edge.folder / "journal.db")
    told = set().union(*(who.acknowledged for who in visitors))
    assert set(found) == told
    assert max(found.values()) == 1
    assert took < 10
    assert "edge ended" in edge.log.read_text()


def test_sighup_takes_over_good_settings(edge):
    """Limits, rules and the budget hold at once; what needs a restart is said."""
    who = edge.visitor()
    assert who.send(count=200).status_code == 202
    other = GOOD + "site = 'bern'\n"
    edge.hang_up(other.replace("session_rate = 0", "session_rate = 60"), "config_reloads_total")

    answered = {who.send(count=300).status_code for _ in range(4)}
    assert 429 in answered, "the new limit holds"
    text = edge.log.read_text()
    assert "session_rate" in text
    assert '"at_the_next_start": ["site"]' in text
    assert answers(f"{edge.url}/ready").json()["probes"]["config"] == "ok"


@pytest.mark.parametrize(
    ("bad", "word"),
    [
        ("[edge\n", "is not TOML"),
        (GOOD + "prot = 1\n", "no setting 'prot'"),
        (GOOD + "queue_mb = 0\n", "queue_mb"),
        (GOOD + "proxies = 'the moon'\n", "proxies"),
        (GOOD + "rules = '/no/such/file.toml'\n", "rules"),
    ],
)
@pytest.mark.fault(35)
def test_sighup_with_bad_settings_changes_nothing(edge, bad, word):
    """The old ones stay, the backlog is intact, and metric, probe and log say why."""
    who = edge.visitor()
    who.send(count=20)
    edge.hang_up(bad, "config_errors_total")

    ready = answers(f"{edge.url}/ready")
    assert (ready.status_code, ready.json()["degraded"]) == (200, ["config"])
    assert word in ready.json()["probes"]["config"]
    assert "those before stay in use" in edge.log.read_text()
    assert who.send(count=20).status_code == 202
    assert set(browser_events(edge.folder / "journal.db")) == who.acknowledged
    edge.hang_up(GOOD, "config_reloads_total")
    assert answers(f"{edge.url}/ready").json()["degraded"] == []


def test_sighup_during_the_start_costs_nothing(starting):
    """Sent from the first moment until it serves: it lives, and has read its settings again."""
    edge = starting
    wait_for(lambda: edge.keeps(signal.SIGHUP), what="the first line of the program")
    os.kill(edge.pid, signal.SIGHUP)
    assert not (edge.folder / "journal.db").exists(), "too late to be during the start"
    while not edge.serves():
        os.kill(edge.pid, signal.SIGHUP)
        assert edge.process.process.poll() is None, edge.log.read_text()
    wait_for(lambda: edge.figure("config_reloads_total") >= 1, what="the settings read again")
    who = edge.visitor()
    assert who.send(count=20).status_code == 202
    assert edge.process.stop() == 0


MOMENTS = {
    "the first line": lambda edge: edge.keeps(signal.SIGTERM),
    "the lock": lambda edge: (edge.folder / "lock").exists(),
    "the journal": lambda edge: (edge.folder / "journal.db").exists(),
    "the log's file": lambda edge: (edge.folder / "journal.db-wal").exists(),
    "the first line of the log": lambda edge: edge.log.read_text() != "",
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_sigterm_during_the_start_ends_it_in_good_order(starting, moment):
    """With 0, whatever was being opened, and nothing is left half-made."""
    edge = starting
    wait_for(lambda: MOMENTS[moment](edge), what=moment)
    assert edge.process.stop() == 0, edge.log.read_text()
    assert not (edge.folder / "journal.db-wal").exists(), "not closed in good order"
    assert "Traceback" not in edge.log.read_text()
    edge.process.start()
    wait_for(edge.serves, what="the edge again")
    assert edge.visitor().send(count=20).status_code == 202
    assert edge.process.stop() == 0
