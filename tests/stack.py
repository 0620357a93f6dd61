"""Real processes for tests: an edge and a hub as `flowback` starts them, on free ports."""

import contextlib
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2

from desktop.demo.site import prepare
from edge.projects import Project

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = [sys.executable, str(ROOT / "flowback.py")]


def free_ports(count: int) -> list[int]:
    """Return *count* ports that are free now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def wait_for(condition: Callable[[], Any], *, seconds: float = 30.0, what: str = "") -> Any:
    """Return the first true value of *condition*; fail after *seconds*."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what or condition}")
        time.sleep(0.02)


def answers(url: str) -> httpx2.Response | None:
    """Return the answer of *url*, None while nobody answers."""
    try:
        return httpx2.get(url, timeout=5)
    except httpx2.HTTPError:
        return None


class Process:
    """One `flowback` process."""

    def __init__(self, *arguments: str, log: Path) -> None:
        self.arguments = arguments
        self.log = log
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; what it logs goes to its file."""
        with self.log.open("ab") as file:
            self.process = subprocess.Popen(
                [*PROGRAM, *self.arguments], stdout=file, stderr=file, cwd=ROOT
            )

    def kill(self) -> None:
        """End it as a crash does."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        assert self.process.wait(10) == -signal.SIGKILL

    def stop(self, *, seconds: float = 10) -> int:
        """End it as an operator does; return its exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)


class Stack:
    """An edge, with *options* of its own, and a hub that know each other, and the demo project."""

    def __init__(self, folder: Path, *options: str) -> None:
        hub_port, link_port, edge_port = free_ports(3)
        self.folder = folder
        self.edge_url = f"http://127.0.0.1:{edge_port}"
        self.hub_url = f"http://127.0.0.1:{hub_port}"
        self.project: Project = prepare(folder, shop_url="http://shop.example")
        link = f"tcp://127.0.0.1:{link_port}"
        self.hub = Process(
            *("hub", "--data", str(folder / "hub"), "--port", str(hub_port), "--link", link),
            log=folder / "hub.log",
        )
        self.edge = Process(
            *("edge", "--data", str(folder / "edge"), "--port", str(edge_port)),
            *("--hub", link, "--region", "DE", "--site", "demo", *options),
            log=folder / "edge.log",
        )

    def start(self) -> None:
        """Start both and wait until they are linked."""
        self.hub.start()
        self.edge.start()
        self.wait_ready()

    def wait_ready(self) -> None:
        """Wait until both say that they are ready."""
        for url in (self.hub_url, self.edge_url):
            wait_for(lambda url=url: _is_ready(url), what=f"{url}/ready; see {self.folder}")

    def get(self, path: str, **parameters: Any) -> dict[str, Any]:
        """Return the hub's answer about the project."""
        query = {"projectId": self.project.id, **parameters}
        response = httpx2.get(f"{self.hub_url}{path}", params=query, timeout=30)
        assert response.status_code == 200, (response.status_code, response.text)
        answer: dict[str, Any] = response.json()
        return answer


def _is_ready(url: str) -> bool:
    response = answers(f"{url}/ready")
    if response is None or response.status_code != 200:
        return False
    return "link" not in response.json().get("degraded", [])


@contextlib.contextmanager
def running(folder: Path, *options: str) -> Iterator[Stack]:
    """Run a stack, its edge with *options*, and end it, whatever happens."""
    stack = Stack(folder, *options)
    stack.start()
    try:
        yield stack
    finally:
        for process in (stack.edge, stack.hub):
            if process.process is not None and process.process.poll() is None:
                process.stop()
