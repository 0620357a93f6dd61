"""The journal, on real SQLite files."""

import sqlite3
import threading

import pytest

from edge.events import codec
from edge.events.entry import Group, Stamp
from edge.events.event import SignalRaw
from edge.events.raw import Click
from edge.journal.database import JournalNotWritable, JournalUnavailable, Reader
from edge.journal.entry import Entry, Origin
from edge.journal.journal import Journal, WrongNode
from edge.journal.verify import verify
from edge.journal.writer import Writer

NODE = "a" * 32
ENDLESS = "with recursive n(x) as (select 1 union all select x + 1 from n) select count(*) from n"
OTHER = Origin("b" * 32, 7)


def group(*numbers: int) -> Group:
    events = [SignalRaw(timestamp=1, n=n, payload=Click(target="button")) for n in numbers]
    return Group(stamp=Stamp(project="shop", received_at=1), events=events)


@pytest.fixture
def journal(tmp_path):
    opened = Journal.open(tmp_path / "journal.db", node=NODE)
    yield opened
    opened.close()


def numbers_of(entries: list[Entry]) -> list[int]:
    return [
        event.n for entry in entries for found in codec.unpack(entry.body) for event in found.events
    ]


def test_what_a_future_promised_is_there_after_a_reopening(tmp_path):
    """Everything whose future ended is read back, in order, by another process's eyes."""
    journal = Journal.open(tmp_path / "journal.db", node=NODE)
    futures = [journal.submit(lambda tx, n=n: tx.append(1, group(n))) for n in range(500)]
    for future in futures:
        future.result()
    journal.close()

    again = Journal.open(tmp_path / "journal.db", node=NODE)
    assert numbers_of(again.follow(0, max_bytes=2**30)) == [*range(500)]
    assert again.own == journal.own
    again.close()


def test_an_error_that_nobody_thought_of_fails_one_commit_and_no_more(journal, monkeypatch):
    """Its works are told, the caches too, and the next commit is as any other."""
    told = []
    journal.on_rollback(lambda: told.append(True))

    def full(_groups):
        raise MemoryError("no room to pack")

    with monkeypatch.context() as patched:
        patched.setattr(journal, "_packer", type("Full", (), {"pack": staticmethod(full)}))
        with pytest.raises(JournalUnavailable):
            journal.submit(lambda tx: tx.append(1, group(1))).result()
    assert (journal.failures, told, bool(journal.trouble)) == (1, [True], True)
    journal.submit(lambda tx: tx.append(1, group(2))).result()
    assert numbers_of(journal.follow(0, max_bytes=2**30)) == [2]
    assert journal.trouble == ""


def test_waiting_works_share_a_commit(journal):
    """While the writer is busy, everything that comes waits for one commit and one entry."""
    gate = threading.Event()
    first = journal.submit(lambda tx: gate.wait(10))
    rest = [journal.submit(lambda tx, n=n: tx.append(0, group(n))) for n in range(50)]
    gate.set()
    for future in [first, *rest]:
        future.result(10)

    assert journal.commits <= 3
    assert sum(entry.count for entry in journal.entries(journal.own, 0, 0)) == 50
    assert len(journal.entries(journal.own, 0, 0)) <= 2


def test_the_bell_rings_once_for_all_works_of_a_commit(journal):
    """By then every future of the commit has ended."""
    gate, rings = threading.Event(), []
    journal.submit(lambda tx: gate.wait(10))
    works = [journal.submit(lambda tx, n=n: tx.append(0, group(n))) for n in range(20)]
    journal.on_settled(lambda: rings.append([work.done() for work in works]))
    gate.set()
    works[-1].result(10)
    journal.submit(lambda _: None).result(10)
    assert [True] * 20 in rings
    assert len(rings) <= 3


def test_the_bell_rings_for_a_commit_that_fails(journal):
    """Whoever waits for it learns of the failure."""
    rang = threading.Event()

    def fail(_):
        raise sqlite3.OperationalError("the disk is full")

    writer = Writer(fail, rang.set, name="fails")
    with pytest.raises(JournalUnavailable):
        writer.submit(lambda _: None).result(10)
    assert rang.wait(10)
    writer.close()


def test_a_work_that_raises_costs_only_itself(journal):
    """Neither its groups nor its rows stay; those beside it do."""
    gate = threading.Event()

    def bad(tx):
        tx.append(0, group(13))
        tx.move_cursor("hub", tx_origin, 0, 99)
        raise ValueError("mine alone")

    tx_origin = journal.own
    futures = [
        journal.submit(lambda tx: gate.wait(10)),
        journal.submit(lambda tx: tx.append(0, group(1))),
        journal.submit(bad),
        journal.submit(lambda tx: tx.append(0, group(2))),
    ]
    gate.set()

    with pytest.raises(ValueError, match="mine alone"):
        futures[2].result(10)
    futures[3].result(10)
    assert numbers_of(journal.follow(0)) == [1, 2]
    assert journal.cursor("hub", journal.own, 0) == 0


@pytest.mark.fault(18)
def test_numbers_never_come_again_after_the_journal_is_emptied(journal):
    """Sequence numbers and positions come from counters, so a drained log goes on counting."""
    journal.submit(lambda tx: tx.append(0, group(1))).result()
    journal.submit(lambda tx: tx.connection.execute("delete from entry")).result()
    journal.submit(lambda tx: tx.append(0, group(2))).result()

    [entry] = journal.follow(0)
    assert (entry.seq, entry.position) == (2, 2)
    assert journal.tail(journal.own, 0) == 2


def test_lanes_are_counted_apart(journal):
    """One commit makes at most one entry per lane, and each lane counts from 1."""
    journal.submit(lambda tx: (tx.append(0, group(1)), tx.append(1, group(2)))).result()
    journal.submit(lambda tx: tx.append(1, group(3))).result()

    assert journal.head(journal.own, 0) == 1
    assert journal.head(journal.own, 1) == 2
    assert numbers_of(journal.entries(journal.own, 1, 1)) == [3]


def test_an_entry_of_another_node_is_kept_as_it_came(journal):
    """The inbox stores the same bytes under the sender's own numbers."""
    body = codec.pack([group(5)])
    came = Entry(OTHER, 1, 40, 1, 123, codec.seal(body), body)
    journal.submit(lambda tx: tx.store(came)).result()

    [kept] = journal.follow(0)
    assert (kept.origin, kept.seq, kept.at, kept.body) == (OTHER, 40, 123, body)
    assert journal.head(OTHER, 1) == 40
    assert journal.head(journal.own, 1) == 0


def test_the_same_entry_twice_is_refused(journal):
    """The primary key makes a doubled entry an error, never a doubled event."""
    body = codec.pack([group(5)])
    came = Entry(OTHER, 0, 1, 1, 1, codec.seal(body), body)
    journal.submit(lambda tx: tx.store(came)).result()

    with pytest.raises(sqlite3.IntegrityError):
        journal.submit(lambda tx: tx.store(came)).result()
    assert len(journal.follow(0)) == 1


def test_a_cursor_never_goes_back(journal):
    """A late acknowledgement changes nothing."""
    journal.submit(lambda tx: tx.move_cursor("hub", journal.own, 0, 9)).result()
    journal.submit(lambda tx: tx.move_cursor("hub", journal.own, 0, 4)).result()

    assert journal.cursor("hub", journal.own, 0) == 9


def test_a_full_disk_refuses_and_keeps_what_it_promised(tmp_path):
    """When the file may not grow, works fail with the remedy, and what was stored stays whole."""
    journal = Journal.open(tmp_path / "journal.db", node=NODE, max_bytes=400_000)
    kept = []
    with pytest.raises(JournalUnavailable):
        for n in range(0, 10**6, 500):
            big = [Click(target=f"button{i * 7919 % 1000003}x{n}") for i in range(500)]
            events = [SignalRaw(timestamp=1, n=n + i, payload=click) for i, click in enumerate(big)]
            whole = Group(stamp=Stamp(project="shop", received_at=1), events=events)
            journal.submit(lambda tx, whole=whole: tx.append(1, whole)).result()
            kept += range(n, n + 500)

    assert kept
    assert numbers_of(journal.follow(0, max_bytes=2**30)) == kept
    journal.close()
    assert verify(tmp_path / "journal.db").problems == []


def test_a_reader_cannot_write(journal):
    """Only one connection ever writes or checkpoints."""
    with pytest.raises(sqlite3.OperationalError, match=r"readonly|query_only"):
        journal.read("delete from entry")


def test_every_connection_has_the_pragmas(journal):
    """They hold for a connection, not for the file, so each is asked."""
    values = journal.submit(
        lambda tx: [
            tx.connection.execute(f"pragma {name}").fetchone()[0]
            for name in ("synchronous", "journal_mode", "trusted_schema", "journal_size_limit")
        ]
    ).result()

    assert values == [2, "wal", 0, 16 * 2**20]
    assert journal.read("pragma query_only") == [(1,)]


@pytest.mark.parametrize(("bulk", "expected"), [(False, (1000, -16000)), (True, (4096, -2000))])
def test_a_log_of_large_pieces_keeps_few_pages_and_empties_its_log_later(tmp_path, bulk, expected):
    """Also after the connection was made anew."""
    journal = Journal.open(tmp_path / "journal.db", node=NODE, bulk=bulk)

    def asked(tx):
        run = tx.connection.execute
        return tuple(run(f"pragma {n}").fetchone()[0] for n in ("wal_autocheckpoint", "cache_size"))

    assert journal.submit(asked).result() == expected
    journal._recover()
    assert journal.submit(asked).result() == expected
    journal.close()


def test_another_nodes_folder_is_refused(tmp_path):
    """A journal opened under a wrong node would give another node's numbers away."""
    Journal.open(tmp_path / "journal.db", node=NODE).close()

    with pytest.raises(WrongNode):
        Journal.open(tmp_path / "journal.db", node="c" * 32)


def test_a_folder_that_cannot_be_written_is_one_clear_error(tmp_path):
    """A file where the folder should be."""
    (tmp_path / "file").write_text("")

    with pytest.raises(JournalNotWritable, match="cannot be written"):
        Journal.open(tmp_path / "file" / "journal.db", node=NODE)


def test_a_flipped_bit_is_found(tmp_path):
    """SQLite calls such a file ok; the seals do not."""
    journal = Journal.open(tmp_path / "journal.db", node=NODE)
    journal.submit(lambda tx: tx.append(0, group(1))).result()
    journal.submit(lambda tx: tx.append(0, group(2))).result()
    journal.close()
    file = sqlite3.connect(tmp_path / "journal.db")
    [(body,)] = file.execute("select body from entry where seq = 2").fetchall()
    flipped = body[:-3] + bytes([body[-3] ^ 1]) + body[-2:]
    file.execute("update entry set body = ? where seq = 2", (flipped,))
    file.commit()
    file.close()

    assert verify(tmp_path / "journal.db").problems == ["lane 0, entry 2: the seal is broken"]


def test_a_missing_entry_is_found_unless_declared(tmp_path):
    """Data leave a journal only with a reason on record."""
    journal = Journal.open(tmp_path / "journal.db", node=NODE)
    for n in range(3):
        journal.submit(lambda tx, n=n: tx.append(0, group(n))).result()
    journal.submit(lambda tx: tx.connection.execute("delete from entry where seq = 2")).result()
    missing = verify(tmp_path / "journal.db").problems
    journal.submit(lambda tx: tx.declare_gap(journal.own, 0, 2, 2, "operator", at=1)).result()
    journal.close()

    assert missing == ["lane 0: entries 2 to 2 are missing, undeclared"]
    assert verify(tmp_path / "journal.db").problems == []


def test_a_journal_closes_under_its_readers(tmp_path):
    """Whoever reads when it is closed gets an error, and never memory that is gone."""
    journal = Journal.open(tmp_path / "journal.db", node=NODE)
    reading, ended = threading.Barrier(5), []

    def read():
        reading.wait(10)
        try:
            journal.read(ENDLESS)
        except (sqlite3.Error, JournalUnavailable) as error:
            ended.append(str(error))

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    reading.wait(10)
    journal.close()
    for thread in threads:
        thread.join(10)
    assert len(ended) == 4, ended


def test_a_question_that_takes_too_long_is_ended(tmp_path):
    """Fault 34: a reader of ours cannot keep the write-ahead log from being emptied."""
    journal = Journal.open(tmp_path / "journal.db", node=NODE)
    reader = Reader(journal.path, patience=0.05)
    with pytest.raises(sqlite3.OperationalError, match="interrupted"):
        reader.ask(ENDLESS, (), sqlite3.Cursor.fetchall)
    assert reader.ask("select 1", (), sqlite3.Cursor.fetchall) == [(1,)]
    reader.close()
    journal.close()
