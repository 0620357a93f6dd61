"""
The first step of a coroutine, taken at once.

A usual body has come whole when its handler runs: a timer for its arrival would cost more
than reading it, and is only armed for what is not done after its first step.
"""

from collections.abc import Coroutine, Generator
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Eager(Generic[T]):
    """
    Runs *coroutine* up to where it first waits; await it, in the same task, for the rest.

    Raises what the coroutine raises until then.
    """

    __slots__ = ("_coroutine", "_result", "_waits_for", "done")

    def __init__(self, coroutine: Coroutine[Any, Any, T]) -> None:
        self._coroutine = coroutine
        self._waits_for: Any = None
        self._result: T | None = None
        self.done = False
        """It did not wait at all: awaiting it takes no time."""
        try:
            self._waits_for = coroutine.send(None)
        except StopIteration as end:
            self._result = end.value
            self.done = True

    def __await__(self) -> Generator[Any, Any, T]:
        """Go on from where it waits."""
        if self.done:
            return self._result  # type: ignore[return-value]
        step = self._waits_for
        try:
            while True:
                try:
                    yield step
                except BaseException as error:  # noqa: BLE001 - a deadline is the coroutine's to hear
                    step = self._coroutine.throw(error)
                else:
                    step = self._coroutine.send(None)
        except StopIteration as end:
            result: T = end.value
            return result
