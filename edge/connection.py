"""
One connection of a browser: it waits for nobody longer than it must, and holds little.

uvicorn ends an idle connection only behind an answer: one that never sends a whole
request head, or never reads its answer, would stay for ever (row I14 of the attack
table), and a head would grow without end.
"""

import asyncio
import logging
import sys

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

KEEP_ALIVE = 5
"""Seconds for a request's head to arrive, and between two requests
(privacy-and-security.md, 6.2)."""
STUCK = 10
"""Seconds in which a sender must have read something of its answer."""
MAX_HEAD = 32 * 2**10
"""Bytes of a request's url and headers together."""
RESERVE = 128
"""Files that are kept free for the journal, the link and the log."""
_TOO_LONG = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"connection: close\r\ncontent-length: 0\r\n\r\n"
)


class Connection(HttpToolsProtocol):
    """uvicorn's, with a deadline for each request's head and answer and a bound on the head."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Give the first request its deadline; where too many are open, close at once."""
        super().connection_made(transport)
        self._waiting: asyncio.TimerHandle | None = None
        self._writing: asyncio.TimerHandle | None = None
        self._unheard = 0  # bytes that made no request
        if len(self.connections) > room():
            transport.abort()
        else:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the deadlines."""
        self._arrived()
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take *data*; where it brings no request about, count it and its time."""
        super().data_received(data)
        cycle = self.cycle
        if cycle is None or cycle.scope is not self.scope or cycle.response_complete:
            self._unfinished(len(data))  # no request yet, or only a part of its head

    def on_headers_complete(self) -> None:
        """Let the request begin: from here on its handler has the patience."""
        self._unheard = 0
        if self._waiting is not None:
            self._arrived()
        super().on_headers_complete()

    def pause_writing(self) -> None:
        """Watch whether what is written is read."""
        super().pause_writing()
        self._watch()

    def resume_writing(self) -> None:
        """Stop watching."""
        if self._writing is not None:
            self._writing.cancel()
            self._writing = None
        if self.flow is not None:
            super().resume_writing()

    def _unfinished(self, size: int) -> None:
        if self.transport.is_closing():
            return
        self._unheard += size
        if self._unheard > MAX_HEAD:
            self.transport.write(_TOO_LONG)
            self.transport.close()
        elif self._waiting is None:
            self._wait()

    def _wait(self) -> None:
        self._waiting = self.loop.call_later(KEEP_ALIVE, self.timeout_keep_alive_handler)

    def _arrived(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _watch(self) -> None:
        before = self.transport.get_write_buffer_size()

        def look() -> None:
            if self.transport.get_write_buffer_size() < before:
                self._watch()
            else:
                self.transport.abort()

        self._writing = self.loop.call_later(STUCK, look)


log = logging.getLogger(__name__)

ENOUGH = 4_096
"""Open files below which a start warns: a few hundred silent connections take the room."""

MORE_FILES = "raise the hard limit (LimitNOFILE=65536 of the service, or ulimit -n)"


def room() -> int:
    """Return how many connections this process may hold at once."""
    return max(RESERVE, files()[0] - RESERVE)


def widen() -> None:
    """Let this process open as many files as the system lets it; warn where those are few."""
    if sys.platform != "win32":
        import resource

        soft, hard = files()
        if soft < hard:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if files()[0] < ENOUGH:
        log.warning("few files may be open at once: %d; %s", files()[0], MORE_FILES)


def files() -> tuple[int, int]:
    """Return how many files this process may open now, and how many at most."""
    if sys.platform == "win32":
        return 8_192, 8_192
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = 65_536
    return min(soft, most), min(hard, most)
