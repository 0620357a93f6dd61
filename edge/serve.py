"""
Run an application with uvicorn as a well-behaved process.

A busy port is one clear line; SIGTERM and SIGINT finish what is under way and
end with code 0.
"""

import errno
import gc
import signal
import socket
from collections.abc import Callable
from types import FrameType

import uvicorn
from starlette.applications import Starlette

from edge.connection import KEEP_ALIVE, Connection
from edge.errors import FlowbackError
from edge.signals import early
from edge.tls import Certificate

GRACE = 4  # seconds for what is under way when the process is asked to end


class PortBusy(FlowbackError):
    """The port is taken by another program. Choose another with --port."""


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens on *host* and *port*. Raises :class:`PortBusy`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise PortBusy(
                f"port {port} on {host} is taken by another program; choose another with --port"
            ) from error
        raise FlowbackError(f"cannot listen on {host}:{port}: {error.strerror}") from error
    listener.listen(512)
    return listener


class _Server(uvicorn.Server):
    """Says when it is asked to end, so that answers without an end can end first."""

    def __init__(
        self,
        config: uvicorn.Config,
        on_exit: Callable[[], None],
        certificate: Certificate | None,
    ) -> None:
        super().__init__(config)
        self._on_exit = on_exit
        self._certificate = certificate

    async def on_tick(self, counter: int) -> bool:
        if self._certificate is not None and counter % 10 == 0:  # once a second
            self._certificate.refresh()
        return await super().on_tick(counter)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._on_exit()
        super().handle_exit(sig, frame)


def serve(
    app: Starlette,
    listener: socket.socket,
    *,
    tls_cert: str = "",
    tls_key: str = "",
    on_exit: Callable[[], None] = lambda: None,
) -> None:
    """
    Serve *app* until a signal ends it; *on_exit* is called when one arrives.

    Raises :class:`~edge.tls.BadCertificate`.
    """
    certificate = Certificate(tls_cert, tls_key) if tls_cert else None
    config = uvicorn.Config(
        app,
        http=Connection,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=GRACE,
        ssl_context_factory=(lambda *_: certificate.context) if certificate else None,
        lifespan="on",
    )
    # What lives as long as the process is not looked through again at every collection.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    server = _Server(config, on_exit, certificate)

    def end(*_: object) -> None:
        server.should_exit = True

    for ending in (signal.SIGTERM, signal.SIGINT):
        # until uvicorn listens to them; and it raises them again once it has ended
        signal.signal(ending, end)
    if early.ending:
        end()
    try:
        server.run(sockets=[listener])
    finally:
        gc.unfreeze()  # so that libraries find their objects gone at the end
        listener.close()
    if not server.started:
        raise FlowbackError("the server did not start; the lines above say why")
