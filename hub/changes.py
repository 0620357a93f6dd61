"""
What changed for which project: the source of ``/api/live``.

A version is the hub's count of changes and only grows. For a project that is no demo a
change is told when k sessions have been touched since the last one, or a minute after:
the stream must not say when one visitor moves.
"""

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

QUIET_MS = 60_000
"""What was held back is told after this time."""


@dataclass(slots=True)
class _Project:
    version: int
    at: int
    held: set[int] = field(default_factory=set)


def _now() -> int:
    return int(time.time() * 1000)


class Changes:
    """Versions per project. *k_of* returns a project's threshold. For any thread."""

    def __init__(self, k_of: Callable[[str], int], clock: Callable[[], int] = _now) -> None:
        self._k_of = k_of
        self._clock = clock
        self._lock = threading.Lock()
        self._base = clock()
        """Versions of this process start here: greater than any of the one before."""
        self._count = self._base
        self._projects: dict[str, _Project] = {}

    def touched(self, project: str, numbers: Iterable[int]) -> None:
        """Note that these sessions of *project* have new rows."""
        with self._lock:
            state = self._state(project)
            state.held.update(numbers)
            self._tell(project, state)

    def changed(self, project: str) -> None:
        """Note that an answer of *project* changed as a whole: its insights, a decision."""
        with self._lock:
            self._next(self._state(project))

    def version(self, project: str) -> tuple[int, int]:
        """Return (version, when it changed in ms) of *project*."""
        with self._lock:
            state = self._state(project)
            self._tell(project, state)
            return state.version, state.at

    def _state(self, project: str) -> _Project:
        return self._projects.setdefault(project, _Project(self._base, self._base))

    def _tell(self, project: str, state: _Project) -> None:
        due = self._clock() - state.at >= QUIET_MS
        if state.held and (due or len(state.held) >= self._k_of(project)):
            self._next(state)

    def _next(self, state: _Project) -> None:
        self._count += 1
        state.version, state.at = self._count, self._clock()
        state.held.clear()
