"""A damaged inbox is said at the start, with its remedy."""

from pathlib import Path

import pytest

from edge.events.entry import Group, Stamp
from edge.journal.journal import Journal
from hub.inlet.inbox import open_inbox
from hub.inlet.whole import InboxDamaged, Whole, open_whole
from tests.controlled import company
from tests.stack import wait_for


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    path = tmp_path / "inbox.db"
    filled(open_inbox(path, node="hub"))
    return path


def filled(journal: Journal) -> None:
    stamp = Stamp(project="p" * 20_000, received_at=1)
    for _ in range(20):
        journal.submit(lambda tx: tx.append(1, Group(stamp=stamp, events=[None]))).result()
    journal.close()


def damage(path: Path) -> None:
    """Write over a page in the middle, as a bad disk does."""
    with path.open("r+b") as file:
        file.seek(2 * 4096)
        file.write(b"\xff" * 4096)


def test_a_whole_inbox_and_a_missing_one_have_no_problem(inbox: Path) -> None:
    for path in (inbox, inbox.with_name("none.db")):
        looked = Whole(path, patience=60.0)
        assert looked.problem() is None
        looked.close()


def test_a_damaged_one_stops_the_start(inbox: Path) -> None:
    damage(inbox)
    with pytest.raises(InboxDamaged, match=r"inbox\.db is damaged .*newest backup"):
        Whole(inbox, patience=60.0)


def test_a_look_that_takes_long_tells_later(inbox: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The hub runs meanwhile; the log has it once."""
    damage(inbox)
    looked = Whole(inbox, patience=0.0)
    wait_for(lambda: looked.problem() is not None, what="the look ends")
    assert "newest backup" in str(looked.problem())
    assert caplog.text.count("is damaged") == 1
    looked.close()


def test_one_that_cannot_be_opened_is_said_before_the_look_ends(tmp_path: Path) -> None:
    path = tmp_path / "inbox.db"
    path.write_bytes(b"\xff" * 100_000)
    with pytest.raises(InboxDamaged, match=r"inbox\.db is damaged .*newest backup"):
        open_whole(path, node="hub", patience=0.0)


def test_a_hub_with_a_damaged_inbox_ends_with_one_clear_line(tmp_path: Path) -> None:
    with company(tmp_path) as made:
        filled(open_inbox(made.hub_folder / "inbox.db", node="hub"))
        (made.hub_folder / "inbox.db").write_bytes(b"\xff" * 100_000)
        made.hub.start()
        assert made.hub.process is not None
        assert made.hub.process.wait(60) == 1
        text = made.hub.log.read_text()
        assert "inbox.db is damaged" in text
        assert "newest backup" in text
        assert "Traceback" not in text
