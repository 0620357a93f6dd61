"""
Faults 7 and 8 of edge-and-link.md, section 5: the power goes, at every barrier and between.

SQLite, the journal and what the edge and the hub do with it are real; the disk is put together
from what was written and synced. See ``power`` for what that proves and what not.
"""

import random
import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

import pytest

from edge.events import codec
from edge.events.entry import Group, Stamp
from edge.journal import account, database
from edge.journal.entry import Origin
from edge.journal.journal import Journal
from edge.protocol.apply import apply_batch
from edge.protocol.batch import Item
from hub.inlet.inbox import CURSOR, LaneInbox
from tests.faults.power import Recorder

NODE = "a" * 32
KEEP = (0.0, 0.5, 0.9, 1.0)
"""Part of the unsynced sectors that are on the disk all the same."""
COMMITS = 60


@pytest.fixture
def recorded(tmp_path, monkeypatch):
    """A journal whose writes and syncs are recorded."""
    recorder = Recorder()
    path = tmp_path / "journal.db"
    Journal.open(path, node=NODE).close()
    real = database.open_writer

    def open_writer(at, **more):
        connection = real(at, **more)
        connection.execute("pragma wal_autocheckpoint=40")  # so that checkpoints happen in it
        recorder.put_under(connection, path)
        return connection

    monkeypatch.setattr(database, "open_writer", open_writer)
    journal = Journal.open(path, node=NODE)
    monkeypatch.setattr(database, "open_writer", real)
    yield recorder, journal
    journal.close()


def body(number: int) -> bytes:
    group = Group(stamp=Stamp(project=f"{number}/{'x' * 300}", received_at=number), events=[None])
    return codec.pack([group])


def moments(recorder):
    """Every barrier, just before and just after it, and some in between."""
    near = {place + by for place in recorder.barriers for by in (0, 1)}
    return sorted(near | set(range(0, len(recorder.steps), 11)) | {len(recorder.steps)})


@pytest.fixture
def folder():
    """A folder in memory, where there is one: hundreds of disks are looked at."""
    memory = Path("/dev/shm")
    made = Path(tempfile.mkdtemp(dir=memory if memory.is_dir() else None))
    yield made
    shutil.rmtree(made)


def after_the_loss(recorder, folder):
    """Yield each moment and the journal as the next start finds it."""
    rng = random.Random(7)
    for end in moments(recorder):
        for keep in KEEP:
            for old in folder.iterdir():
                old.unlink()
            for name, data in recorder.left(end, rng, keep=keep).items():
                (folder / f"journal.db{name}").write_bytes(data)
            with closing(sqlite3.connect(folder / "journal.db")) as file:
                assert file.execute("pragma quick_check").fetchone() == ("ok",), (end, keep)
            yield end, folder / "journal.db"


def held(path) -> list[tuple[int, int]]:
    """Return (number, lane's seq) of each entry, in order, whose seal must hold."""
    with closing(sqlite3.connect(path)) as file:
        rows = file.execute("select seq, hash, body from entry order by lane, seq").fetchall()
    assert all(codec.seal(data) == digest for _, digest, data in rows)
    return [
        (int(codec.unpack(data)[0].stamp.project.partition("/")[0]), seq) for seq, _, data in rows
    ]


@pytest.mark.fault(7)
def test_fault_7_the_edge_has_all_that_was_answered_202_whenever_the_power_goes(recorded, folder):
    """A promise is given when the commit's future ends; the acknowledgement moves with it."""
    recorder, journal = recorded
    for number in range(1, COMMITS + 1):
        group = Group(
            stamp=Stamp(project=f"{number}/{'x' * 300}", received_at=number), events=[None]
        )
        journal.submit(lambda tx, g=group: tx.append(1, g)).result(10)
        recorder.promise(number)
        if number % 10 == 0:
            seq = number - 5
            journal.submit(lambda tx, s=seq: account.acknowledge(tx, tx.own, 1, s)).result(10)
    assert len(recorder.barriers) > COMMITS, "each commit was synced"
    assert any(step.what == "write" and not step.file for step in recorder.steps), "checkpoints"
    lost = 0
    for end, path in after_the_loss(recorder, folder):
        entries = held(path)
        assert recorder.promised(end) <= {number for number, _ in entries}, end
        assert [seq for _, seq in entries] == list(range(1, len(entries) + 1))
        lost += COMMITS - len(entries)
    assert lost > 0, "the power went in the middle of something"


@pytest.mark.fault(8)
def test_fault_8_the_hubs_cursor_and_its_entries_agree_whenever_the_power_goes(recorded, folder):
    """An acknowledgement leaves when the commit's future ends: what it covers is there."""
    recorder, journal = recorded
    origin = Origin("b" * 32, 5)
    for first in range(1, COMMITS, 3):
        bodies = [(number, body(number)) for number in range(first, first + 3)]
        items = [Item(n, 0, 1, n, codec.seal(data), data) for n, data in bodies]

        def work(tx, items=items):
            return apply_batch(LaneInbox(tx, origin, 0), items)

        assert journal.submit(work).result(10).verdict == "applied"
        recorder.promise(first + 2)
    assert any(step.what == "write" and not step.file for step in recorder.steps), "checkpoints"
    torn = 0
    for end, path in after_the_loss(recorder, folder):
        with closing(sqlite3.connect(path)) as file:
            cursor = file.execute("select seq from cursor where name = ?", (CURSOR,)).fetchone()
        entries = held(path)
        assert [seq for _, seq in entries] == list(range(1, len(entries) + 1))
        assert (cursor[0] if cursor else 0) == len(entries), "cursor and rows agree"
        assert max(recorder.promised(end), default=0) <= len(entries), end
        torn += len(entries) < COMMITS
    assert torn > 0
