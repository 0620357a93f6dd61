"""
Faults on purpose: a TCP proxy that cuts, holds back, slows, forgets and flips bits.

It stands between an edge and its hub in tests and in ``make soak``; nothing of
the product uses it otherwise.
"""

import asyncio
import contextlib
import socket
import struct
import threading
from types import TracebackType
from typing import Self

CHUNK = 16 * 2**10


class FaultProxy:
    """
    Passes TCP on to *host*:*port* from a loopback port of its own.

    A context manager that runs on its own thread; every method is for any thread.
    """

    def __init__(self, host: str, port: int) -> None:
        self.address = ""
        """Where it listens, as ``tcp://127.0.0.1:…``."""
        self.rate = 0.0
        """Bytes per second in each direction of each connection, 0 for no limit."""
        self.delay = 0.0
        """Seconds that each chunk is held back, each way."""
        self.connections = 0
        """Connections since the start."""
        self.passed = 0
        """Bytes passed on."""
        self.refused = 0
        """Connections that were not let in."""
        self.broken = 0
        """Connections that were broken on purpose."""
        self.held = 0
        """Chunks that waited while the line was held."""
        self.slowed = 0
        """Chunks that waited for ``rate`` or ``delay``."""
        self.flipped = 0
        """Bits flipped on the way to the target."""
        self._target = (host, port)
        self._loop = asyncio.SelectorEventLoop()
        self._to_far = asyncio.Event()
        self._to_near = asyncio.Event()
        self._pairs: set[asyncio.Task[None]] = set()
        self._flips = 0
        self._leaving: set[asyncio.Task[None]] = set()
        self._left: list[socket.socket] = []
        """Far ends whose near ends are gone."""
        self._refusing = False
        self._ready = threading.Event()
        self._end = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="fault-proxy", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait(10)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(10)

    def cut(self) -> None:
        """Break every connection at once; new ones are welcome."""
        self._loop.call_soon_threadsafe(self._break)

    def refuse(self, *, on: bool) -> None:
        """Break every connection, and every new one while *on*."""

        def change() -> None:
            self._refusing = on
            if on:
                self._break()

        self._loop.call_soon_threadsafe(change)

    def hold(self, *, to_target: bool = True, back: bool = True) -> None:
        """Pass nothing on, both ways or one, and close nothing: a half-open line."""
        for way, held in ((self._to_far, to_target), (self._to_near, back)):
            if held:
                self._loop.call_soon_threadsafe(way.clear)

    def resume(self) -> None:
        """Pass on again, beginning with what was held."""
        for way in (self._to_far, self._to_near):
            self._loop.call_soon_threadsafe(way.set)

    def flip(self) -> None:
        """Flip one bit of what goes to the target next."""

        def change() -> None:
            self._flips += 1

        self._loop.call_soon_threadsafe(change)

    def orphan(self) -> None:
        """
        Break the near ends alone, as a router that forgot them: the target keeps its
        connections, and gets others of the same peers beside them.
        """

        def change() -> None:
            self._leaving = set(self._pairs)
            self._break()

        self._loop.call_soon_threadsafe(change)

    @property
    def orphans(self) -> int:
        """Return how many connections the target holds whose peers are gone."""
        return len(self._left)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        """Listen on plain sockets: a stream server may forget one that it just accepted."""
        self._to_far.set()
        self._to_near.set()
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.setblocking(False)
            self.address = f"tcp://127.0.0.1:{listener.getsockname()[1]}"
            self._ready.set()
            self._loop.add_reader(listener, self._accept, listener)
            await self._end.wait()
            self._loop.remove_reader(listener)
            self._break()
            await asyncio.gather(*self._pairs, return_exceptions=True)
            for far in self._left:
                _reset(far)

    def _accept(self, listener: socket.socket) -> None:
        try:
            near, _ = listener.accept()
        except OSError:
            return  # gone again before we looked
        self.connections += 1
        if self._refusing:
            self.refused += 1
            _reset(near)
            return
        pair = self._loop.create_task(self._join(near))
        self._pairs.add(pair)
        pair.add_done_callback(self._pairs.discard)
        pair.add_done_callback(lambda _: _reset(near))  # even when it never began

    async def _join(self, near: socket.socket) -> None:
        far = socket.socket()
        try:
            for end in (near, far):
                end.setblocking(False)
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await self._loop.sock_connect(far, self._target)
            ways = [
                self._loop.create_task(self._pass(near, far, self._to_far)),
                self._loop.create_task(self._pass(far, near, self._to_near)),
            ]
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                await asyncio.gather(*ways, return_exceptions=True)
        except OSError:
            pass  # the hub is down: the near end finds out by the reset
        except asyncio.CancelledError:
            if asyncio.current_task() in self._leaving:
                self._left.append(far)
                far = socket.socket()
            raise
        finally:
            _reset(far)

    async def _pass(
        self, source: socket.socket, target: socket.socket, flowing: asyncio.Event
    ) -> None:
        with contextlib.suppress(OSError):
            while data := await self._loop.sock_recv(source, CHUNK):
                if not flowing.is_set():
                    self.held += 1
                    await flowing.wait()
                if self.delay or self.rate:
                    self.slowed += 1
                    await asyncio.sleep(self.delay + (len(data) / self.rate if self.rate else 0))
                await self._loop.sock_sendall(target, self._altered(data, flowing))
                self.passed += len(data)

    def _altered(self, data: bytes, way: asyncio.Event) -> bytes:
        if not self._flips or way is not self._to_far:
            return data
        self._flips -= 1
        self.flipped += 1
        return data[:-1] + bytes([data[-1] ^ 1])

    def _break(self) -> None:
        for pair in self._pairs:
            self.broken += 1
            pair.cancel()


def _reset(end: socket.socket) -> None:
    """Close *end* with a reset, as a machine does that forgot the connection."""
    with contextlib.suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    end.close()
