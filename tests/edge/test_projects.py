"""The projects of a node."""

import json
import logging

import pytest

from edge.projects import BadProjects, ProjectBook, ProjectRefused, make


def test_a_project_is_there_for_every_reader_at_once(tmp_path):
    """A second book of the same folder sees what the first one wrote."""
    first, second = ProjectBook.open(tmp_path), ProjectBook.open(tmp_path)
    first.add(make("shop", origins=["https://Shop.example/"], demo=True))
    second.reload()

    shop = second.get("shop")
    assert shop is not None
    assert (shop.demo, shop.origins, len(shop.key)) == (True, ["https://shop.example"], 22)


def test_an_id_is_taken_once(tmp_path):
    """So a project cannot become a demo by being made again."""
    book = ProjectBook.open(tmp_path)
    book.add(make("shop", origins=["https://shop.example"]))

    with pytest.raises(ProjectRefused, match="already"):
        book.add(make("shop", origins=["https://shop.example"], demo=True))
    assert book.get("shop").demo is False


@pytest.mark.parametrize("bad", ["", "Shop", "a b", "-a", "a" * 65, "ä"])
def test_a_bad_id_is_refused(bad):
    """Ids stand in urls and file names."""
    with pytest.raises(ProjectRefused):
        make(bad, origins=["https://shop.example"])


@pytest.mark.parametrize("bad", ["shop.example", "ftp://shop.example", "https://", "https://a/b"])
def test_a_bad_origin_is_refused(bad):
    """An origin that no browser would ever send would silently let nobody in."""
    with pytest.raises(ProjectRefused):
        make("shop", origins=[bad])


def test_a_damaged_file_is_one_clear_error(tmp_path):
    """It says which file and what to do."""
    (tmp_path / "projects.json").write_text("{")

    with pytest.raises(BadProjects, match=r"projects\.json"):
        ProjectBook.open(tmp_path)


def test_a_running_process_sees_what_is_added(tmp_path, monkeypatch):
    """No restart is needed; a file that is damaged meanwhile leaves what was read before."""
    running = ProjectBook.open(tmp_path)
    assert running.list() == []
    ProjectBook.open(tmp_path).add(make("shop", origins=["https://shop.example"]))
    monkeypatch.setattr("edge.projects.LOOK_AGAIN", 0.0)
    assert running.get("shop") is not None

    (tmp_path / "projects.json").write_text("{")
    assert [project.id for project in running.list()] == ["shop"]


def project(**more):
    return {"id": "shop", "name": "shop", "key": "k" * 22, "origins": [], **more}


@pytest.mark.parametrize(
    ("projects", "told"),
    [
        ([project(), project(id="bank", key=1)], "project 'bank': key: Expected `str`"),
        (
            [project(prompts={"min_interval_ms": 9})],
            "project 'shop': prompts: min_interval_ms is 9",
        ),
        ([project(prompts={"session_cap": -1})], "project 'shop': prompts: session_cap is -1"),
        ([project(id="Shop!")], "project 'Shop!': id: "),
        (
            [project(detect={"parameters": {"rage_click": {"clicks": 0}}})],
            "project 'shop': detect: rage_click.clicks cannot be 0",
        ),
        (
            [project(detect={"preset": "clippy"})],
            "project 'shop': detect: no preset 'clippy'",
        ),
        ([project(consent="never")], "project 'shop': consent: "),
        ([project(key="")], "project 'shop': key: "),
        ([{"id": "shop"}], "project 'shop': "),
        ([project(), 7], "project 2: "),
        ([project(), project(key="other")], "project 'shop': another has the same id"),
        ([project(), project(id="bank")], "project 'bank': another has the same key"),
        ("none", "projects: Expected `array`"),
    ],
)
def test_a_bad_value_names_file_project_and_key(tmp_path, projects, told):
    """Whoever edits the file by hand is told where to look."""
    (tmp_path / "projects.json").write_text(json.dumps({"projects": projects}))

    with pytest.raises(BadProjects) as caught:
        ProjectBook.open(tmp_path)
    assert str(tmp_path / "projects.json") in str(caught.value)
    assert told in str(caught.value)


@pytest.mark.parametrize("bad", [b"", b"{", b"\xff", b"[" * 100_000, b"null"])
def test_whatever_stands_in_the_file_a_running_process_goes_on(tmp_path, monkeypatch, caplog, bad):
    """What was read before holds; it is said once, until it is good again."""
    monkeypatch.setattr("edge.projects.LOOK_AGAIN", 0.0)
    path = tmp_path / "projects.json"
    path.write_text(json.dumps({"projects": [project()]}))
    running = ProjectBook.open(tmp_path)
    good = path.read_bytes()

    path.write_bytes(bad)
    with caplog.at_level(logging.INFO, "edge.projects"):
        for _ in range(3):
            assert running.get("shop") is not None
    assert [str(path) in record.getMessage() for record in caplog.records] == [True]
    assert str(path) in running.problem
    with pytest.raises(BadProjects):  # a command does not go on
        running.known("shop")

    path.write_bytes(good)
    assert running.get("shop") is not None
    assert running.problem == ""
    assert caplog.records[-1].getMessage().endswith("is good again")
