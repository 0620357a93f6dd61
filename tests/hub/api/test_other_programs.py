"""Who has nothing but hub/README.md reads hotspots and sentiment: curl, a notebook, Grafana."""

import contextlib
import io
import json
import re
import shlex
import subprocess

import httpx2
import pytest

from tests.edge.server import served
from tests.hub.hubkit import HubKit, main_job
from tests.stack import ROOT

README = (ROOT / "hub" / "README.md").read_text()
BOARD = ROOT / "hub" / "examples" / "grafana.json"
HERE, PROJECT = "http://127.0.0.1:7400", "projectId=shop"


def calls() -> list[str]:
    """Return the README's calls of curl, those over several lines whole."""
    found, open_call = [], ""
    for line in README.splitlines():
        if open_call or line.startswith("curl "):
            open_call += line.removesuffix("\\") + " "
            with contextlib.suppress(ValueError):  # a quotation goes on in the next line
                shlex.split(open_call)
                if not line.endswith("\\"):
                    found.append(open_call.strip())
                    open_call = ""
    return found


@pytest.fixture
def hub(kit: HubKit):
    """Where a hub answers that knows one visit to the demo project."""
    kit.tell(main_job())
    with served(kit.hub.app) as port:
        yield f"http://127.0.0.1:{port}"


def blocks(language: str, text: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def test_the_cells_of_the_notebook_run(hub: str) -> None:
    """One after the other, with nothing but Python."""
    cells = blocks("python", README.partition("### From other programs")[2])
    assert len(cells) == 3
    told = io.StringIO()
    names: dict[str, object] = {}
    for cell in cells:
        here = cell.replace(HERE, hub).replace('"shop"', '"demo"')
        with contextlib.redirect_stdout(told):
            exec(compile(here, "README", "exec"), names)
    assert "/checkout button.broken 0." in told.getvalue()
    assert "[0, 1, 0]" in told.getvalue()


@pytest.mark.parametrize("panel", [0, 1], ids=["hotspots", "sentiment"])
def test_grafana_finds_what_its_board_asks_for(hub: str, panel: int) -> None:
    """Each column leads to a value of its type in the answer to the panel's own address."""
    [target] = json.loads(BOARD.read_text())["panels"][panel]["targets"]
    scope = httpx2.get(f"{hub}/api/overview?projectId=demo").json()["scope"]
    fill = {"hub": hub, "project": "demo"}
    fill |= {"__from": str(scope["start"]), "__to": str(scope["end"])}
    url = re.sub(r"\$\{(\w+)\}", lambda name: fill[name[1]], target["url"])
    rows = httpx2.get(url).json()[target["root_selector"]]
    assert rows
    kinds = {"string": str, "number": (int, float), "timestamp_epoch": int}
    for column in target["columns"]:
        found = [at(row, column["selector"]) for row in rows]
        values = [value for value in found if value is not None]
        assert all(isinstance(value, kinds[column["type"]]) for value in values)
        assert values or column["selector"] == "hidden"


def at(row: dict, selector: str):
    """Follow the names of *selector*; a name that is not there is a defect of the board."""
    for name in selector.split("."):
        row = row[name]
    return row


@pytest.mark.parametrize("call", calls())
def test_the_calls_of_the_readme_are_answered(hub: str, call: str, tmp_path) -> None:
    """As they stand, but for the hub's address, its project, and an insight that it has not."""
    here = call.replace("$hub", hub).replace(PROJECT, "projectId=demo")
    words = shlex.split(here.replace('\\"shop\\"', '\\"demo\\"'))
    stream = "-N" in words
    done = subprocess.run(
        [*words, "--silent", "--show-error", *(["--max-time", "2"] if stream else [])],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == (28 if stream else 0), done.stderr
    if "decision" in call:
        assert json.loads(done.stdout)["title"] == "No such insight"
    elif stream:
        assert done.stdout.startswith("retry:")
    elif "-o" in words:
        assert (tmp_path / "hotspots.parquet").read_bytes()[:4] == b"PAR1"
    elif "text/csv" in call:
        assert done.stdout.startswith('"page"')
    else:
        answer = json.loads(done.stdout)
        assert {"rows", "scope", "ran", "data"} & answer.keys()
        assert "errors" not in answer


def test_all_calls_are_run() -> None:
    """Those that the README shows; a new one is run too."""
    assert len(calls()) == README.count("\ncurl ") >= 7
