"""The examples of edge/README.md, as they stand there: the collector in another application."""

import re

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from edge.collector import create_app
from edge.collector.app import NotRunning
from edge.collector.settings import EdgeSettings
from edge.lock import FolderInUse
from edge.projects import ProjectBook, make
from tests.faults.posting import Visitor, browser_events
from tests.stack import ROOT

EXAMPLES = re.findall(r"```python\n(.*?)```", (ROOT / "edge" / "README.md").read_text(), re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES, ids=["starlette", "fastapi"])
def test_the_examples_of_the_readme_run(example, tmp_path, monkeypatch):
    """A visitor's batch is on disk, the host's own page is there, and all ends in good order."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "flowback-data" / "edge"
    project = make("shop", origins=["https://shop.example"])
    ProjectBook.open(folder).add(project)
    names: dict = {}
    exec(example, names)
    with TestClient(names["app"]) as client:
        assert client.get("/").text.strip('"') == "our own page"
        who = Visitor(client, project, url="/feedback")
        who.grant()
        assert who.send(count=5).status_code == 202
        assert client.get("/feedback/ready").status_code == 200
        assert "flowback_edge_accepted_events" in client.get("/feedback/metrics").text
        refused = client.post("/feedback/events?k=none")
        assert (refused.status_code, refused.json()["error"]) == (401, "unknown_key")
    assert set(browser_events(folder / "journal.db")) == who.acknowledged


def test_there_are_two_examples():
    """One for each framework that the README names."""
    assert ["FastAPI" in example for example in EXAMPLES] == [False, True]


def test_a_host_that_forgets_the_lifespan_is_told(tmp_path):
    """In words, at the first request."""
    host = Starlette(routes=[Mount("/feedback", create_app(EdgeSettings(data=str(tmp_path))))])
    with TestClient(host) as client, pytest.raises(NotRunning, match="lifespan was not entered"):
        client.get("/feedback/ready")


def test_two_collectors_do_not_share_a_folder(tmp_path):
    """Several workers of one host would give out the same numbers."""
    settings = EdgeSettings(data=str(tmp_path))
    with TestClient(create_app(settings)), pytest.raises(FolderInUse):
        TestClient(create_app(settings)).__enter__()
    with TestClient(create_app(settings)) as client:
        assert client.get("/health").status_code == 200
