"""Fault 36 (edge-and-link.md, 5): files carried by hand, with all that can happen to them."""

import errno
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge import keys
from edge.bundle import receipts
from edge.bundle.export import Stopped, export, signers
from edge.events import codec
from edge.events.entry import Group, Stamp
from edge.journal import account
from edge.journal.entry import Origin
from edge.keys.curve import new_key, public_bytes
from edge.protocol.batch import Item
from edge.protocol.bundle import records
from edge.protocol.bundle.form import BadBundle, Span
from edge.protocol.bundle.receipt import Missing
from edge.protocol.bundle.writing import Writer
from hub.bundles.check import check
from hub.bundles.desk import Desk
from tests.hub.bundles.courier import MIB, Courier, enrolled, flip


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Courier]:
    made = Courier(tmp_path)
    yield made
    made.close()


def three_files(site: Courier) -> list[Path]:
    """Export what takes three files: both lanes, the second over all of them."""
    site.write(0, 5)
    site.write(1, 9, size=256 * 1024)
    files = [file.path for file in site.export().files]
    assert len(files) == 3
    return files


def test_a_round_trip_brings_everything_and_nothing_waits(site: Courier) -> None:
    """Both lanes, entries to the byte; the edge keeps them until the receipt is back."""
    files = three_files(site)
    [_, _, last] = site.carry(files)
    assert (last.stored, last.missing, last.more, last.early) == (last.stored, [], 0, [])
    assert site.pending() == 14, "the export and the import acknowledge nothing"
    moved = site.back()
    assert moved.entries == 14
    assert (site.acked(0), site.acked(1)) == (5, 9)
    site.check(drained=True)
    assert site.export().files == []


def test_an_import_tells_how_far_it_is_up_to_its_end(site: Courier) -> None:
    """Byte by byte of the file, first while it is looked through, then while it is applied."""
    for path in three_files(site):
        told: list[tuple[str, int, int]] = []
        site.desk.take(path, lambda *step, told=told: told.append(step))  # type: ignore[misc]
        total = path.stat().st_size
        assert [step for step, _, _ in told] == sorted(step for step, _, _ in told)
        for what in ("checking", "importing"):
            done = [through for step, through, _ in told if step == what]
            assert 0 < done[0] <= done[-1] <= total
            passes = sum(after < before for before, after in pairwise(done))
            assert passes == (what == "checking"), "looked through twice, applied once"
            assert done[-1] > total * 0.9, "it ends before the file does"
        assert {all_of_it for _, _, all_of_it in told} == {total}


def test_an_import_twice_changes_nothing(site: Courier) -> None:
    """Each file, then all again."""
    files = three_files(site)
    first = site.carry([path for path in files for _ in (1, 2)])
    again = site.carry(files)
    assert sum(one.stored for one in first + again) == 14
    assert sum(one.known for one in again) == 14
    site.back()
    site.check(drained=True)


def test_a_missing_file_is_named_with_its_ranges_and_comes_later(site: Courier) -> None:
    """File 2 of 3 is missing: the receipt says which numbers, exactly."""
    one, two, three = three_files(site)
    site.carry([one])
    run = site.export().run
    held = site.held(1)
    lo = site.desk.take(three)
    whole = [span for span in _spans(two) if span[1] == 1]
    assert lo.stored == 0
    [missing] = lo.missing
    assert (missing.no, missing.lane, missing.lo, missing.hi) == (2, *whole[0][1:])
    assert missing.lo == held + 1
    assert lo.early == [3]
    told = site.receipt()
    assert told.missing == [missing]
    assert [file.no for file in told.files] == [1, 3]
    assert run
    site.back()
    assert site.acked(1) == held, "the receipt acknowledges what is there, and no more"
    site.check()
    [second] = site.carry([two])
    assert (second.missing, second.early, second.more) == ([], [], 0), "the third was kept"
    site.back()
    site.check(drained=True)


def early_files(site: Courier) -> list[Path]:
    return sorted((site.hub / "bundles" / "early").glob("*"))


def test_what_came_early_is_kept_over_a_restart_and_follows_by_itself(site: Courier) -> None:
    """Also where the line brought what was missing to it; nothing is left lying then."""
    files = three_files(site)
    taken = site.carry([files[2], files[1]])
    assert (taken[-1].early, taken[-1].again) == ([2, 3], [])
    assert [path.stat().st_mode & 0o777 for path in early_files(site)] == [0o600, 0o600]
    for path in files[1:]:
        path.unlink()
    site.desk = Desk(site.inbox, site.hub)
    assert site.desk.take_early() == 0, "nothing of it follows yet"
    by_wire = site.stick / "by-wire.fbx"
    files[0].rename(by_wire)
    Desk._take(site.desk, by_wire, lambda *_: None)
    assert site.desk.take_early() == 2
    assert early_files(site) == []
    site.back()
    site.check(drained=True)


def test_what_cannot_be_kept_is_to_be_imported_again(site: Courier) -> None:
    _, _, three = three_files(site)
    (site.hub / "bundles").mkdir(exist_ok=True)
    (site.hub / "bundles" / "early").write_text("in the way")
    [taken] = site.carry([three])
    assert (taken.early, taken.again) == ([3], [3])


def test_a_kept_file_that_is_altered_is_kept_no_longer_and_stops_nothing(site: Courier) -> None:
    one, two, three = three_files(site)
    site.carry([three])
    [kept] = early_files(site)
    flip(kept, kept.stat().st_size // 2)
    last = site.carry([one, two])[-1]
    assert early_files(site) == []
    assert last.early == last.again == [3]
    assert site.carry([three])[-1].early == []
    site.back()
    site.check(drained=True)


def test_the_first_and_the_last_file_may_be_missing_too(site: Courier) -> None:
    """Of the first both lanes are named; of the last only that it must follow."""
    one, two, three = three_files(site)
    [taken] = site.carry([two])
    epoch = site.outbox.own.epoch
    first = {(lane, lo, hi) for _, lane, lo, hi in _spans(one)}
    assert {(m.lane, m.lo, m.hi) for m in taken.missing} == first
    assert {(m.no, m.epoch) for m in taken.missing} == {(1, epoch)}
    assert taken.more == 3
    last = site.carry([one, two])[-1]
    assert (last.missing, last.early, last.more) == ([], [], 3)
    assert site.carry([three])[-1].more == 0


def test_a_missing_file_is_named_whatever_the_edges_clock_said(site: Courier) -> None:
    """An export from a clock a year ahead, complete; of the next one the last file alone."""
    site.write(0, 1)
    ahead = int(time.time() * 1000) + 365 * 86_400_000
    [first] = export(site.edge, site.stick, split=MIB, now=ahead).files
    assert site.carry([first.path])[0].missing == []
    site.back()
    one, two, three = three_files(site)
    [last] = site.carry([three])
    assert {missing.no for missing in last.missing} == {1, 2}
    assert (last.early, last.more) == ([3], 0)
    assert {missing.no for missing in site.receipt().missing} == {1, 2}
    [_, _, again] = site.carry([one, two, three])
    assert (again.missing, again.early, again.more) == ([], [], 0)


def test_a_run_that_is_not_settled_is_not_forgotten_for_a_later_one(site: Courier) -> None:
    """Two exports, of each the last file alone; what both lack is named once, until it is here."""
    site.carry(three_files(site)[2:])
    site.write(1, 3, size=256 * 1024)
    files = [file.path for file in site.export().files]
    [taken] = site.carry(files[-1:])
    assert taken.early
    named = [n for m in taken.missing for n in range(m.lo, m.hi + 1) if m.lane == 1]
    assert len(named) == len({*named}), "nothing is missing twice"
    last = site.carry(files)[-1]
    assert (last.missing, last.early, last.more) == ([], [], 0)
    runs = site.inbox.read("select distinct run from bundle_file")
    assert len(runs) == 1, "what is settled is forgotten"


def test_no_more_than_so_many_exports_are_remembered(
    site: Courier, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a history that its edge lost the rest never comes: that is not said for ever."""
    monkeypatch.setattr("hub.bundles.ledger.KEPT", 2)
    site.carry(three_files(site)[2:])
    for _ in range(3):
        [taken] = site.carry([site.export().files[-1].path])
        assert taken.early
    assert len(site.inbox.read("select distinct run from bundle_file")) == 2


def test_a_file_that_may_hold_no_further_lane_is_followed_by_another(
    site: Courier, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So an edge of many epochs can export what the hub takes."""
    monkeypatch.setattr("edge.protocol.bundle.records.MAX_SPANS", 1)
    site.write(0, 1)
    site.write(1, 1)
    files = [file.path for file in site.export().files]
    assert len(files) == 2
    site.carry(files)
    site.back()
    site.check(drained=True)


def test_a_piece_that_came_too_early_is_said_whatever_the_ledger_knows(
    site: Courier, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The verdict on the file's own records counts too."""
    files = three_files(site)
    monkeypatch.setattr("hub.bundles.ledger.files", lambda *_: [])
    assert site.carry(files[2:])[0].early == [3]


def test_any_later_export_heals_the_loss_of_an_earlier_one(site: Courier) -> None:
    """A one-way diode: no receipt ever comes back, files are lost, and all arrives."""
    files = three_files(site)
    site.carry(files[:1])
    site.write(1, 3)
    again = [file.path for file in site.export().files]
    last = site.carry(again)[-1]
    assert (last.missing, last.early, last.more) == ([], [], 0)
    site.check()
    assert site.held(1) == 12


def test_the_network_may_bring_the_same_in_between(site: Courier) -> None:
    """A batch that came by wire is known when the file comes, and the other way round."""
    from edge.protocol.apply import apply_batch
    from edge.protocol.batch import Item
    from hub.inlet.inbox import LaneInbox

    files = three_files(site)
    site.carry(files[:1])
    wire = site.outbox.entries(site.outbox.own, 1, 0, max_bytes=2**30)[:7]
    items = [Item(e.seq, e.generation, e.count, e.at, e.hash, e.body) for e in wire]
    origin = site.outbox.own
    caught = site.inbox.submit(lambda tx: apply_batch(LaneInbox(tx, origin, 1), items)).result(10)
    assert caught.cursor == 7
    assert caught.stored > 0
    site.carry(files)
    site.back()
    site.check(drained=True)


def _apply_in_any_order(site: Courier, files: list[Path], order: list[int]) -> None:
    for at in order:
        site.desk.take(files[at])
    site.back()
    site.check()


@given(st.lists(st.integers(0, 2), min_size=1, max_size=6))
@settings(max_examples=8)
def test_any_order_and_repetition_is_harmless_and_the_rest_heals(
    tmp_path_factory: pytest.TempPathFactory, order: list[int]
) -> None:
    """Whatever is imported, how often and when; the next export brings what is missing."""
    site = Courier(tmp_path_factory.mktemp("any"))
    try:
        _apply_in_any_order(site, three_files(site), order) if order else None
        if site.pending():
            site.round()
        site.check(drained=True)
    finally:
        site.close()


@given(at=st.floats(0, 1, exclude_max=True), cut=st.booleans())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_changed_or_cut_file_is_refused_before_anything_is_applied(
    site: Courier, at: float, *, cut: bool
) -> None:
    """Wherever the byte is: the inbox stays empty, and no receipt is written."""
    if not site.accepted:
        site.write(0, 5)
        site.write(1, 40, size=2000)
        site.export()
    [path] = site.stick.glob("*.fbx")
    whole = path.read_bytes()
    place = int(at * len(whole))
    if cut:
        path.write_bytes(whole[:place])
    else:
        flip(path, place)
    with pytest.raises(BadBundle):
        site.desk.take(path)
    path.write_bytes(whole)
    assert site.inbox.follow(0) == []
    assert site.inbox.read("select * from cursor") == []
    assert site.inbox.read("select * from bundle_file") == []
    assert not site.receipt_path.exists()


def test_an_unfinished_file_is_never_imported(site: Courier) -> None:
    """Its name says so, and it stays so even where its bytes are whole."""
    site.write(0, 1)
    [file] = site.export().files
    partial = file.path.with_name(file.path.name + ".partial")
    file.path.rename(partial)
    with pytest.raises(BadBundle, match="not finished") as refused:
        site.desk.take(partial)
    assert refused.value.why == "unfinished"
    assert site.inbox.follow(0) == []


def test_a_bundle_for_another_hub_is_refused(site: Courier, tmp_path: Path) -> None:
    """A hub that knows the edge, but not the key that the file is sealed to."""
    site.write(0, 3)
    [file] = site.export().files
    other = tmp_path / "other"
    keys.HubKeys.open(other)
    shutil.copy(site.hub / "keyring.json", other / "keyring.json")
    with pytest.raises(BadBundle, match="flowback enroll trust") as refused:
        Desk(site.inbox, other).take(file.path)
    assert refused.value.why == "other_receiver"
    assert site.inbox.follow(0) == []


def test_a_hub_that_rotated_its_key_opens_what_was_sealed_to_the_one_before(
    site: Courier,
) -> None:
    """While it keeps both, as for the line."""
    site.write(0, 3)
    [file] = site.export().files
    path = site.hub / "hub.key"
    held = keys.HubKeys.load(site.hub)
    keys.files.save(path, keys.HubKeys(keys=[new_key(1), *held.keys], signing=held.signing))
    assert site.desk.take(file.path).stored == 3


def test_an_unknown_or_revoked_edge_is_refused(site: Courier, tmp_path: Path) -> None:
    """Each with its remedy; enrolled with a new key, the next export comes in."""
    site.write(0, 3)
    [file] = site.export().files
    stranger = tmp_path / "stranger"
    keys.EdgeKeys.make(stranger)
    keys.EdgeKeys.trust(stranger, keys.HubKeys.load(site.hub).card())
    shutil.copy(site.edge / "journal.db", stranger / "journal.db")
    ring = keys.Keyring(site.hub)
    ring.revoke("berlin")
    with pytest.raises(BadBundle, match="is revoked; at the edge") as refused:
        site.desk.take(file.path)
    assert refused.value.why == "revoked"
    site.keys = keys.EdgeKeys.rotate(site.edge)
    asked = keys.request(site.edge, tmp_path / "again.edge", name="berlin")
    [again] = site.export().files
    with pytest.raises(BadBundle):  # the key before is revoked, the new one not enrolled
        site.desk.take(again.path)
    keys.enroll(ring, asked, asked.fingerprint(), rotation=True)
    assert site.desk.take(again.path).stored == 3
    site.back()
    site.check(drained=True)


def test_an_edge_cannot_speak_for_another(site: Courier) -> None:
    """The node is the one that the signing key was enrolled for (row E4)."""
    thief = enrolled(site.folder, "thief", "thief")
    site.write(0, 3)
    pretending = keys.EdgeKeys(
        node=site.keys.node, keys=thief.keys, hub=thief.hub, signing=thief.signing
    )
    from edge.keys.edge import NAME, _File

    keys.files.save(
        site.folder / "thief" / NAME,
        _File(node=pretending.node, keys=pretending.keys, signing=pretending.signing),
    )
    shutil.copy(site.edge / "journal.db", site.folder / "thief" / "journal.db")
    for part in ("-wal", "-shm"):
        shutil.copy(
            f"{site.edge / 'journal.db'}{part}", f"{site.folder / 'thief' / 'journal.db'}{part}"
        )
    [file] = export(site.folder / "thief", site.stick, split=MIB).files
    with pytest.raises(BadBundle, match="no edge that is admitted here"):
        site.desk.take(file.path)
    assert site.inbox.follow(0) == []


def test_a_stranger_costs_nothing_and_what_is_opened_was_signed(
    site: Courier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither who is not admitted, nor who only names an admitted key, is opened or parsed."""
    from edge.protocol.bundle.reading import Reader

    site.write(0, 3)
    [file] = site.export().files
    whole = file.path.read_bytes()
    opened: list[object] = []
    read: list[int] = []
    monkeypatch.setattr("hub.bundles.check.Opener", lambda *a: opened.append(a))
    stranger = enrolled(tmp_path / "else", "else")
    real = Reader.records
    monkeypatch.setattr(Reader, "records", lambda self: (read.append(1), real(self))[1])
    strange = _forged(site, stranger)
    with pytest.raises(BadBundle, match="no edge that is admitted here"):
        site.desk.take(strange)
    assert (read, opened) == ([], []), "its first bytes say whose it is"
    file.path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(BadBundle, match="signature does not hold"):
        site.desk.take(file.path)
    assert (len(read), opened) == (1, []), "it is opened once its signature holds"


def test_a_medium_that_answers_otherwise_the_second_time_brings_nothing(
    site: Courier, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is applied is what was checked: a stranger's records never come in its place."""
    site.write(0, 3)
    [file] = site.export().files
    stranger = enrolled(site.folder / "else", "else")
    strange = _forged(site, stranger).read_bytes()

    def swap(*arguments):
        checked = check(*arguments)
        file.path.write_bytes(strange)
        return checked

    monkeypatch.setattr("hub.bundles.desk.check", swap)
    with pytest.raises(BadBundle, match="it changed while it was read"):
        site.desk.take(file.path)
    assert site.inbox.follow(0) == []
    assert site.inbox.read("select * from cursor") == []


def _forged(site: Courier, by: keys.EdgeKeys) -> Path:
    """Write what the edge *by* would say in the name of the site's, longer than a buffer."""
    group = Group(
        stamp=Stamp(project="forged" + site.rng.randbytes(2**16).hex(), received_at=1),
        events=[None],
    )
    body = codec.pack([group])
    entry = Item(1, 0, 1, 1, codec.seal(body), body)
    hub = keys.HubKeys.load(site.hub)
    writer = Writer(
        "entries",
        node=site.keys.node,
        receivers=[public_bytes(hub.keys[0].public)],
        signers=signers(by),
        made=1,
    )
    data = writer.begin() + writer.record(records.entries(site.outbox.own.epoch, 0, [entry]))
    end, _ = writer.end(spans=[Span(site.outbox.own.epoch, 0, 1, 1)], entries=1, events=1)
    path = site.folder / "forged.fbx"
    path.write_bytes(data + end)
    return path


def test_an_edge_that_has_nothing_to_say_gets_its_first_receipt(site: Courier) -> None:
    """Else a site that is added at the hub would never come to an edge without events."""
    assert site.round().entries == 0
    assert site.export().files == [], "once"
    site.check(drained=True)


def test_what_may_not_leave_is_in_no_file(site: Courier) -> None:
    """Lane 2 stays at home: its numbers and its bytes."""
    site.write(2, 4)
    [greeting] = site.export().files
    assert (greeting.entries, greeting.events, greeting.note.spans) == (0, 0, [])
    site.write(0, 1)
    site.round()
    assert [e.lane for e in site.inbox.follow(0)] == [0]


def test_former_epochs_and_gaps_travel_too(site: Courier) -> None:
    """The oldest epoch first; what retention ended undelivered comes as a gap with its reason."""
    from edge.journal import epochs

    site.write(0, 3)
    old = site.outbox.own
    site.outbox.submit(epochs.begin).result(10)
    site.write(0, 2)
    site.write(1, 4)
    own = site.outbox.own

    def end(tx) -> None:
        account.declare_gap(tx, own, 1, 1, 2, "retention", at=1)
        tx.connection.execute(
            "delete from entry where origin = ? and lane = 1 and seq < 3", (tx.origin_id(own),)
        )

    site.outbox.submit(end).result(10)
    site.round()
    assert [(e.origin.epoch, e.lane, e.seq) for e in site.inbox.follow(0)] == [
        (old.epoch, 0, 1),
        (old.epoch, 0, 2),
        (old.epoch, 0, 3),
        (own.epoch, 0, 1),
        (own.epoch, 0, 2),
        (own.epoch, 1, 3),
        (own.epoch, 1, 4),
    ]
    [gap] = site.inbox.gaps(own, 1)
    assert (gap.lo, gap.hi, gap.why) == (1, 2, "retention")
    site.check(drained=True, gaps=2)
    assert site.export().files == []


def test_an_entry_with_a_broken_seal_is_left_out_and_put_aside_by_the_receipt(
    site: Courier,
) -> None:
    """Its neighbours arrive; it counts as quarantined at the edge, as by wire (fault 15)."""
    site.write(0, 3)
    sql = "update entry set body = x'00' where seq = 2"
    site.outbox.submit(lambda tx: tx.connection.execute(sql)).result(10)
    moved = site.round()
    assert moved.refused == 1
    assert [e.seq for e in site.inbox.follow(0)] == [1, 3]
    books = account.measure(site.outbox)
    assert (books.delivered, books.quarantined, books.pending) == (2, 1, 0)
    assert books.unaccounted == 0


def test_receipts_never_take_a_cursor_back_and_may_come_in_any_order(site: Courier) -> None:
    """INV-5: an old receipt after a new one, and each twice."""
    site.write(0, 4)
    site.round()
    first = site.folder / "first.fbr"
    shutil.copy(site.receipt_path, first)
    site.write(0, 4)
    site.round()
    for path in (first, site.receipt_path, first, first):
        assert site.back(path).entries == 0
        assert site.acked(0) == 8
    assert site.export().files == []
    site.check(drained=True)


def test_a_receipt_for_another_edge_or_of_another_hub_is_refused(site: Courier) -> None:
    """And an altered one; the cursors stay."""
    site.write(0, 4)
    for file in site.export().files:
        site.desk.take(file.path)
    other = enrolled(site.folder, "munich", "munich")
    with pytest.raises(BadBundle, match="another edge"):
        receipts.read(site.receipt_path, other)
    card = site.keys.hub
    strange = keys.HubKeys.open(site.folder / "strange").card()
    with pytest.raises(BadBundle, match="not signed by the hub"):
        receipts.read(site.receipt_path, keys.EdgeKeys.trust(site.edge, strange))
    bare = keys.Card(keys=card.keys)
    with pytest.raises(BadBundle, match="old card"):
        receipts.read(site.receipt_path, keys.EdgeKeys.trust(site.edge, bare))
    whole = site.receipt_path.read_bytes()
    for at in range(0, len(whole), 7):
        flip(site.receipt_path, at)
        with pytest.raises(BadBundle):
            receipts.read(site.receipt_path, site.keys)
        site.receipt_path.write_bytes(whole)
    with pytest.raises(BadBundle, match="import it at its edge"):
        site.desk.take(site.receipt_path)
    with pytest.raises(BadBundle, match="import it at the hub"):
        receipts.read(next(site.stick.glob("*.fbx")), site.keys)
    assert site.acked(0) == 0


@pytest.mark.parametrize("days", [0, 1, -1])
def test_a_hub_restored_from_a_backup_gets_what_it_lost(
    site: Courier, monkeypatch: pytest.MonkeyPatch, days: int
) -> None:
    """
    Its receipt says where it stands; the edge's next export begins there (decision 8).

    Also where the hub's clock ran *days* ahead or behind while it made the first receipt.
    """
    site.write(0, 4)
    with monkeypatch.context() as patched:
        wrong = time.time() + days * 86_400
        patched.setattr("hub.bundles.receipts.time.time", lambda: wrong)
        site.round()
    ahead = site.receipt().made - time.time() * 1000
    assert round(ahead / 86_400_000) == days, "its clock was not wrong"
    site.inbox.close()
    backup = (site.hub / "inbox.db").read_bytes()
    site.open_hub()
    site.write(0, 4)
    site.round()
    site.inbox.close()
    for part in ("", "-wal", "-shm"):
        (site.hub / f"inbox.db{part}").unlink(missing_ok=True)
    (site.hub / "inbox.db").write_bytes(backup)
    site.open_hub()
    site.write(0, 1)
    [file] = site.export().files
    [taken] = site.carry([file.path])
    [missing] = taken.missing
    assert missing == Missing("", 0, site.outbox.own.epoch, 0, 5, 8)
    moved = site.back()
    assert (moved.lacks, site.acked(0)) == (4, 8)
    site.round()
    site.check(drained=True)
    assert site.export().files == []


def test_an_edge_restored_from_a_backup_loses_nothing_and_doubles_nothing(
    site: Courier, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its new numbers are the hub's old ones: refused whole, and given anew (fault 17)."""
    site.write(0, 4)
    site.round()
    site.opened.close()
    backup = (site.edge / "journal.db").read_bytes()
    site.open_edge()
    site.write(0, 4)
    lost = list(site.accepted)[4:]
    for file in site.export().files:
        site.desk.take(file.path)
    site.opened.close()
    for part in ("", "-wal", "-shm"):
        (site.edge / f"journal.db{part}").unlink(missing_ok=True)
    (site.edge / "journal.db").write_bytes(backup)
    (site.edge / "journal.high").unlink()
    site.open_edge()
    site.write(0, 6)
    old = site.outbox.own
    before = site.inbox.follow(0)
    [file] = site.export().files
    with pytest.raises(BadBundle, match="restored from a backup") as refused:
        site.desk.take(file.path)
    assert refused.value.why == "forked"
    assert site.inbox.follow(0) == before
    monkeypatch.setattr("hub.bundles.desk.check", lambda *a: replace(check(*a), forked=False))
    with pytest.raises(BadBundle, match="restored from a backup"):
        site.desk.take(file.path)  # the line brought the other history between look and apply
    assert site.inbox.follow(0) == before
    monkeypatch.undo()
    assert site.back().forked
    assert site.outbox.own != old
    site.round()
    for text in lost:  # the backup does not know them, the hub does
        body = site.accepted.pop(text)
        assert any(entry.body == body for entry in before)
    at_hub = {e.body for e in site.inbox.follow(0)}
    assert at_hub >= set(site.accepted.values())
    assert len(at_hub) == len(site.inbox.follow(0)) == 14
    assert site.export().files == []
    assert account.measure(site.outbox).unaccounted == 0


def test_what_a_restored_edge_and_the_hub_both_hold_is_not_given_anew(site: Courier) -> None:
    """The refused file shows up to where they agree, though no receipt had said so."""
    site.write(0, 4)
    site.round()
    site.opened.close()
    site.open_edge()  # what is written from here on may be this history's alone
    site.write(0, 4)
    for file in site.export().files:
        site.desk.take(file.path)
    site.opened.close()
    backup = (site.edge / "journal.db").read_bytes()
    site.open_edge()
    site.write(0, 2)
    for file in site.export().files:
        site.desk.take(file.path)
    site.opened.close()
    (site.edge / "journal.db").write_bytes(backup)
    (site.edge / "journal.high").unlink()
    site.open_edge()
    site.write(0, 6)
    [file] = site.export().files
    with pytest.raises(BadBundle, match="restored from a backup"):
        site.desk.take(file.path)
    assert site.back().forked
    site.round()
    bodies = [entry.body for entry in site.inbox.follow(0)]
    assert len(bodies) == len(set(bodies)) == 4 + 4 + 2 + 6
    assert set(bodies) == set(site.accepted.values())
    assert site.export().files == []


def test_a_medium_that_is_full_leaves_the_files_that_are_whole(
    site: Courier, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Said in one line; the next export holds everything again."""
    site.write(1, 10, size=256 * 1024)
    import edge.bundle.files as shell

    real, calls = shell.os.fsync, []

    def full(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) > 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(descriptor)

    monkeypatch.setattr(shell.os, "fsync", full)
    with pytest.raises(Stopped, match=r"is full.*are whole and may be carried") as stopped:
        site.export()
    monkeypatch.undo()
    whole = [file.path for file in stopped.value.exported.files]
    assert whole == sorted(site.stick.iterdir())
    assert site.carry(whole)[-1].more == len(whole) + 1
    site.back()
    site.round()
    site.check(drained=True)


def test_a_medium_that_gives_back_other_bytes_is_noticed_at_once(
    site: Courier, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each file is read back from the medium; a damaged one does not stay."""
    import edge.bundle.files as shell

    real = shell.Path.replace

    def worn(partial: Path, target: Path) -> Path:
        flip(partial, -100)
        return real(partial, target)

    site.write(0, 3)
    monkeypatch.setattr(shell.Path, "replace", worn)
    with pytest.raises(Stopped, match="the medium is broken"):
        site.export()
    assert list(site.stick.iterdir()) == []


def _spans(path: Path) -> list[tuple[int, int, int, int]]:
    from edge.protocol.bundle.reading import Reader

    with path.open("rb") as file:
        reader = Reader(file.read, "entries")
        list(reader.records())
    return [(one.epoch, one.lane, one.lo, one.hi) for one in reader.contents.spans]


def test_the_origin_of_every_entry_is_kept(site: Courier) -> None:
    """(node, epoch, lane, seq) names one event everywhere, by hand too."""
    site.write(0, 2)
    site.round()
    assert {e.origin for e in site.inbox.follow(0)} == {
        Origin(site.keys.node, site.outbox.own.epoch)
    }
