"""A hub and edges as real processes, enrolled as a company's are: control goes between them."""

import contextlib
import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2

from edge import keys
from edge.events.wire import ProjectId
from edge.projects import Project, ProjectBook, make
from tests.stack import PROGRAM, Process, answers, free_ports, wait_for

ORIGIN = "https://shop.example"


class Edge:
    """One edge: its folder, its process, and what it answers."""

    def __init__(self, company: "Company", name: str, *, region: str = "DE") -> None:
        [port] = free_ports(1)
        self.folder = company.folder / name
        self.name = name
        self.url = f"http://127.0.0.1:{port}"
        self.keys = keys.EdgeKeys.make(self.folder)
        self.company = company
        self.enroll()
        self.process = Process(
            *("edge", "--data", str(self.folder), "--port", str(port)),
            *("--hub", company.link, "--region", region, "--site", name),
            log=company.folder / f"{name}.log",
        )

    def enroll(self, *, rotation: bool = False) -> None:
        """Admit the newest key at the hub, and trust the hub's card."""
        hub = self.company.hub_folder
        asked = keys.request(self.folder, self.folder / "asked", name=self.name, site=self.name)
        keys.enroll(keys.Keyring(hub), asked, asked.fingerprint(), rotation=rotation)
        keys.EdgeKeys.trust(self.folder, keys.HubKeys.open(hub).card())

    def consent(self, key: str, origin: str = ORIGIN, project: ProjectId = "shop") -> Any:
        """Choose as a browser does; return the answer."""
        body = {
            "projectId": project,
            "sessionId": "s" * 22,
            "state": "granted",
            "purposes": ["interaction"],
            "source": "banner",
            "policyVersion": "1",
            "receiptHash": "r" * 43,
            "stream": "t" * 11,
            "n": 0,
            "sentAt": 1,
        }
        headers = {"Origin": origin, "Content-Type": "text/plain"}
        return httpx2.post(
            f"{self.url}/consent?k={key}", content=json.dumps(body), headers=headers, timeout=10
        )

    def control(self) -> dict[str, Any]:
        """Return what lies in its control book."""
        try:
            found: dict[str, Any] = json.loads((self.folder / "control.json").read_text())
        except FileNotFoundError:
            return {"rev": 0, "holds": [], "waits": [], "troubles": []}
        return found

    def probes(self) -> dict[str, str]:
        """Return what ``/ready`` says."""
        found: dict[str, str] = httpx2.get(f"{self.url}/ready", timeout=10).json()["probes"]
        return found

    def start(self, *, linked: bool = True) -> None:
        """Start it and wait until it answers and, unless told otherwise, is linked."""
        self.process.start()
        wait_for(lambda: answers(f"{self.url}/health"), what=f"{self.name} answers")
        if linked:
            wait_for(lambda: self.probes()["link"] == "ok", what=f"{self.name} is linked")


class Company:
    """The hub, and the edges that were made with :meth:`edge`."""

    def __init__(self, folder: Path) -> None:
        hub_port, link_port = free_ports(2)
        self.folder = folder
        self.hub_folder = folder / "hub"
        self.url = f"http://127.0.0.1:{hub_port}"
        self.link = f"tcp://127.0.0.1:{link_port}"
        keys.HubKeys.open(self.hub_folder)
        self.book = ProjectBook.open(self.hub_folder)
        self.rules = folder / "rules.toml"
        self.rules.write_text("")
        self.hub = Process(
            *("hub", "--data", str(self.hub_folder), "--port", str(hub_port)),
            *("--link", self.link, "--rules", str(self.rules)),
            log=folder / "hub.log",
        )
        self.edges: list[Edge] = []

    def edge(self, name: str, **options: Any) -> Edge:
        """Make and enrol an edge."""
        made = Edge(self, name, **options)
        self.edges.append(made)
        return made

    def add(self, project: str = "shop", **options: Any) -> Project:
        """Add a project at the hub."""
        made = make(project, origins=[ORIGIN], **options)
        self.book.add(made)
        return made

    def rule(self, text: str) -> None:
        """Put a file of rules in the old one's place, all at once."""
        fresh = self.rules.with_suffix(".new")
        fresh.write_text(text)
        fresh.replace(self.rules)

    def start(self) -> None:
        """Start the hub and wait until it answers."""
        self.hub.start()
        wait_for(lambda: answers(f"{self.url}/health"), what="the hub answers")

    def status(self, name: str) -> dict[str, Any]:
        """Return what the hub's API says of an edge."""
        rows = httpx2.get(f"{self.url}/api/edges", timeout=10).json()["rows"]
        found: dict[str, Any] = next(row for row in rows if row["name"] == name)
        return found

    def wait_current(self, *edges: Edge) -> None:
        """
        Wait until *edges* hold all that they were told since they exist, and the hub knows.

        For a start: later on they may hold all and the hub not have looked yet, so what
        follows from a change is waited for by itself.
        """
        for edge in edges:

            def current(edge: Edge = edge) -> bool:
                said = self.status(edge.name)["control"]
                return said["state"] == "current" and said["rev"] > 0

            wait_for(current, what=f"{edge.name} holds all control")


def grant(edge: Edge, key: str, session: str, page: str, *, receipt: str = "r" * 43) -> None:
    """Let *session* consent, with the hash of its secret, and come to *page*."""
    now = int(time.time() * 1000)
    headers = {"Origin": "https://shop.example", "Content-Type": "text/plain"}
    common = {"projectId": "shop", "sessionId": session, "stream": "t" * 11, "sentAt": now}
    choice = {"state": "granted", "purposes": ["interaction"], "source": "banner"}
    body = {**common, **choice, "policyVersion": "1", "receiptHash": receipt, "n": 0}
    answer = httpx2.post(f"{edge.url}/consent?k={key}", content=json.dumps(body), headers=headers)
    assert answer.status_code == 200, answer.text
    event = {
        "n": 1,
        "type": "signal.raw",
        "timestamp": now,
        "page": page,
        "view": 0,
        "payload": {"action": "nav", "how": "load"},
    }
    answer = httpx2.post(
        f"{edge.url}/events?k={key}",
        content=json.dumps({**common, "events": [event]}),
        headers=headers,
    )
    assert answer.json()["accepted"] == 1, answer.text


def run(*arguments: object) -> str:
    """Run a command of `flowback` that must succeed; return what it prints."""
    done = _command(*arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def refused(*arguments: object) -> str:
    """Run a command that must fail with one clear line, and return that."""
    done = _command(*arguments)
    assert done.returncode == 1, done.stdout
    assert len(done.stderr.splitlines()) == 1
    return done.stderr


def _command(*arguments: object) -> "subprocess.CompletedProcess[str]":
    command = [*PROGRAM, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@contextlib.contextmanager
def company(folder: Path) -> Iterator[Company]:
    """Make a company, and end its processes whatever happens."""
    made = Company(folder)
    try:
        yield made
    finally:
        for process in (*(edge.process for edge in made.edges), made.hub):
            if process.process is not None and process.process.poll() is None:
                process.stop()
