"""A journal of another version (fault 35): brought up in one step, or refused in clear words."""

import sqlite3
from contextlib import closing

import pytest

from edge.events import codec
from edge.events.entry import Group, Stamp
from edge.journal import account
from edge.journal.journal import Journal
from edge.journal.migrate import SCHEMA, NewerJournal

NODE = "a" * 32
# What version 1 wrote, with an entry that the hub holds and two that wait for it.
VERSION_1 = """
create table meta (key text primary key, value any not null) strict, without rowid;
create table origin (id integer primary key, node text not null, epoch integer not null,
  unique (node, epoch)) strict;
create table head (origin integer not null references origin, lane integer not null,
  seq integer not null, primary key (origin, lane)) strict, without rowid;
create table entry (position integer primary key, origin integer not null references origin,
  lane integer not null, seq integer not null, generation integer not null default 0,
  count integer not null, at integer not null, hash blob not null, body blob not null,
  unique (origin, lane, seq)) strict;
create table cursor (name text not null, origin integer not null references origin,
  lane integer not null, seq integer not null, primary key (name, origin, lane))
  strict, without rowid;
create table gap (origin integer not null references origin, lane integer not null,
  lo integer not null, hi integer not null, why text not null, at integer not null,
  primary key (origin, lane, lo)) strict, without rowid;
insert into meta values ('node', 'NODE'), ('epoch', 5), ('position', 3), ('schema', 1);
insert into origin values (1, 'NODE', 5);
insert into head values (1, 1, 3);
insert into cursor values ('hub', 1, 1, 1);
"""


@pytest.fixture
def path(tmp_path):
    made = tmp_path / "journal.db"
    body = codec.pack([Group(stamp=Stamp(project="shop", received_at=1), events=[None, None])])
    with closing(sqlite3.connect(made)) as old:
        old.executescript(VERSION_1.replace("NODE", NODE))
        for seq in (1, 2, 3):
            row = (seq, seq, codec.seal(body), body)
            old.execute("insert into entry values (?, 1, 1, ?, 0, 2, 1, ?, ?)", row)
        old.commit()
    return made


def test_an_older_journal_is_brought_up_with_its_backlog(path):
    """What waits is still sent, under its numbers, and the account begins with it."""
    journal = Journal.open(path, node=NODE)
    try:
        assert [e.seq for e in journal.entries(journal.own, 1, 1)] == [2, 3]
        measured = account.measure(journal)
        assert (measured.accepted, measured.pending, measured.unaccounted) == (4, 4, 0)
        assert journal.read("select value from meta where key = 'schema'") == [(SCHEMA,)]
    finally:
        journal.close()


def test_a_migration_that_fails_leaves_the_old_version_whole(path):
    """One transaction: either all of it, or the file as it was."""
    with closing(sqlite3.connect(path)) as hurt:
        hurt.execute("alter table gap add column events integer not null default 0")
    before = path.read_bytes()
    with pytest.raises(sqlite3.OperationalError, match="duplicate column"):
        Journal.open(path, node=NODE)

    with closing(sqlite3.connect(path)) as seen:
        names = [row[1] for row in seen.execute("pragma table_info(head)")]
        assert names == ["origin", "lane", "seq"]
        assert seen.execute("select value from meta where key = 'schema'").fetchone() == (1,)
    assert len(path.read_bytes()) == len(before)


def test_a_newer_journal_is_refused_and_untouched(path):
    """Going back to an older version never eats what it does not know."""
    Journal.open(path, node=NODE).close()
    with closing(sqlite3.connect(path)) as newer:
        newer.execute("update meta set value = ? where key = 'schema'", (SCHEMA + 1,))
        newer.commit()
    with pytest.raises(NewerJournal, match=f"format {SCHEMA + 1}.*newer version"):
        Journal.open(path, node=NODE)
    with closing(sqlite3.connect(path)) as seen:
        assert seen.execute("select count(*) from entry").fetchone() == (3,)
