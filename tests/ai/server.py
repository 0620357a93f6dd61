"""A real HTTP server that answers as the OpenAI-compatible ones do, or as told."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[[str, dict], Any]
"""Path and body → (status, bytes), or an object that is sent as JSON."""


class Stub:
    """What was asked, and where."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.asked: list[tuple[str, dict]] = []
        self.keys: list[str | None] = []


@contextmanager
def serve(answer: Answer) -> Iterator[Stub]:
    """Run a server on loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            stub.asked.append((self.path, body))
            stub.keys.append(self.headers.get("authorization"))
            given = answer(self.path, body)
            status, raw = given if isinstance(given, tuple) else (200, json.dumps(given).encode())
            try:
                self.send_response(status)
                self.send_header("content-length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)
            except OSError:
                pass  # the client has given up, as it should with a slow server

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        stub = Stub(f"http://127.0.0.1:{server.server_port}/v1")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield stub
        finally:
            server.shutdown()
            thread.join()
