"""The list of tombstones: on disk before it counts, there again after a restart."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.stores.records import Records

ONE, TWO = ("shop", "a" * 22), ("shop", "b" * 22)


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    made = Records(tmp_path / "records.sqlite")
    yield made
    made.close()


def again(records: Records, folder: Path) -> Records:
    records.close()
    return Records(folder / "records.sqlite")


def test_what_is_buried_stays_over_a_restart(records: Records, tmp_path: Path) -> None:
    """The sessions, what they still lack, and entries that are to be blanked."""
    records.tombstones.bury({ONE: 7, TWO: 9}, {8, 12}, at=1)
    records.tombstones.done("blank", [ONE])
    records.tombstones.blanked([8])
    reopened = again(records, tmp_path)
    stones = reopened.tombstones
    assert set(stones) == {ONE, TWO}
    assert stones.lacking("blank", 99) == {TWO: 9}
    assert stones.lacking("clean", 99) == {ONE: 7, TWO: 9}
    assert stones.late(99) == [12]
    assert stones.waiting == 2
    reopened.close()


def test_nothing_is_due_before_its_tombstone_is_applied(records: Records) -> None:
    """Else a file would count as clean while the rows are still in it."""
    stones = records.tombstones
    stones.bury({ONE: 7}, {5, 9}, at=1)
    assert stones.lacking("clean", 6) == stones.lacking("blank", 6) == {}
    assert stones.lacking("clean", 7) == stones.lacking("blank", 7) == {ONE: 7}
    assert stones.late(6) == [5]


def test_a_tombstone_that_comes_again_changes_nothing(records: Records) -> None:
    """What is complete stays complete; only a backup begins anew."""
    stones = records.tombstones
    stones.bury({ONE: 7}, (), at=1)
    for part in ("blank", "clean"):
        stones.done(part, [ONE])
    stones.bury({ONE: 20}, (), at=2)
    assert stones.waiting == 0
    stones.again([ONE], heard=20)
    assert stones.lacking("blank", 20) == stones.lacking("clean", 20) == {ONE: 20}


def test_a_tombstone_covers_its_own_project_alone(records: Records) -> None:
    """A session's name is looked up with its project."""
    records.tombstones.bury({ONE: 7}, (), at=1)
    assert records.tombstones.covers(*ONE)
    assert not records.tombstones.covers("bank", ONE[1])
