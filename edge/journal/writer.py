"""
The one thread that writes.

Whatever waits while a commit runs shares the next one, without lingering: with
``synchronous=full`` that beat a 2 ms linger 49,000 to 30,000 acknowledgements a
second (edge-and-link.md, 1c). A work that raises costs only itself; a commit
that fails costs all its works, and nothing of them is stored.
"""

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from edge.journal.database import JournalUnavailable

T = TypeVar("T")

MAX_WORKS = 512
"""Works that share one commit; bounds the size of an entry and the wait for it."""


class Waiting:
    """A work and the future of its result, of a thread or of an event loop."""

    __slots__ = ("error", "future", "loop", "result", "work")

    def __init__(
        self,
        work: Callable[[Any], Any],
        future: "Future[Any] | asyncio.Future[Any]",
        loop: asyncio.AbstractEventLoop | None,
    ) -> None:
        self.work = work
        self.future = future
        self.loop = loop
        self.result: Any = None
        self.error: BaseException | None = None

    def settle(self) -> None:
        """Hand over the result, in the thread or loop where it is awaited."""
        if self.future.done():  # cancelled
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


class Writer:
    """Runs works in order, many in one commit, on a thread of its own."""

    def __init__(
        self,
        commit: Callable[[list[Waiting]], None],
        settled: Callable[[], None] = lambda: None,
        *,
        name: str,
    ) -> None:
        """Run *commit* with works that share one, and *settled* once their futures have ended."""
        self._commit = commit
        self._settled = settled
        self._queue: queue.SimpleQueue[Waiting | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._closed = False
        self._lock = threading.Lock()  # no work may slip in behind the end mark
        self._thread.start()

    def submit(self, work: Callable[[Any], T]) -> "Future[T]":
        """Queue *work*; its future ends after the commit. For threads."""
        future: Future[T] = Future()
        self._put(Waiting(work, future, None))
        return future

    def write(self, work: Callable[[Any], T]) -> "asyncio.Future[T]":
        """Queue *work*; its future ends after the commit. For event loops."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._put(Waiting(work, future, loop))
        return future

    @property
    def queued(self) -> int:
        """How many works wait."""
        return self._queue.qsize()

    def close(self) -> None:
        """Finish what is queued, then end the thread. Harmless when repeated."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        self._thread.join()

    def _put(self, waiting: Waiting) -> None:
        with self._lock:
            if self._closed:
                raise JournalUnavailable("the journal is closed")
            self._queue.put(waiting)

    def _run(self) -> None:
        while True:
            first = self._queue.get()
            if first is None:
                return
            works, ended = self._gather(first)
            try:
                self._commit(works)
            except Exception as error:  # noqa: BLE001 - the thread must outlive any commit
                fail(works, error)
            _settle(works)
            self._settled()
            if ended:
                return

    def _gather(self, first: Waiting) -> tuple[list[Waiting], bool]:
        works = [first]
        while len(works) < MAX_WORKS:
            try:
                waiting = self._queue.get_nowait()
            except queue.Empty:
                break
            if waiting is None:
                return works, True
            works.append(waiting)
        return works, False


def fail(works: list[Waiting], error: Exception) -> None:
    """Give every one of *works* the failure of their commit."""
    for waiting in works:
        waiting.result = None
        waiting.error = JournalUnavailable(f"the commit failed: {error}")
        waiting.error.__cause__ = error if isinstance(error, sqlite3.Error) else None


def _settle(works: list[Waiting]) -> None:
    """Wake each event loop once for all its works: a wake-up costs more than a future."""
    loops: dict[asyncio.AbstractEventLoop, list[Waiting]] = {}
    for waiting in works:
        if waiting.loop is None:
            waiting.settle()
        else:
            loops.setdefault(waiting.loop, []).append(waiting)
    for loop, of_loop in loops.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_settle_all, of_loop)


def _settle_all(works: list[Waiting]) -> None:
    for waiting in works:
        waiting.settle()
