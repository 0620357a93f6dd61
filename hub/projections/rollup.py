"""
Days that are over, added up: a question over months reads sums and not sessions.

A day's sums are of the sessions that have rows in that day and no other, by device, cohort,
site and place. Rows of the others, who were there around midnight, are kept beside them as
they are: so sums of several days never count a session twice, and what is left of a
period at its two ends is read as ever. Whether a day is rolled up changes no answer.

A change of any row of a day takes its sums away (:class:`Rolled`); the worker makes them
again when nothing else waits (:class:`Roller`).
"""

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from hub.projections.scope import LABELS, Scope
from hub.projections.table import DAY, HOUR
from hub.stores.analytics import AnalyticsStore, Reader, Transaction

GRACE = HOUR
"""ms after its end in which a day is still left as it is: most of what comes late has come."""
QUIET_S = 60.0
"""Seconds that a day must not have changed for."""
LOOK_S = 10.0
"""Seconds between two looks for days to roll up."""

Day = tuple[str, int]
"""Project and start of the day (UTC), ms since 1970."""


@dataclass(frozen=True)
class Rollup:
    """One table of sums: what it adds up (*source*), by what *keys*, and how."""

    name: str
    source: str
    keys: tuple[str, ...]
    sums: Mapping[str, str]
    """Column → its type; how days add up is in the queries that read them."""
    per: str
    """What is computed of each session, from its rows."""
    added: str
    """The sums, from these."""

    @property
    def create(self) -> str:
        """The statement that makes the table."""
        kinds = dict.fromkeys(("project", *LABELS, *self.keys), "varchar")
        kinds |= {"back": "boolean"} if "back" in self.keys else {}
        columns = {"day": "bigint", **kinds, **self.sums}
        named = ", ".join(f"{name} {kind} not null" for name, kind in columns.items())
        return f"create table if not exists {self.name} ({named})"

    @property
    def roll(self) -> str:
        """The statement that adds one day up; its arguments: day, project, start, end."""
        by = ", ".join((*LABELS, *self.keys))
        columns = ", ".join(("day", "project", *LABELS, *self.keys, *self.sums))
        return f"""
        insert into {self.name} ({columns})
        with per as (
          select {by}, number, {self.per} from {self.source}
          where project = ? and bucket >= ? and bucket < ?
            and number not in (select number from straddler) group by all
        )
        select ?, ?, {by}, {self.added} from per group by {by}
        """  # noqa: S608 - names of columns only


_SCORE = "1 - exp(-sum(exponent)) as score"
_SCORES = {"sessions": "bigint", "total": "double", "squares": "double"}
_ADDED = "count(*), sum(score), sum(score * score)"
_TIMES = {"sessions": "bigint", "times": "bigint", "contribution": "double"}
_TIMED = "count(*), sum(times), sum(contribution)"
_OF_SIGNAL = "sum(times) as times, sum(contribution) as contribution"

SESSION_DAYS = Rollup("seen_day", "seen", (), _SCORES, _SCORE, _ADDED)
PAGE_DAYS = Rollup("seen_page_day", "seen_page", ("page",), _SCORES, _SCORE, _ADDED)
ELEMENT_DAYS = Rollup(
    "seen_element_day",
    "seen_element",
    ("page", "target"),
    {"name": "varchar", **_SCORES},
    f"max(name) as name, {_SCORE}",
    f"max(name), {_ADDED}",
)
PAGE_SIGNAL_DAYS = Rollup(
    "page_signal_day", "signal", ("page", "signal"), _TIMES, _OF_SIGNAL, _TIMED
)
ELEMENT_SIGNAL_DAYS = Rollup(
    "element_signal_day", "signal", ("page", "target", "signal"), _TIMES, _OF_SIGNAL, _TIMED
)
WAY_DAYS = Rollup(
    "way_day", "way", ("source", "page", "back"), {"sessions": "bigint"}, "1 as one", "count(*)"
)

ROLLUPS = (
    SESSION_DAYS,
    PAGE_DAYS,
    ELEMENT_DAYS,
    PAGE_SIGNAL_DAYS,
    ELEMENT_SIGNAL_DAYS,
    WAY_DAYS,
)
SOURCES = tuple(dict.fromkeys(one.source for one in ROLLUPS))

CREATE = (
    *(one.create for one in ROLLUPS),
    *(f"create table if not exists {source}_around as from {source} limit 0" for source in SOURCES),
    "create table if not exists rolled (project varchar not null, day bigint not null)",
)

_ROLLED = "select day from rolled where project = ? and day >= ? and day < ? order by day"

# Who was there on that day and on another one.
_STRADDLERS = """
create or replace temp table straddler as
select number from seen
where number in (select number from seen where project = ? and bucket >= ? and bucket < ?)
group by number having min(bucket) < ? or max(bucket) >= ?
"""

_AROUND = """
insert into {source}_around
select * from {source}
where project = ? and bucket >= ? and bucket < ? and number in (select number from straddler)
"""

_DUE = f"""
select distinct project, bucket - bucket % {DAY} as day from seen where bucket < ?
except select project, day from rolled
order by day desc, project
"""  # noqa: S608 - a number only

_DAYS_OF = f"""
select distinct project, bucket - bucket % {DAY} from seen
where number >= ? and number in (select unnest(?))
"""  # noqa: S608 - a number only


@dataclass(frozen=True, slots=True)
class Split:
    """A scope in two: days that are added up, and the rows of all the rest."""

    scope: Scope
    start: int
    """First day that is read as sums …"""
    end: int
    """… and the end of the last; the same where there is none."""

    def rows(self, source: str, *, page: str = "page") -> tuple[str, list[Any]]:
        """Return a query of the rows that are not in sums, and its arguments."""
        if self.start == self.end:
            return self._rows(source, self.scope, page)
        found = [
            self._rows(source, replace(self.scope, end=self.start), page),
            self._rows(source, replace(self.scope, start=self.end), page),
            self._rows(
                f"{source}_around", replace(self.scope, start=self.start, end=self.end), page
            ),
        ]
        return " union all ".join(sql for sql, _ in found), [one for _, a in found for one in a]

    def days(self, rollup: Rollup, *, page: str = "page") -> tuple[str, list[Any]]:
        """Return a query of the days' sums, and its arguments."""
        scope = replace(self.scope, start=self.start, end=self.end)
        where, arguments = scope.where(page=page, moment="day")
        return f"select * from {rollup.name} where {where}", arguments  # noqa: S608

    @staticmethod
    def _rows(source: str, scope: Scope, page: str) -> tuple[str, list[Any]]:
        where, arguments = scope.where(page=page)
        return f"select * from {source} where {where}", arguments  # noqa: S608


def split(reader: Reader, scope: Scope) -> Split:
    """Return *scope* with the longest run of whole days that are rolled up."""
    first, last = scope.start + -scope.start % DAY, scope.end - scope.end % DAY
    days: list[int] = []
    if last > first:
        days = [int(day) for (day,) in reader.read(_ROLLED, [scope.project, first, last])]
    start, end = _longest(days)
    return Split(scope, start, end)


def _longest(days: Sequence[int]) -> tuple[int, int]:
    """Return start and end of the longest run of *days*, which are in order."""
    best = (0, 0)
    begun = days[0] if days else 0
    for day, after in pairwise([*days, -1]):
        if after != day + DAY:
            best = max(best, (begun, day + DAY), key=lambda run: run[1] - run[0])
            begun = after
    return best


class Rolled:
    """Which days are rolled up, as the worker's thread knows it."""

    def __init__(self) -> None:
        self._days: set[Day] | None = None
        self.touched: dict[Day, float] = {}
        """Days whose sums were taken away, and when (``time.monotonic``)."""

    def days(self, reader: Reader | Transaction) -> set[Day]:
        """Return the days that are rolled up."""
        if self._days is None:
            rows = reader.read("select project, day from rolled")
            self._days = {(str(project), int(day)) for project, day in rows}
        return self._days

    def take_away(self, transaction: Transaction, days: Iterable[Day]) -> None:
        """Take away the sums of those of *days* that have any."""
        known = self.days(transaction)
        for day in sorted(known & set(days)):
            for name in (*(one.name for one in ROLLUPS), "rolled"):
                transaction.execute(
                    f"delete from {name} where project = ? and day = ?",  # noqa: S608
                    [*day],
                )
            for source in SOURCES:
                transaction.execute(
                    f"delete from {source}_around where project = ? and bucket >= ? and bucket < ?",  # noqa: S608
                    [*day, day[1] + DAY],
                )
            known.remove(day)
            self.touched[day] = time.monotonic()

    def days_of(self, transaction: Transaction, numbers: Collection[int]) -> set[Day]:
        """Return the days on which these sessions have rows."""
        if not numbers or not self.days(transaction):
            return set()
        rows = transaction.read(_DAYS_OF, [min(numbers), list(numbers)])
        return {(str(project), int(day)) for project, day in rows}

    def forget(self) -> None:
        """Drop what is remembered: it may not have happened."""
        self._days = None


class Roller:
    """Rolls days up, one at a time. *clock* in ms since 1970, *quiet* in seconds."""

    def __init__(
        self,
        store: AnalyticsStore,
        rolled: Rolled,
        *,
        clock: Callable[[], int] = lambda: int(time.time() * 1000),
        quiet: float = QUIET_S,
    ) -> None:
        self._store = store
        self._rolled = rolled
        self._clock = clock
        self.quiet = quiet
        self._next = 0.0

    def step(self) -> bool:
        """Roll one day up if one is due; return whether it was."""
        now = time.monotonic()
        if now < self._next:
            return False
        touched = self._rolled.touched
        for day in [day for day, at in touched.items() if at + self.quiet <= now]:
            del touched[day]
        over = self._clock() - GRACE
        rows = self._store.read(_DUE, [over - over % DAY])
        due = [(str(project), int(day)) for project, day in rows]
        for day in due:
            if day not in touched:
                self._roll(day)
                return True
        self._next = now + (min(LOOK_S, self.quiet) if due else LOOK_S)
        return False

    def _roll(self, day: Day) -> None:
        project, start = day
        period = [project, start, start + DAY]
        with self._store.transaction() as transaction:
            transaction.execute(_STRADDLERS, [*period, start, start + DAY])
            for rollup in ROLLUPS:
                transaction.execute(rollup.roll, [*period, start, project])
            for source in SOURCES:
                transaction.execute(_AROUND.format(source=source), period)
            transaction.append("rolled", ("project", "day"), [day])
        self._rolled.days(self._store).add(day)
