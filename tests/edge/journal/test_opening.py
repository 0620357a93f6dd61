"""
A journal that came to harm (edge-and-link.md section 5: 14, 16, 17), on real files.

The harm is done to the bytes on disk while nothing has them open, and each test shows
that SQLite was hurt, or was not and should have been.
"""

import shutil
import sqlite3
from contextlib import closing

import pytest

from edge.events import codec
from edge.events.entry import Group, Stamp
from edge.events.event import SignalRaw
from edge.events.raw import Click
from edge.journal import account, epochs, highwater, opening
from edge.journal.aside import KEPT, found_aside
from edge.journal.check import Check
from edge.journal.database import JournalNotWritable
from edge.journal.entry import Entry, Origin
from edge.journal.verify import verify

NODE = "a" * 32
SCHEMA = "create table if not exists note (id integer primary key, says text) strict;"
PAGE = 4096


class Edge:
    """A journal in a folder that may be hurt between two openings."""

    def __init__(self, folder) -> None:
        self.path = folder / "journal.db"
        self.opened = None

    def open(self, **more):
        self.opened = opening.open_journal(self.path, node=NODE, schema=SCHEMA, patience=10, **more)
        return self.opened

    @property
    def journal(self):
        return self.opened.journal

    def close(self) -> None:
        if self.opened is not None:
            self.opened.close()
            self.opened = None

    def write(self, *numbers, lane=1) -> None:
        for n in numbers:
            self.journal.submit(lambda tx, n=n: tx.append(lane, group(n))).result()

    def numbers(self):
        return sorted(
            event.n
            for entry in self.journal.follow(0, max_bytes=2**30)
            for found in codec.unpack(entry.body)
            for event in found.events
        )

    def whats(self):
        return [finding.what for finding in self.opened.findings if finding.serious]

    def overwrite(self, at: int, data: bytes, *, part: str = "") -> None:
        assert self.opened is None, "hurt it while it is closed"
        with self.path.with_name(self.path.name + part).open("r+b") as file:
            file.seek(at)
            file.write(data)

    def crash(self) -> None:
        """End as a killed process does: the write-ahead log stays."""
        kept = {
            part: self.path.with_name(self.path.name + part).read_bytes() for part in ("", "-wal")
        }
        self.close()
        for part, data in kept.items():
            self.path.with_name(self.path.name + part).write_bytes(data)


def group(n: int) -> Group:
    clicks = [Click(target=f"button{n}x{i}" + "y" * 40) for i in range(50)]
    events = [SignalRaw(timestamp=1, n=n, payload=click) for click in clicks]
    return Group(stamp=Stamp(project="shop", received_at=1), events=events)


@pytest.fixture
def edge(tmp_path):
    made = Edge(tmp_path)
    yield made
    made.close()


def settled(edge) -> bool:
    return account.measure(edge.journal).unaccounted == 0


def gaps(edge, lane=1, origin=None):
    found = edge.journal.gaps(origin or edge.journal.own, lane)
    return [(gap.lo, gap.hi, gap.why) for gap in found]


def test_a_whole_journal_opens_without_a_word(edge):
    """Neither a new file nor one closed in good order gives a finding."""
    edge.open()
    edge.write(1, 2)
    edge.close()
    edge.open()

    assert edge.whats() == []
    assert edge.numbers() == [1] * 50 + [2] * 50
    assert found_aside(edge.path) == []


def test_a_lost_end_of_the_log_is_noticed_and_declared(edge):
    """Fault 14: SQLite says ok after a bit flip in the middle of the log; the mark does not."""
    edge.open()
    edge.write(*range(1, 101))
    own = edge.journal.own
    edge.crash()
    wal = edge.path.with_name("journal.db-wal")
    edge.overwrite(wal.stat().st_size // 2, b"\xff" * 8, part="-wal")
    with closing(sqlite3.connect(edge.path)) as seen:
        left = seen.execute("select max(seq) from entry").fetchone()[0] or 0
        assert seen.execute("pragma integrity_check").fetchone() == ("ok",)
    assert 0 <= left < 100

    edge.open()
    assert edge.whats() == ["lost_end"]
    assert gaps(edge) == [(left + 1, 100, "lost_end")]
    assert edge.journal.own == own
    edge.write(7)
    [entry] = edge.journal.entries(own, 1, 100)
    assert entry.seq == 101, "no number is given twice"
    edge.close()
    assert verify(edge.path).problems == []
    edge.open()
    assert edge.whats() == [], "said once"


def test_a_damaged_header_costs_no_entry(edge):
    """Fault 16: SQLite cannot open it; it is set aside and every row is found again."""
    edge.open()
    edge.write(*range(1, 41))
    edge.journal.submit(
        lambda tx: tx.connection.execute("insert into note values (1, 'kept')")
    ).result()
    old = edge.journal.own
    edge.close()
    edge.overwrite(0, b"\xa5" * PAGE)
    with closing(sqlite3.connect(edge.path)) as seen, pytest.raises(sqlite3.DatabaseError):
        seen.execute("select * from entry").fetchall()

    edge.open()
    assert edge.whats() == ["salvaged"]
    assert edge.journal.own.epoch != old.epoch
    assert edge.numbers() == sorted([*range(1, 41)] * 50)
    assert [e.seq for e in edge.journal.entries(old, 1, 0)] == [*range(1, 41)]
    assert gaps(edge, origin=old) == []
    assert edge.journal.read("select says from note") == [("kept",)]
    assert epochs.waiting(edge.journal) == [old]
    assert settled(edge)
    [aside] = found_aside(edge.path)
    assert aside.read_bytes()[:PAGE] == b"\xa5" * PAGE, "the bad file is kept as it was"


def test_a_damaged_page_costs_its_entries_alone(edge):
    """Fault 16: what lies beside garbage in the middle of the file is found, the rest declared."""
    edge.open()
    edge.write(*range(1, 301))
    old = edge.journal.own
    edge.journal.submit(lambda tx: account.acknowledge(tx, old, 1, 10)).result()
    edge.close()
    pages = edge.path.stat().st_size // PAGE
    for page in range(pages // 2, pages // 2 + 2):
        edge.overwrite(page * PAGE, b"\xa5" * PAGE)

    edge.open()
    assert edge.whats() == ["salvaged"]
    kept = {e.seq for e in edge.journal.entries(old, 1, 0, max_bytes=2**30)}
    lost = {seq for lo, hi, _ in gaps(edge, origin=old) for seq in range(lo, hi + 1)}
    assert len(kept) > 250
    assert lost
    assert kept | lost | {*range(1, 11)} == {*range(1, 301)}
    assert not kept & lost
    measured = account.measure(edge.journal)
    assert measured.unaccounted == 0
    assert measured.accepted == 300 * 50
    assert measured.gap == 50 * len(lost)


def test_nothing_to_salvage_is_declared_whole(edge):
    """Every page garbage: all that the mark saw is a gap of the old epoch, and work goes on."""
    edge.open()
    edge.write(*range(1, 21))
    old = edge.journal.own
    edge.close()
    edge.overwrite(0, b"\xa5" * edge.path.stat().st_size)

    edge.open()
    assert gaps(edge, origin=old) == [(1, 20, "salvage")]
    edge.write(1)
    assert edge.numbers() == [1] * 50
    assert settled(edge)


def test_a_mending_that_was_cut_off_begins_again(edge):
    """The new file takes the old one's place only when it is whole."""
    edge.open()
    edge.write(*range(1, 11))
    edge.close()
    edge.overwrite(0, b"\xa5" * 100)
    half = edge.path.with_name("journal.db.salvaged")
    half.write_bytes(b"half a file")

    edge.open()
    assert edge.numbers() == sorted([*range(1, 11)] * 50)
    assert not half.exists()
    edge.close()
    edge.path.rename(half)  # ended between the two renamings
    edge.open()
    assert edge.numbers() == sorted([*range(1, 11)] * 50)


def test_three_bad_files_are_kept(edge):
    """A disk has an end: the oldest go, with their companions."""
    for n in range(KEPT + 2):
        edge.open()
        edge.write(n)
        edge.close()
        edge.overwrite(0, b"\xa5" * 100)
    edge.open()

    assert len(found_aside(edge.path)) == KEPT
    assert edge.numbers() == sorted([*range(KEPT + 2)] * 50)


def test_a_journal_from_a_backup_goes_on_behind_what_was_given(edge, tmp_path):
    """Fault 17: the mark beside it says what the backup does not; no number comes twice."""
    edge.open()
    edge.write(1, 2)
    edge.close()
    shutil.copy(edge.path, tmp_path / "backup")
    edge.open()
    edge.write(3, 4, 5)
    edge.close()
    shutil.copy(tmp_path / "backup", edge.path)
    edge.open()

    assert edge.whats() == ["lost_end"]
    assert gaps(edge) == [(3, 5, "lost_end")]
    edge.write(6)
    assert edge.journal.head(edge.journal.own, 1) == 6
    assert settled(edge)


def test_a_journal_of_another_epoch_than_its_mark_begins_a_new_one(edge, tmp_path):
    """A file from before a salvage put back: its history ended, its rows stay under it."""
    edge.open()
    edge.write(1)
    first = edge.journal.own
    edge.close()
    shutil.copy(edge.path, tmp_path / "backup")
    edge.overwrite(0, b"\xa5" * 100)
    edge.open()
    edge.write(2)
    second = edge.journal.own
    edge.close()
    shutil.copy(tmp_path / "backup", edge.path)
    edge.open()

    assert edge.whats() == ["new_epoch"]
    assert len({first.epoch, second.epoch, edge.journal.own.epoch}) == 3
    edge.write(3)
    assert edge.journal.heads[1] == 1
    assert settled(edge)


def test_a_fork_moves_what_is_new_into_a_new_epoch(edge):
    """Fault 17 without a mark: what came since the opening is not sent under used numbers."""
    edge.open()
    edge.write(1, 2)
    edge.journal.submit(epochs.confirm).result()
    old = edge.journal.own
    edge.close()
    edge.path.with_name(highwater.NAME).unlink()
    edge.open()
    edge.write(3)
    edge.close()
    edge.open()
    edge.write(4, 5)
    new = edge.journal.submit(epochs.fork).result()

    assert edge.journal.own == new != old
    assert [e.seq for e in edge.journal.entries(old, 1, 0)] == [1, 2]
    assert [e.seq for e in edge.journal.entries(new, 1, 0)] == [1, 2, 3]
    edge.write(6)
    assert edge.journal.heads[1] == 4
    assert settled(edge)
    edge.close()
    edge.open()
    assert edge.whats() == []
    assert edge.journal.own == new
    assert verify(edge.path).problems == []


def test_a_fork_moves_what_is_behind_the_common_part_and_the_account_stays_even(edge):
    """
    Also what the hub had acknowledged and lacks now, having been put back itself.

    A gap across the mark ends there, and the rest of it goes along.
    """
    edge.open()
    edge.write(*range(1, 10))
    edge.write(1, 2, lane=0)
    own = edge.journal.own

    def life(tx) -> None:
        account.acknowledge(tx, own, 1, 5)
        account.quarantine(tx, own, 1, 8, "decode", at=1)
        account.declare_gap(tx, own, 1, 6, 7, "retention", at=1)
        tx.connection.execute("delete from entry where seq in (6, 7) and lane = 1")

    edge.journal.submit(life).result()
    edge.journal.submit(epochs.confirm).result()
    assert settled(edge)
    before = account.measure(edge.journal)
    each = before.accepted // 11  # events of an entry
    new = edge.journal.submit(lambda tx: epochs.fork(tx, {0: 2, 1: 3})).result()

    assert [e.seq for e in edge.journal.entries(own, 1, 0)] == [1, 2, 3]
    assert [e.seq for e in edge.journal.entries(new, 1, 0)] == [1, 2, 5, 6]
    assert gaps(edge, origin=new) == [(3, 4, "retention")]
    assert edge.journal.head(new, 0) == 0
    assert edge.journal.cursor(account.HUB, own, 1) == 3
    assert settled(edge)
    after = account.measure(edge.journal)
    assert (after.accepted, after.gap, after.quarantined) == (11 * each, 2 * each, each)
    assert before.delivered - after.delivered == after.pending - before.pending == 2 * each
    second = edge.journal.submit(lambda tx: epochs.fork(tx, {1: 3})).result()
    assert gaps(edge, origin=new) == [(3, 3, "retention")]
    assert gaps(edge, origin=second) == [(1, 1, "retention")]
    assert settled(edge)


def test_a_backup_that_is_put_back_twice_comes_to_the_same_epoch(edge, tmp_path):
    """So that what its first life brought to the hub is found there and not brought again."""
    edge.open()
    edge.write(1)
    edge.close()
    shutil.copy(edge.path, tmp_path / "backup")
    found = []
    for n in (2, 3):
        shutil.copy(tmp_path / "backup", edge.path)
        edge.path.with_name(highwater.NAME).unlink()
        edge.open()
        edge.write(n)
        old = edge.journal.own
        for _ in range(2):
            edge.journal.submit(lambda tx: epochs.leave(tx, tx.own, {0: 0, 1: 0})).result()
            found.append(edge.journal.own)
        edge.close()
    assert found[:2] == found[2:]
    assert len({old, *found}) == 3


def test_what_the_hub_lacks_of_a_former_epoch_goes_on_in_a_new_one(edge):
    """The hub knows more of one of its lanes, and less of the other."""
    edge.open()
    edge.write(1, 2, 3)
    edge.write(4, 5, lane=0)
    former = edge.journal.own
    edge.journal.submit(epochs.begin).result()
    own = edge.journal.own
    assert edge.journal.submit(lambda tx: epochs.leave(tx, former, {0: 2, 1: 1})).result()
    assert edge.journal.own not in (former, own)
    assert len(edge.journal.entries(edge.journal.own, 1, 0)) == 2
    assert epochs.waiting(edge.journal) == []
    assert not edge.journal.submit(lambda tx: epochs.leave(tx, former, {0: 2, 1: 1})).result()
    assert settled(edge)


def _gone(path) -> None:
    path.unlink()


def _emptied(path) -> None:
    path.write_bytes(b"")


def _garbled(path) -> None:
    data = bytearray(path.read_bytes())
    data[20] ^= 1
    data[-1] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("harm", [_gone, _emptied, _garbled])
def test_a_lost_mark_is_a_finding_said_once(edge, harm):
    """Without it a lost end would pass in silence, so its own loss must not."""
    edge.open()
    edge.write(1, 2)
    edge.close()
    beside = edge.path.with_name(highwater.NAME)
    harm(beside)
    assert highwater.read(beside) is None, "the harm was done"

    edge.open()
    assert edge.whats() == ["no_witness"]
    assert edge.opened.no_witness.startswith("journal.high ")
    assert edge.numbers() == [1] * 50 + [2] * 50
    edge.close()
    edge.open()
    assert edge.whats() == []
    assert edge.opened.no_witness == ""
    assert highwater.read(beside).heads[1] == 2


def test_one_torn_slot_is_no_finding(edge):
    """A crash within a write harms one of the two; the other holds."""
    edge.open()
    edge.write(1, 2)
    edge.close()
    beside = edge.path.with_name(highwater.NAME)
    data = bytearray(beside.read_bytes())
    data[20] ^= 1
    beside.write_bytes(data)
    edge.open()
    assert edge.whats() == []


def test_a_journal_of_a_version_without_marks_is_told_as_found_once(edge):
    """Nothing was lost there: it never was."""
    edge.open()
    edge.write(1)
    edge.journal.submit(
        lambda tx: tx.connection.execute("delete from meta where key = 'witnessed'")
    ).result()
    edge.close()
    edge.path.with_name(highwater.NAME).unlink()

    edge.open()
    assert edge.whats() == []
    [found] = [f.says for f in edge.opened.findings if f.what == "no_witness"]
    assert "older version" in found
    edge.close()
    edge.open()
    assert [f for f in edge.opened.findings if f.what == "no_witness"] == []
    edge.close()
    edge.path.with_name(highwater.NAME).unlink()
    edge.open()
    assert edge.whats() == ["no_witness"], "from the first start on a missing mark was lost"


def test_a_mark_that_cannot_be_opened_names_itself(edge):
    """A folder in its place, say."""
    edge.path.with_name(highwater.NAME).mkdir()
    with pytest.raises(JournalNotWritable, match=r"journal\.high cannot be written"):
        edge.open()


def test_a_check_that_takes_long_delays_no_opening(edge):
    """It goes on beside, and comes to its verdict later."""
    edge.open()
    edge.write(1)
    edge.close()
    edge.opened = opening.open_journal(edge.path, node=NODE, schema=SCHEMA, patience=0)
    assert edge.opened.check is not None
    assert edge.opened.check.wait(10).whole is True


def test_a_check_that_crashes_is_a_bad_verdict(edge):
    """The process that asks lives on, whatever the file does to the one that looks."""
    edge.open()
    edge.close()
    check = Check(edge.path)
    check._process.kill()
    assert check.wait(10).whole is False


def test_a_check_that_is_over_before_anybody_asks_is_closed_like_any_other(edge):
    """A machine that is busy elsewhere lets the check end first."""
    edge.open()
    edge.close()
    check = Check(edge.path)
    check._process.wait(10)
    assert check.wait().whole is True
    check.close()


OLD = [(3, 40, 1), (3, 50, 6), (3, 51, 2)]
MENDED = [(3, 44, 6), (3, 50, 7), (3, 51, 3), (3, 52, 0)]


@pytest.mark.parametrize("version", [*OLD, *MENDED])
def test_an_old_sqlite_is_a_warning(version):
    """With one writing connection it is no more than that."""
    found = opening.old_sqlite(version)
    assert bool(found) is (version in OLD)
    assert not any(finding.serious for finding in found)


def test_other_nodes_entries_keep_their_numbers(edge):
    """A hub's inbox is such a file too: nobody else's gap is declared here."""
    body = codec.pack([group(1)])
    other = Origin("b" * 32, 7)
    edge.open()
    entry = Entry(other, 1, 40, 50, 1, codec.seal(body), body)
    edge.journal.submit(lambda tx: tx.store(entry)).result()
    edge.close()
    edge.overwrite(0, b"\xa5" * PAGE)
    edge.open()

    assert edge.journal.head(other, 1) == 40
    assert gaps(edge, origin=other) == []


@pytest.mark.fault(18)
def test_a_drained_and_vacuumed_journal_goes_on_counting(edge):
    """Fault 18: emptied, packed and opened again, the next number is head + 1."""
    edge.open()
    edge.write(*range(1, 41))
    own = edge.journal.own
    edge.journal.submit(lambda tx: account.acknowledge(tx, own, 1, 40)).result()
    edge.journal.submit(lambda tx: tx.connection.execute("delete from entry")).result()
    edge.close()
    size = edge.path.stat().st_size
    with closing(sqlite3.connect(edge.path)) as packed:
        packed.execute("vacuum")
    assert edge.path.stat().st_size < size, "nothing was emptied"

    edge.open()
    edge.write(41)
    [entry] = edge.journal.follow(0)
    assert (entry.seq, entry.position) == (41, 41)
    assert edge.journal.own == own
    measured = account.measure(edge.journal)
    assert (measured.accepted, measured.delivered, measured.pending) == (41 * 50, 40 * 50, 50)
    assert measured.unaccounted == 0
