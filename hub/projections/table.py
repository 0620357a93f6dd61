"""
What a projection is: a table whose rows follow from one session's journey.

Every row begins with the same columns, so that one filter fits all tables. The
session is a number given at its arrival: it keeps rows of one time close together
on the disk, and no projection holds a session's id.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from hub.projections.journey import Journey

Row = tuple[Any, ...]

COMMON: Mapping[str, str] = {
    "number": "bigint not null",
    "project": "varchar not null",
    "bucket": "bigint not null",
    "device": "varchar not null",
    "cohort": "varchar not null",
    "site": "varchar not null",
}
"""``bucket``: start of the hour (of a demo project: of the minute), ms since 1970."""

SEALED = -(2**62) - 1
"""Numbers below stand for sealed sessions; above are those of denials and of sessions."""

DAY = 86_400_000
HOUR = 3_600_000
MINUTE = 60_000


@dataclass(frozen=True)
class Table:
    """A projection: its name, its own columns, and how a journey becomes rows."""

    name: str
    columns: Mapping[str, str]
    rows: Callable[[Journey, int], Iterable[Row]]
    """(journey, width of a bucket in ms) → rows of (bucket, own columns …)."""

    @property
    def all_columns(self) -> tuple[str, ...]:
        """Names of all columns in order."""
        return (*COMMON, *self.columns)

    @property
    def create(self) -> str:
        """The statement that makes the table."""
        columns = ", ".join(f"{name} {kind}" for name, kind in {**COMMON, **self.columns}.items())
        return f"create table if not exists {self.name} ({columns})"

    def rows_of(self, number: int, journey: Journey, width: int) -> set[Row]:
        """Return the whole rows of a session; none for one that does not count."""
        if not journey.counted:
            return set()
        head = (number, journey.project)
        labels = (journey.device, journey.cohort, journey.site)
        return {(*head, bucket, *labels, *own) for bucket, *own in self.rows(journey, width)}


def bucket_of(moment: int, width: int) -> int:
    """Return the start of the bucket that holds *moment*."""
    return moment - moment % width
