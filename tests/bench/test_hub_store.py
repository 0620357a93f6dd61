"""The store of the hub's bench: what is copied is what a hub would have written."""

import contextlib
from collections import Counter
from pathlib import Path

import duckdb

from edge.journal.journal import Journal
from edge.projects import ProjectBook, make
from hub.app import Hub
from hub.projections import PROJECTIONS
from hub.settings import HubSettings
from tests.bench.hub import applying, many
from tests.bench.hub.visits import DAY, DAYS, PROJECT

BEGIN = 1_780_012_800_000
SESSIONS = 60


def applied(folder: Path, begin: int) -> Path:
    """Let a hub apply the visits of the bench; return its analytics."""
    folder.mkdir()
    book = ProjectBook.open(folder)
    book.add(make(PROJECT, origins=["https://shop.example"]))
    inbox = Journal.open(folder / "inbox.db", node="hub")
    hub = Hub(HubSettings(data=str(folder)), inbox, book, list, lambda _node: False)
    with contextlib.closing(inbox):
        entries = [*applying.entries(SESSIONS, begin=begin)]
        inbox.submit(lambda tx: tx.store(*entries)).result()
        while hub.worker.position < len(entries):
            hub.worker.step()
        assert not hub.store.read("select 1 from quarantine")
        assert hub.worker.scrubbed == 0, "the bench's texts are not clean"
        hub.stop()
    return folder / "analytics.duckdb"


def rows(path: Path, which: str) -> dict[str, Counter[tuple[object, ...]]]:
    """Return rows by table, without what names a session, of the days that both hold whole."""
    found = {}
    with duckdb.connect(str(path), read_only=True) as run:
        for table in ("event", *(table.name for table in PROJECTIONS)):
            moment = "moment" if table == "event" else "bucket"
            leave_out = "number, session, received" if table == "event" else "number"
            sql = (
                f"select * exclude ({leave_out}) from {table}"
                f" where {which} and {moment} >= ? and {moment} < ?"
            )
            period = [BEGIN + 2 * DAY, BEGIN + (DAYS - 1) * DAY]
            found[table] = Counter(run.execute(sql, period).fetchall())
    return found


UNTOLD = {"verdict", "comment"}
"""Tables of what the bench's visitors do not do: answer a question about a signal, write."""


def test_a_copy_has_the_rows_of_the_same_visits_on_another_day(tmp_path: Path) -> None:
    """The second copy is moved by a day: a hub that applies visits of a day later agrees."""
    sample = applied(tmp_path / "sample", BEGIN)
    later = applied(tmp_path / "later", BEGIN + DAY)
    target = tmp_path / "many.duckdb"
    many.multiply(sample, target, 2)
    with duckdb.connect(str(sample), read_only=True) as run:
        ((count,),) = run.execute("select max(number) + 1 from visit").fetchall()
    moved = f"((number - number % {count}) / {count})::bigint % 2 = 1"
    copied, real = rows(target, moved), rows(later, "true")
    assert sum(real["event"].values()) > 3_000
    for table, wanted in real.items():
        assert wanted or table in UNTOLD, table
        assert copied[table] == wanted, table


def test_every_copy_is_a_session_of_its_own(tmp_path: Path) -> None:
    """As many visits as copies of each, and as many events."""
    sample = applied(tmp_path / "sample", BEGIN)
    target = tmp_path / "many.duckdb"
    many.multiply(sample, target, 3)
    with duckdb.connect(str(target), read_only=True) as run:
        ask = "select count(*), count(distinct number), count(distinct session) from visit"
        assert run.execute(ask).fetchall() == [(3 * SESSIONS,) * 3]
        ((events, sessions),) = run.execute(
            "select count(*), count(distinct (number, session)) from event join visit"
            " using (number, session)"
        ).fetchall()
        ((kept,),) = run.execute("select value from meta where name = 'events'").fetchall()
        assert (events, sessions) == (kept, 3 * SESSIONS)
        # Else a hub that is started over it would apply the sample's inbox again.
        assert run.execute("from positions").fetchall()
        ask = f"select count(distinct bucket - bucket % {DAY}) from seen"
        ((days,),) = run.execute(ask).fetchall()
    assert many.roll_up(target) == days > 60
