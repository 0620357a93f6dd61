"""What stands around the widget in tests: the site that carries it, and the way to its edge."""

import gzip
import json
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2

HOP = {"connection", "content-length", "host", "keep-alive", "transfer-encoding", "date", "server"}
"""Headers that end at each hop, or that the next one writes itself."""


@dataclass
class Asked:
    """One request as it came."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    raw: bytes
    at: float = field(default_factory=time.monotonic)
    """Seconds."""
    answer: "Answer | None" = None

    @property
    def takes(self) -> bool:
        """Whether it brings or takes something away, unlike a browser's own enquiries."""
        return self.method in ("POST", "DELETE")

    @property
    def body(self) -> Any:
        """Return its JSON; None where there is none."""
        text = gzip.decompress(self.raw) if self.raw.startswith(b"\x1f\x8b") else self.raw
        return json.loads(text) if text else None


@dataclass
class Answer:
    """What is answered."""

    body: bytes = b""
    kind: str = "text/html"
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 200


class Server:
    """A server on a free port that notes what it is asked; :meth:`answer` says what it says."""

    def __init__(self, port: int = 0) -> None:
        self.asked: list[Asked] = []
        """What was answered, in that order."""
        self.in_hand: dict[int, Asked] = {}
        """What came and is not answered yet, by its ``id``."""
        server = self

        self._open: set[socket.socket] = set()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                super().setup()
                server._open.add(self.connection)

            def finish(self) -> None:
                server._open.discard(self.connection)
                with suppress(OSError):
                    super().finish()

            def handle_one_request(self) -> None:
                with suppress(OSError):  # a browser may end it at any time
                    super().handle_one_request()

            def do_GET(self) -> None:
                url = urlsplit(self.path)
                raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                asked = Asked(self.command, url.path, parse_qs(url.query), headers, raw)
                server.in_hand[id(asked)] = asked
                try:
                    answer = asked.answer = server.answer(asked, self.path)
                    if answer is None:
                        self.close_connection = True
                        return
                    server.asked.append(asked)
                finally:
                    del server.in_hand[id(asked)]
                self.send_response(answer.status)
                self.send_header("Content-Type", answer.kind)
                self.send_header("Content-Length", str(len(answer.body)))
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer.body)

            do_POST = do_DELETE = do_OPTIONS = do_GET  # noqa: N815 (as the library names them)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = False
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def taking(self) -> bool:
        """Whether what brings something is not answered yet."""
        return any(asked.takes for asked in [*self.in_hand.values()])

    def answer(self, asked: Asked, path: str) -> Answer | None:
        """Return the answer; None: the connection ends without one."""
        raise NotImplementedError

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Serve for as long as the context lasts."""
        thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._server.shutdown()
            for connection in [*self._open]:  # browsers keep them open for the next request
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            self._server.server_close()
            thread.join()


class Site(Server):
    """The site: pages by path, each with its headers."""

    def __init__(self, port: int = 0) -> None:
        super().__init__(port)
        self.pages: dict[str, Answer] = {}
        self.otherwise = Answer(b"There is no such page.", "text/plain", status=404)

    def answer(self, asked: Asked, path: str) -> Answer:
        """Return the page, or what is said otherwise."""
        return self.pages.get(asked.path, self.otherwise)


class Gate(Server):
    """The way to the edge: notes what passes, and can be shut, or answer in the edge's place."""

    def __init__(self, edge_url: str) -> None:
        super().__init__()
        self._edge = httpx2.Client(base_url=edge_url, timeout=30)
        self.shut = False
        """Nothing but the widget's script passes, as on a page that is offline."""
        self.headers: dict[str, str] = {}
        """What every request says beside what the browser said."""
        self.mute = 0
        """So many requests pass whose answers are lost."""
        self.refusals: list[Answer] = []
        """What the next requests to ``/events`` are answered in the edge's place."""
        self.refused: list[Asked] = []

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Stand between widget and edge for as long as the context lasts."""
        with self._edge, super().serving():
            yield

    def answer(self, asked: Asked, path: str) -> Answer | None:
        """Return what the edge answers."""
        if self.shut and asked.path != "/flowback.js":
            self.refused.append(asked)
            return None
        if self.refusals and (asked.method, asked.path) == ("POST", "/events"):
            self.refused.append(asked)
            return self.refusals.pop(0)
        headers = {name: value for name, value in asked.headers.items() if name not in HOP}
        headers |= self.headers
        try:
            came = self._edge.request(asked.method, path, content=asked.raw, headers=headers)
        except httpx2.HTTPError:
            return None  # the edge is gone, or its visitor
        if self.mute and asked.method == "POST":
            self.mute -= 1
            self.refused.append(asked)
            return None
        left = {name: value for name, value in came.headers.items() if name.lower() not in HOP}
        left.pop("content-encoding", None)  # what httpx hands on is inflated
        kind = left.pop("content-type", "")
        return Answer(came.content, kind, left, came.status_code)
