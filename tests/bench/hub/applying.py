"""
A hub applies an inbox, in a process of its own so that its CPU time is its own.

``python -m tests.bench.hub.applying FOLDER SESSIONS`` fills an inbox, applies it, and prints
{"events", "cpu", "reference_cpu"}. The reference is DuckDB's bulk insert of the same
rows (events and projections) from columns in memory into a file of its own, one transaction.
CPU seconds are those of all threads of the process, the engine's included.
"""

import sys
import time
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path

import duckdb
import msgspec

from edge.events import codec
from edge.events.entry import Group
from edge.journal.entry import Entry, Origin
from edge.journal.journal import Journal
from edge.projects import ProjectBook, make
from hub.app import Hub
from hub.projections import PROJECTIONS
from hub.settings import HubSettings
from tests.bench.hub.visits import DAY, DAYS, PROJECT, visits

NODE = "b" * 32
GROUPS = 32
"""Requests of an entry."""
COMMIT = 64
"""Entries of a commit to the inbox, so that filling takes seconds."""


class Applied(msgspec.Struct):
    """What it took."""

    events: int
    cpu: float
    reference_cpu: float


def main() -> None:
    """Fill, apply, print."""
    folder, sessions = Path(sys.argv[1]), int(sys.argv[2])
    book = ProjectBook.open(folder)
    book.add(make(PROJECT, origins=["https://shop.example"]))
    inbox = Journal.open(folder / "inbox.db", node="hub")
    now = int(time.time() * 1000)
    waiting = entries(sessions, begin=now - now % DAY - DAYS * DAY)
    while part := list(islice(waiting, COMMIT)):
        inbox.submit(lambda tx, part=part: tx.store(*part)).result()
    hub = Hub(HubSettings(data=str(folder)), inbox, book, list, lambda _node: False)
    last = int(inbox.read("select max(position) from entry")[0][0])
    began = time.process_time()
    while hub.worker.position < last:
        hub.worker.step()
    cpu = time.process_time() - began
    events = hub.worker.applied
    hub.stop()
    inbox.close()
    reference = _insert_again(folder / "analytics.duckdb", folder / "again.duckdb")
    print(msgspec.json.encode(Applied(events, cpu, reference)).decode(), flush=True)


def entries(sessions: int, *, begin: int) -> Iterator[Entry]:
    """Yield the entries of an edge that *sessions* visited from *begin*, ms since 1970."""
    seqs = [0, 0]
    waiting: tuple[list[Group], list[Group]] = ([], [])
    for lane, group in chain.from_iterable(visits(sessions, begin=begin)):
        waiting[lane].append(group)
        if len(waiting[lane]) == GROUPS:
            yield _entry(lane, seqs, waiting[lane])
    for lane, groups in enumerate(waiting):
        if groups:
            yield _entry(lane, seqs, groups)


def _entry(lane: int, seqs: list[int], groups: list[Group]) -> Entry:
    seqs[lane] += 1
    body = codec.pack(groups)
    events = sum(len(group.events) for group in groups)
    at = groups[0].stamp.received_at
    groups.clear()
    return Entry(Origin(NODE, 7), lane, seqs[lane], events, at, codec.seal(body), body)


def _insert_again(path: Path, again: Path) -> float:
    """Return the CPU seconds of inserting all rows of *path* into a new file."""
    with duckdb.connect(str(path), read_only=True) as source:
        tables = {
            name: source.execute(f"from {name}").fetchnumpy()
            for name in ("event", *(table.name for table in PROJECTIONS))
        }
        kinds = {name: source.execute(f"describe {name}").fetchall() for name in tables}
    with duckdb.connect(str(again), config={"threads": "2"}) as target:
        for name, columns in kinds.items():
            named = ", ".join(f"{column} {kind} not null" for column, kind, *_ in columns)
            target.execute(f"create table {name} ({named})")
        began = time.process_time()
        target.execute("begin transaction")
        for name, arrays in tables.items():
            target.register("incoming", arrays)
            target.execute(f"insert into {name} from incoming")
            target.unregister("incoming")
        target.execute("commit")
        cpu = time.process_time() - began
    again.unlink()
    return cpu


if __name__ == "__main__":
    main()
