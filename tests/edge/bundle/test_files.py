"""Files on a medium that somebody else had in his hands."""

import os
from pathlib import Path

import pytest

from edge.bundle import files
from edge.bundle.files import NotRead, NotWritten


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    path = tmp_path / "victim"
    path.write_bytes(b"precious")
    return path


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    folder = tmp_path / "stick"
    folder.mkdir()
    return folder


def test_a_link_on_the_medium_is_never_written_through(
    stick: Path, victim: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither where the unfinished file is to lie, were its name known, nor at the end."""
    target = stick / "x.fbr"
    target.symlink_to(victim)
    (stick / "x.fbr.partial").symlink_to(victim)
    files.write(target, b"a receipt")
    assert victim.read_bytes() == b"precious"
    assert not target.is_symlink()
    assert target.read_bytes() == b"a receipt"
    monkeypatch.setattr("edge.bundle.files.secrets.token_hex", lambda _size: "known")
    (stick / "y.known.fbr.partial").symlink_to(victim)
    with pytest.raises(NotWritten):
        files.write(stick / "y.fbr", b"a receipt")
    assert victim.read_bytes() == b"precious"


def test_what_is_not_finished_has_another_name_each_time(stick: Path) -> None:
    """And one that no import takes."""
    names = []
    for _ in range(2):
        with files.written(stick / "x.fbx"):
            names += [path.name for path in stick.glob("*.partial")]
    assert len({*names}) == 2
    assert all(name.endswith(".fbx.partial") for name in names)


def test_a_pipe_on_the_medium_is_refused_and_not_waited_for(stick: Path) -> None:
    """Opening it would never return."""
    os.mkfifo(stick / "x.fbx")
    with pytest.raises(NotRead, match="no regular file"), files.reading(stick / "x.fbx"):
        pass


def test_a_folder_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    """It would take what a medium that is not in its place was to carry."""
    with pytest.raises(NotWritten, match="is the medium in its place"):
        files.write(tmp_path / "media" / "x.fbx", b"")
    assert list(tmp_path.iterdir()) == []


def test_a_name_on_the_medium_does_not_command_the_terminal(stick: Path) -> None:
    """Escapes, ends of line, marks of direction and bytes that are no text are spelled out."""
    name = "a\x1b[2J\n\u202egood\udcff ü.fbx"
    with pytest.raises(NotRead) as refused, files.reading(stick / name):
        pass
    assert "a\\x1b[2J\\n\\u202egood\\udcff ü.fbx" in str(refused.value)
    assert str(refused.value).isprintable()
