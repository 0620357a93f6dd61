"""
The analytics store: the seam behind which a later engine may stand.

A store gives transactions to the worker and reads to everyone else; what a
transaction does becomes visible and durable all at once, or not at all.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from edge.errors import FlowbackError

Row = tuple[Any, ...]
Frame = Mapping[str, Sequence[Any]]
"""Columns of one length by their names."""


class AnalyticsUnavailable(FlowbackError):
    """The analytics file cannot be used. Free its disk or folder; the inbox keeps what waits."""


class Transaction(Protocol):
    """One commit in the making."""

    def read(self, sql: str, arguments: Sequence[Any] = ()) -> list[Row]:
        """Return the rows of a query, this transaction's own writes included."""
        ...

    def execute(self, sql: str, arguments: Sequence[Any] = ()) -> None:
        """Run one statement."""
        ...

    def append(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Add *rows* to *table*, many at once."""
        ...

    def insert(self, sql: str, frames: Mapping[str, Frame]) -> None:
        """Run one statement that reads *frames* as tables of these names."""
        ...


class Reader(Protocol):
    """Reads what is committed. May be called from any thread."""

    def read(self, sql: str, arguments: Sequence[Any] = ()) -> list[Row]:
        """Return the rows of a query over one consistent state."""
        ...

    def snapshot(self) -> AbstractContextManager[None]:
        """Return a context in which all reads of this thread see one and the same state."""
        ...


class AnalyticsStore(Reader, Protocol):
    """A store that one worker writes and many threads read."""

    def transaction(self) -> AbstractContextManager[Transaction]:
        """Return a context that commits at its end, or undoes all when it raises."""
        ...

    def create(self, statements: Iterable[str]) -> None:
        """Make the tables that are missing."""
        ...

    def purge(self) -> None:
        """Let no byte of what was deleted stay in the store's files. Readers go on meanwhile."""
        ...

    def close(self) -> None:
        """Checkpoint and close. Harmless when repeated."""
        ...
