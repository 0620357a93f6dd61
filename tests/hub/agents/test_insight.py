"""A model may word the insights of a hub, where one is named; it is never needed."""

import json
from pathlib import Path

import pytest

from edge.errors import FlowbackError
from hub.agents.insight import InsightAgent
from hub.insights.models import wording
from hub.settings import HubSettings
from tests.ai.server import serve
from tests.hub.hubkit import HubKit, main_job


def agent(kit: HubKit, **model: object) -> InsightAgent:
    settings = HubSettings(**model)
    return InsightAgent(kit.hub.room, kit.hub.store, kit.hub.changes, wording=wording(settings))


def reworded(_: str, body: dict) -> dict:
    """Answer as a good model does: the finding's sentences, the last of them first."""
    finding = json.loads(body["messages"][1]["content"].splitlines()[0])
    *others, last = finding["description"].removesuffix(".").split(". ")
    said = {
        "title": finding["title"].replace("Rage clicks", "Visitors made rage clicks"),
        "description": ". ".join([last, *others]) + ".",
        "hypothesis": finding["hypothesis"],
    }
    return {"choices": [{"message": {"content": json.dumps(said)}}]}


def test_a_named_model_words_what_the_rules_found(kit: HubKit) -> None:
    """Its title, the rules' numbers; it is told of no session and no number."""
    kit.tell(main_job("one-visit"))
    project = kit.book.get("demo")
    assert project is not None
    (rules,) = agent(kit).make(project, kit.now)
    with serve(reworded) as stub:
        (found,) = agent(kit, model_url=stub.base, model_name="m").make(project, kit.now)
    assert rules["title"] == "Rage clicks on /checkout"
    assert found["title"] == "Visitors made rage clicks on /checkout"
    assert (rules["made_by"], found["made_by"]) == ("rules", "m")
    assert sorted(found["description"].split()) == sorted(rules["description"].split())
    assert found["description"] != rules["description"]
    ((_, body),) = stub.asked
    assert "one-visit" not in json.dumps(body)
    same = {"id", "trend", "pages", "recommendations", "evidence", "numbers"}
    assert {key: found[key] for key in same} == {key: rules[key] for key in same}


def test_a_model_that_fails_costs_no_insight(kit: HubKit) -> None:
    """The rules' words stand."""
    kit.tell(main_job())
    project = kit.book.get("demo")
    assert project is not None
    with serve(lambda *_: (404, b"")) as stub:
        found = agent(kit, model_url=stub.base).make(project, kit.now)
    assert found == agent(kit).make(project, kit.now)
    assert len(stub.asked) == 1


def test_a_key_that_cannot_be_read_is_told_by_its_setting(tmp_path: Path) -> None:
    """Before anything is called."""
    missing = str(tmp_path / "none")
    with pytest.raises(FlowbackError, match="model_key_file"):
        wording(HubSettings(model_url="http://127.0.0.1:1/v1", model_key_file=missing))
    (tmp_path / "key").write_text("secret\n")
    settings = HubSettings(model_url="http://127.0.0.1:1/v1", model_key_file=str(tmp_path / "key"))
    assert wording(settings)._endpoint.key == "secret"
    assert "secret" not in repr(wording(settings)._endpoint)
