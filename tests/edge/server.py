"""An application on a real port, as `edge.serve` serves it, on a thread of the test's own."""

import contextlib
import socket
import threading

import uvicorn

from edge.connection import Connection
from edge.serve import listen


@contextlib.contextmanager
def served(app):
    """Serve *app*, which has begun its work already, and yield its port."""
    config = uvicorn.Config(app, http=Connection, log_config=None, access_log=False, lifespan="off")
    server = uvicorn.Server(config)
    listener = listen("127.0.0.1", 0)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(10)


def said(client: socket.socket) -> bytes:
    """Return all that comes until the other end closes."""
    client.settimeout(20)
    found = b""
    with contextlib.suppress(ConnectionResetError):
        while data := client.recv(65_536):
            found += data
    return found
