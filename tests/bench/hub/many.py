"""
A store of many events, made of one that a hub applied.

100 million events cannot be applied within a bench. So a hub applies a sample of 10,000
sessions over 90 days, about a million events, for real; then every session is copied as
often as needed, each time as a session of its own (number and id) and moved by whole days
within the period, so that each day holds copies of the visits of all other days. What a
copy's rows are is what the hub would write of the same visit on another day: a test
compares. Events and all projections are copied, in order of time as they would arrive;
the days' sums are not: the hub's own code makes them of the copied rows.
"""

import time
from collections.abc import Iterator
from pathlib import Path

import duckdb

from hub.projections import PROJECTIONS, rollup
from hub.projections.migrate import prepare
from hub.stores.analytics.duck import DuckStore
from tests.bench.hub.visits import DAY, DAYS

_MOMENTS = ("bucket", "moment", "received")
_TABLES = ("event", *(table.name for table in PROJECTIONS))


def multiply(sample: Path, target: Path, copies: int) -> None:
    """Make *target*, with the rows of *sample* as often as *copies*."""
    store = DuckStore(target)
    prepare(store, lambda _project: False)
    store.close()
    with duckdb.connect(str(target), config={"memory_limit": "3GB", "threads": "2"}) as run:
        run.execute("set preserve_insertion_order = false")
        run.execute(f"attach '{sample}' as sample (read_only)")
        for statement in _prepare(copies):
            run.execute(statement)
        made = _Made(
            copies, run.execute("select max(number) + 1 from sample.visit").fetchall()[0][0]
        )
        inserts = [_insert(run, table, made) for table in _TABLES]
        for day in range(DAYS):
            run.execute("begin transaction")
            for sql in inserts:
                run.execute(sql, [day])
            run.execute("commit")
        run.execute(
            f"insert into visit select {made.column('number')}, project, {made.column('session')}"
            " from (from sample.visit join origin using (number)) o, copy c"
        )
        run.execute("insert into region_seen from sample.region_seen")
        run.execute("insert into positions from sample.positions")
        run.execute("delete from meta")
        run.execute(
            "insert into meta select name, case name when 'events'"
            f" then value * {copies} else value end from sample.meta"
        )
        # As of a hub whose night is over: the first of the 90 days is not ended while it is asked.
        today = int(time.time() * 1000) // DAY
        run.execute("update meta set value = ? where name = 'retained'", [today])


def roll_up(path: Path) -> int:
    """Let the hub's own code add the days up; return how many."""
    store = DuckStore(path)
    roller = rollup.Roller(store, rollup.Rolled(), quiet=0.0)
    days = 0
    while roller.step():
        days += 1
    store.close()
    return days


def _prepare(copies: int) -> Iterator[str]:
    """Each session's day is that of its first row, so that none is torn at the period's end."""
    yield (
        "create temp table copy as"
        f" select range as copy, range % {DAYS} as shift from range({copies})"
    )
    yield (
        f"create temp table start as select number, min(bucket - bucket % {DAY}) as day"
        " from sample.seen group by number"
    )
    yield (
        "create temp table origin as select number,"
        f" cast((day - (select min(day) from start)) / {DAY} as bigint) as day from start"
    )
    for table in _TABLES:
        yield (
            f"create temp table one_{table} as select t.*, o.day"
            f" from sample.{table} t join origin o using (number) order by o.day, t.number"
        )


def _insert(run: duckdb.DuckDBPyConnection, table: str, made: "_Made") -> str:
    """Return the statement that fills one day of a table."""
    columns = [name for name, *_ in run.execute(f"describe {table}").fetchall()]
    return (
        f"insert into {table} ({', '.join(columns)})"
        f" select {', '.join(map(made.column, columns))}"
        f" from one_{table} o join copy c on o.day = (? - c.shift + {DAYS}) % {DAYS}"
    )


class _Made:
    """How a row ``o`` of the sample becomes one of copy ``c``."""

    def __init__(self, copies: int, many: int) -> None:
        self._copies, self._many = copies, many

    def column(self, name: str) -> str:
        """Return the expression of a column."""
        day = f"((o.day + c.shift) % {DAYS})"
        if name == "number":
            # Numbers grow with time, as the hub gives them.
            return f"({day} * {self._copies} + c.copy) * {self._many} + o.number"
        if name in _MOMENTS:
            return f"o.{name} + ({day} - o.day) * {DAY}"
        if name == "session":
            return "left(o.session, 18) || lpad(c.copy::varchar, 4, '0')"
        return f"o.{name}"
