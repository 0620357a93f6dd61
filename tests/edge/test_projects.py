"""The projects of a node."""

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
