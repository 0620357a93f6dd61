"""A bell that any thread may ring and that a poller can wait for beside its sockets."""

import contextlib
import socket


class Wake:
    """A socket pair: a byte in it means "look again"."""

    def __init__(self) -> None:
        self._near, self._far = socket.socketpair()
        self._near.setblocking(False)
        self._far.setblocking(False)

    def ring(self) -> None:
        """Wake the poller. From any thread, never blocks; a full pipe rings already."""
        with contextlib.suppress(BlockingIOError, OSError):
            self._far.send(b"\0")

    def fileno(self) -> int:
        """Return what to poll."""
        return self._near.fileno()

    def clear(self) -> None:
        """Take all rings so far."""
        with contextlib.suppress(BlockingIOError, OSError):
            while len(self._near.recv(4096)) == 4096:
                pass

    def close(self) -> None:
        """Free both ends."""
        self._near.close()
        self._far.close()
