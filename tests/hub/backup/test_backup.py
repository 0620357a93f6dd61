"""Backup and restore of a hub, beside one that runs and one that does not."""

import contextlib
import sqlite3
from pathlib import Path

import pytest

from edge.events import codec
from edge.keys import EdgeKeys, HubKeys, Keyring, Request, enroll, request
from edge.lock import FolderInUse, held
from flowback import main
from hub.backup import make, manifest
from hub.backup.make import ANALYTICS, CannotBackUp, back_up, position_of
from hub.backup.manifest import BadBackup, verify
from hub.backup.restore import put_back
from tests.hub.hubkit import DEMO_NODE, HubKit, dump, main_job, tombstone


def told(folder: Path, *sessions: str) -> HubKit:
    """Return a hub that was told of some sessions."""
    kit = HubKit(folder)
    kit.tell(*map(main_job, sessions))
    return kit


def moved(folder: Path) -> HubKit:
    """Return a hub on restored files, all applied."""
    kit = HubKit(folder)
    kit.apply()
    return kit


def test_a_backup_of_a_running_hub_is_that_hub(tmp_path: Path) -> None:
    """The copy is asked of the hub; put back elsewhere it gives the same projections."""
    kit = told(tmp_path / "hub", "one", "two")
    wanted = dump(kit.hub)
    kit.hub.records.decide("demo", "insight-1", "accepted", at=1, sessions=2)
    kit.hub.start()
    with contextlib.closing(kit), held(kit.folder):
        seen: list[tuple[int, int]] = []
        made = back_up(kit.folder, tmp_path / "backup", lambda *figures: seen.append(figures))
        assert (made.applied, made.held) == (2, 2)
        assert seen[-1][0] <= seen[-1][1]
        assert verify(tmp_path / "backup") == made
        assert {"inbox.db", "records.sqlite", ANALYTICS, "projects.json"} <= made.files.keys()
        assert not [one for one in kit.folder.iterdir() if one.name.startswith("backup.")]
        assert not (kit.folder / "analytics.copy").exists()
    put_back(tmp_path / "backup", tmp_path / "new")
    with contextlib.closing(moved(tmp_path / "new")) as new:
        assert dump(new.hub) == wanted
        assert new.hub.records.decisions("demo")["insight-1"].decision == "accepted"


def test_what_came_between_the_copies_is_applied_after_a_restore(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The inbox is copied later than the analytics: it holds more, never less."""
    kit = told(tmp_path / "hub", "one")
    kit.hub.stop()
    real = make._names

    def names(folder: Path) -> list[str]:
        kit.put(kit.entry(0, main_job("between").groups(0), node=DEMO_NODE))
        return real(folder)

    monkeypatch.setattr(make, "_names", names)
    made = back_up(kit.folder, tmp_path / "backup", lambda *_: None)
    assert (made.applied, made.held) == (2, 3)
    assert position_of(tmp_path / "backup" / ANALYTICS) == 2
    kit.close()
    put_back(tmp_path / "backup", tmp_path / "new")
    with contextlib.closing(moved(tmp_path / "new")) as new:
        assert {row[0] for row in dump(new.hub)["seen"]} == {"demo one", "demo between"}


def test_a_session_deleted_since_stays_deleted(tmp_path: Path) -> None:
    """Tombstones of the folder that is replaced are replayed over the older backup."""
    kit = told(tmp_path / "hub", "stays", "deleted-since-backup")
    kit.hub.stop()
    back_up(kit.folder, tmp_path / "backup")
    kit.hub = kit.make_hub()
    kit.put(kit.entry(0, [tombstone("deleted-since-backup")], node=DEMO_NODE))
    kit.apply()
    kit.close()
    assert put_back(tmp_path / "backup", kit.folder).former is not None
    with contextlib.closing(moved(kit.folder)) as new:
        assert {row[0] for row in dump(new.hub)["seen"]} == {"demo stays"}
        assert new.hub.records.tombstones.waiting == 0
        groups = [group for entry in new.inbox.follow(0) for group in codec.unpack(entry.body)]
        events = {str(group.stamp.session): {type(e) for e in group.events} for group in groups}
        assert "deleted-since-backup" not in events
        assert type(None) not in events["stays"]
        assert b"deleted-since-backup" not in (new.folder / ANALYTICS).read_bytes()
        assert b"stays" in (new.folder / ANALYTICS).read_bytes()


def enrolled(tmp_path: Path, hub: Path, name: str) -> str:
    """Enrol a new edge at *hub*; return its key."""
    EdgeKeys.make(tmp_path / name)
    request(tmp_path / name, tmp_path / "asked", name=name)
    asked = Request.load(tmp_path / "asked")
    return enroll(Keyring(hub), asked, asked.fingerprint()).key


def kept_hub(tmp_path: Path) -> tuple[Path, dict[str, str]]:
    """Return the folder of a hub with two edges and a backup of it, and the edges' keys."""
    kit = told(tmp_path / "hub", "one")
    kit.close()
    HubKeys.open(kit.folder)
    keys = {name: enrolled(tmp_path, kit.folder, name) for name in ("berlin", "munich")}
    back_up(kit.folder, tmp_path / "backup")
    return kit.folder, keys


def test_a_key_revoked_since_stays_revoked_and_the_hubs_own_stays_the_next(tmp_path: Path) -> None:
    """Keys of the folder that is replaced win; a pardon and a later enrolment stay too."""
    folder, keys = kept_hub(tmp_path)
    [revoked] = Keyring(folder).revoke("berlin")
    [pardoned] = Keyring(folder).pardon("munich")
    keys["later"] = enrolled(tmp_path, folder, "later")
    HubKeys.rotate(folder)
    switched = HubKeys.switch(folder)
    assert put_back(tmp_path / "backup", folder).keys_kept
    ring = Keyring(folder)
    assert ring.admitted(keys["berlin"]) is None
    assert {record.key: record for record in ring.records()}[keys["berlin"]] == revoked
    assert ring.admitted(keys["munich"]) == pardoned
    assert ring.admitted(keys["later"]) is not None
    assert HubKeys.load(folder).current.public == switched.current.public


def test_edges_that_only_the_backup_knows_are_added(tmp_path: Path) -> None:
    """The folder may hold an older keyring than the backup."""
    folder, keys = kept_hub(tmp_path)
    older = (folder / "keyring.json").read_bytes()
    keys["later"] = enrolled(tmp_path, folder, "later")
    back_up(folder, tmp_path / "newer")
    (folder / "keyring.json").write_bytes(older)
    put_back(tmp_path / "newer", folder)
    assert {record.key for record in Keyring(folder).records()} == {*keys.values()}


@pytest.mark.parametrize("folder_is", ["gone", "of-another-hub"])
def test_where_nothing_tells_who_was_revoked_since_the_restore_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], folder_is: str
) -> None:
    """A new machine, where a first start may have made a key that no edge knows."""
    folder, keys = kept_hub(tmp_path)
    own = HubKeys.load(folder).current.public
    new = tmp_path / "new"
    if folder_is != "gone":
        HubKeys.open(new)
        enrolled(tmp_path, new, "local")
    assert main(["hub", "restore", "--data", str(new), str(tmp_path / "backup")]) == 0
    assert "are admitted again" in (says := capsys.readouterr().err)
    assert f"flowback keys list --data {new}" in says
    assert HubKeys.load(new).current.public == own
    assert {record.key for record in Keyring(new).records()} == {*keys.values()}
    assert main(["hub", "restore", "--data", str(folder), str(tmp_path / "backup")]) == 0
    assert "are admitted again" not in capsys.readouterr().err


@pytest.mark.parametrize("name", ["keyring.json", "hub.key"])
def test_keys_that_cannot_be_read_are_not_passed_over(tmp_path: Path, name: str) -> None:
    folder, _ = kept_hub(tmp_path)
    (folder / name).write_text("{")
    with pytest.raises(BadBackup, match="revoke them again after the restore"):
        put_back(tmp_path / "backup", folder)
    assert (folder / name).read_text() == "{"


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (lambda b: (b / "inbox.db").unlink(), "inbox.db is missing"),
        (lambda b: (b / "records.sqlite").write_bytes(b""), "has 0 bytes and had"),
        (lambda b: _flip(b / "inbox.db"), "bytes of inbox.db are not those that were written"),
        (lambda b: (b / manifest.NAME).unlink(), "it has no backup.json"),
        (lambda b: (b / manifest.NAME).write_text("{"), "is damaged"),
        (lambda b: (b / manifest.NAME).write_text('{"format": 9}'), "this version knows 1"),
        (lambda b: b.rename(b.with_name("backup.partial")), "was not finished"),
    ],
)
def test_a_torn_backup_is_refused_with_the_reason(tmp_path: Path, harm, says: str) -> None:
    """And what is in the folder is as it was."""
    kit = told(tmp_path / "hub", "one")
    kit.close()
    backup = tmp_path / "backup"
    back_up(kit.folder, backup)
    before = {path.name: path.read_bytes() for path in kit.folder.iterdir() if path.is_file()}
    harm(backup)
    backup = backup if backup.exists() else tmp_path / "backup.partial"
    with pytest.raises(BadBackup, match=says):
        put_back(backup, kit.folder)
    assert before == {
        path.name: path.read_bytes() for path in kit.folder.iterdir() if path.is_file()
    }


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


def test_an_inbox_behind_its_analytics_is_refused(tmp_path: Path) -> None:
    """Whole files that do not fit together, with a manifest that says they do."""
    kit = told(tmp_path / "hub", "one")
    kit.close()
    back_up(kit.folder, tmp_path / "backup")
    path = tmp_path / "backup" / "inbox.db"
    with contextlib.closing(sqlite3.connect(path)) as file:
        file.execute("update meta set value = 1 where key = 'position'")
        file.commit()
    made = manifest.load(tmp_path / "backup")
    plain = (tmp_path / "backup" / manifest.NAME).read_text()
    old, new = made.files["inbox.db"], manifest.describe(path)
    plain = plain.replace(old.hash, new.hash).replace(str(old.bytes), str(new.bytes))
    (tmp_path / "backup" / manifest.NAME).write_text(plain)
    with pytest.raises(BadBackup, match="analytics are at 2, its inbox only at 1"):
        put_back(tmp_path / "backup", kit.folder)


def test_neither_a_running_hub_nor_a_folder_that_is_there_is_overwritten(tmp_path: Path) -> None:
    """Restore waits for nobody, backup replaces nothing."""
    kit = told(tmp_path / "hub", "one")
    kit.close()
    back_up(kit.folder, tmp_path / "backup")
    with held(kit.folder), pytest.raises(FolderInUse):
        put_back(tmp_path / "backup", kit.folder)
    with pytest.raises(CannotBackUp, match="is there already"):
        back_up(kit.folder, tmp_path / "backup")


def test_the_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit codes, and one line that says what there is."""
    kit = told(tmp_path / "hub", "one")
    kit.close()
    backup = str(tmp_path / "backup")
    assert main(["hub", "backup", "--data", str(kit.folder), backup]) == 0
    assert "up to entry 2" in capsys.readouterr().out
    assert main(["hub", "restore", "--check", backup]) == 0
    assert main(["hub", "restore", "--data", str(tmp_path / "new"), backup]) == 0
    assert main(["hub", "restore", "--data", str(kit.folder), backup]) == 0
    assert "held before is in" in capsys.readouterr().err
    assert main(["hub", "restore", "--data", str(kit.folder), str(tmp_path)]) == 1
    assert "is no backup" in capsys.readouterr().err
    assert main(["hub", "backup", "--data", str(tmp_path / "none"), backup + "2"]) == 1
    assert "is no hub's folder" in capsys.readouterr().err
