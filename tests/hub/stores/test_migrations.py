"""Files of released versions come up; those of newer ones are refused with what helps."""

import contextlib
import sqlite3
import tarfile
from pathlib import Path

import duckdb
import pytest

from hub.projections.migrate import SCHEMA, STEPS, NewerAnalytics
from hub.stores.records.version import NewerRecords
from tests.hub.hubkit import HubKit, dump, main_job

RELEASED = Path(__file__).parents[2] / "data" / "released"


def unpacked(folder: Path, version: int) -> Path:
    """Return a hub's folder as a released version left it."""
    with tarfile.open(RELEASED / f"hub-schema-{version}.tar.xz") as packed:
        packed.extractall(folder, filter="data")
    return folder / "hub"


def test_there_is_a_file_of_every_released_version() -> None:
    """Whoever adds a step adds what the version before wrote."""
    wanted = {f"hub-schema-{version - 1}.tar.xz" for version in STEPS}
    assert {path.name for path in RELEASED.glob("hub-schema-*")} == wanted


@pytest.mark.parametrize("version", [version - 1 for version in STEPS])
def test_a_released_hub_comes_up_with_all_it_had(tmp_path: Path, version: int) -> None:
    """What it brings up is what building it anew gives; decisions and tombstones stay."""
    folder = unpacked(tmp_path, version)
    with duckdb.connect(str(folder / "analytics.duckdb"), read_only=True) as file:
        assert file.execute("select value from meta where name = 'schema'").fetchone() == (version,)
        before = file.execute("select count(*) from event").fetchone()
    kit = HubKit(folder)
    with contextlib.closing(kit):
        assert kit.hub.store.read("select value from meta where name = 'schema'") == [(SCHEMA,)]
        assert kit.hub.store.read("select count(*) from event") == [before]
        kit.apply()
        found = dump(kit.hub)
        assert len(found["verdict"]) == 14
        assert kit.hub.records.decisions("demo")["insight-of-before"].decision == "dismissed"
        assert ("demo", "released-erased") in kit.hub.records.tombstones
        kit.hub.stop()
        (folder / "analytics.duckdb").unlink()
        kit.hub = kit.make_hub()
        kit.apply()
        assert dump(kit.hub) == found


def test_a_step_that_is_cut_off_is_done_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of a start's steps are one transaction with the version."""
    from hub.projections import migrate

    folder = unpacked(tmp_path, 1)

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(migrate, "fill", dies)
        HubKit(folder)
    kit = HubKit(folder)
    with contextlib.closing(kit):
        assert len(dump(kit.hub)["verdict"]) == 14


def test_a_newer_file_is_refused_and_stays_as_it_is(kit: HubKit) -> None:
    """The message names both versions and the remedies."""
    kit.tell(main_job())
    kit.hub.stop()
    with duckdb.connect(str(kit.folder / "analytics.duckdb")) as file:
        file.execute("update meta set value = 99 where name = 'schema'")
    with pytest.raises(NewerAnalytics, match=r"have format 99, and this version knows .* restore"):
        kit.make_hub()
    with duckdb.connect(str(kit.folder / "analytics.duckdb")) as file:
        assert file.execute("select value from meta where name = 'schema'").fetchone() == (99,)
        file.execute("update meta set value = ? where name = 'schema'", [SCHEMA])
    with contextlib.closing(sqlite3.connect(kit.folder / "records.sqlite")) as file:
        file.execute("update meta set value = 99 where key = 'tables'")
        file.commit()
    with pytest.raises(NewerRecords, match="has format 99, and this version knows 1: start the"):
        kit.make_hub()
