"""`flowback hub agents`, beside a hub that does not run and one that does."""

import json
from pathlib import Path
from typing import Any

import pytest

from edge.lock import held
from flowback import main
from hub.app import Hub
from hub.settings import HubSettings
from tests.hub.hubkit import DEMO_NODE, HubKit, main_job
from tests.stack import wait_for

CODE = """
topics = ("flowback.context.enriched",)
def handle(state, topic, messages):
    state["n"] = state.get("n", 0) + len(messages)
    yield "mine.n", {"n": state["n"]}
"""


def listed(folder: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """Return the one agent as the command lists it."""
    capsys.readouterr()
    assert main(["hub", "agents", "list", "--json", "--data", str(folder)]) == 0
    return objects(capsys)[-1]


def objects(capsys: pytest.CaptureFixture[str]) -> list[Any]:
    """Return what a command printed; a hub within this process logs to the same place."""
    lines = capsys.readouterr().out.splitlines()
    return [json.loads(line) for line in lines if line.startswith("{")]


def test_the_command_tells_a_hub_what_its_agents_are_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Stopped while it runs, started while it does not, rebuilt while it runs again."""
    code = tmp_path / "mine.py"
    code.write_text(CODE)
    kit = HubKit(tmp_path / "hub")
    kit.hub.stop()
    data = ["--data", str(kit.folder)]

    def start() -> None:
        settings = HubSettings(data=str(kit.folder), agents=str(code))
        kit.hub = Hub(settings, kit.inbox, kit.book, list, lambda node: node == DEMO_NODE)
        kit.hub.room.clock = lambda: kit.now
        kit.hub.start()

    start()
    with held(kit.folder):
        kit.put(kit.entry(0, main_job().groups(0)))
        wait_for(lambda: listed(kit.folder, capsys)["position"] == 1)
        assert main(["hub", "agents", "stop", *data, "mine"]) == 0
        assert listed(kit.folder, capsys)["state"] == "stopped"
    kit.hub.stop()
    assert main(["hub", "agents", "start", *data, "mine"]) == 0
    assert "does not run" in capsys.readouterr().err
    start()
    with held(kit.folder):
        wait_for(lambda: listed(kit.folder, capsys)["state"] == "runs")
        assert main(["hub", "agents", "rebuild", *data, "mine"]) == 0
        assert main(["hub", "agents", "said", *data, "mine"]) == 0
        assert objects(capsys)[-1]["message"] == {"n": 8}
    kit.close()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["agents", "stop", "nobody"], "there is no custom agent 'nobody'"),
        (["agents", "list", "--data", "/nowhere"], "is no hub's folder"),
    ],
)
def test_errors_name_the_remedy(
    kit: HubKit, capsys: pytest.CaptureFixture[str], words: list[str], says: str
) -> None:
    """One line on standard error, exit code 1."""
    assert main(["hub", "--data", str(kit.folder), *words]) == 1
    assert says in capsys.readouterr().err
