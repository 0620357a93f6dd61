"""Files handed to the process that runs, and what becomes of those that it cannot take."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from edge.bundle import spool
from edge.bundle.spool import Gone, On, Refused, Spool
from edge.errors import FlowbackError
from edge.journal.database import JournalUnavailable
from edge.lock import held
from edge.protocol.bundle.form import BadBundle


def quiet(_step: str, _done: int, _total: int) -> None:
    """Hear nothing."""


@contextmanager
def running(data: Path, take: spool.Take) -> Iterator[None]:
    """Let a process take what is handed over, until the block ends."""
    ended = threading.Event()

    def run() -> None:
        while not ended.wait(0.01):
            Spool(data).take_all(take)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "stick" / "x.fbx"
    path.parent.mkdir()
    path.write_bytes(b"what is carried")
    return path


def test_a_command_gets_the_answer_of_the_process(tmp_path: Path, file: Path) -> None:
    """It sees the same bytes, under a name of its own; nothing is left behind."""
    seen: list[bytes] = []
    heard: list[str] = []

    def take(path: Path, on: On) -> dict[str, object]:
        seen.append(path.read_bytes())
        assert path.stat().st_mode & 0o777 == 0o600
        on("importing", 1, 2)
        return {"stored": 7}

    with running(tmp_path, take):
        answer = Spool(tmp_path).hand_over(file, lambda step, *_: heard.append(step))
    assert answer == {"stored": 7}
    assert seen == [b"what is carried"]
    assert "copying" in heard
    left = [path for path in (tmp_path / "bundles").rglob("*") if path.is_file()]
    assert left == []
    assert (tmp_path / "bundles").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (BadBundle("torn", "it ends in the middle"), "torn"),
        (JournalUnavailable("the disk is full"), "unavailable"),
        (ValueError("unforeseen"), "error"),
    ],
)
def test_a_refusal_comes_back_as_it_was_said(
    tmp_path: Path, file: Path, error: Exception, why: str
) -> None:
    """The command has the file still, so its copy goes."""

    def take(_path: Path, _on: On) -> dict[str, object]:
        raise error

    with running(tmp_path, take), pytest.raises(Refused) as refused:
        Spool(tmp_path).hand_over(file, quiet)
    assert refused.value.answer["why"] == why
    assert str(error) in str(refused.value)
    assert list((tmp_path / "bundles" / "in").iterdir()) == []


def test_what_others_dropped_waits_while_the_disk_is_full_and_is_kept_when_refused(
    tmp_path: Path,
) -> None:
    """Nobody else may have it."""
    inside = tmp_path / "bundles" / "in"
    inside.mkdir(parents=True)
    (inside / "a.fbx").write_bytes(b"a")
    (inside / "b.part").write_bytes(b"is still being written")
    errors: list[Exception] = [JournalUnavailable("full"), FlowbackError("no")]

    def take(_path: Path, _on: On) -> dict[str, object]:
        raise errors.pop(0)

    assert Spool(tmp_path).take_all(take) == 0
    assert (inside / "a.fbx").exists()
    assert Spool(tmp_path).take_all(take) == 1
    assert (tmp_path / "bundles" / "refused" / "a.fbx").read_bytes() == b"a"
    told = json.loads((tmp_path / "bundles" / "done" / "a.fbx.json").read_bytes())
    assert told["error"] == "no"
    assert [path.name for path in inside.iterdir()] == ["b.part"]


def test_a_name_in_capitals_is_taken_too(tmp_path: Path) -> None:
    """As a FAT file system or a scanner gives it."""
    inside = tmp_path / "bundles" / "in"
    inside.mkdir(parents=True)
    (inside / "DROP.FBX").write_bytes(b"a")
    assert Spool(tmp_path).take_all(lambda *_: {"stored": 1}) == 1
    assert list(inside.iterdir()) == []


def test_a_process_that_ended_meanwhile_is_noticed(
    tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command says so, and takes the file back; while it lives, it is waited for."""
    monkeypatch.setattr(spool, "SILENCE", 0.3)
    ended = threading.Event()

    def end(step: str, _done: int, _total: int) -> None:
        ended.set() if step == "copying" else None

    def live() -> None:
        with held(tmp_path):
            ready.set()
            ended.wait(10)

    ready = threading.Event()
    thread = threading.Thread(target=live)
    thread.start()
    ready.wait(10)
    with pytest.raises(Gone, match="ended before"):
        Spool(tmp_path).hand_over(file, end)
    thread.join()
    assert list((tmp_path / "bundles" / "in").iterdir()) == []


def test_an_unfinished_file_is_not_handed_over(tmp_path: Path, file: Path) -> None:
    """Nobody would take it, and the command would wait for ever."""
    partial = file.rename(file.with_name("x.fbx.partial"))
    with pytest.raises(BadBundle, match="not finished"):
        Spool(tmp_path).hand_over(partial, quiet)
