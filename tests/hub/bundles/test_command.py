"""`flowback bundle` as people use it: the worked example, the words, the bar."""

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from edge.bundle.progress import Progress, line, size
from edge.collector.operations.control import Control
from edge.control_book import ControlBook
from edge.keys import EdgeKeys
from edge.keys.watch import of_edge
from hub.rotation import behind
from hub.stores.records import Records
from hub.stores.records.control_log import Saying
from tests.hub.bundles.courier import Courier
from tests.stack import PROGRAM, ROOT


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of an enrolled edge with entries in it, and its hub; neither runs."""
    site = Courier(tmp_path)
    site.write(0, 3)
    site.write(1, 30, size=50_000)
    site.close()
    return tmp_path


def run(*arguments: object, cwd: Path = ROOT) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*PROGRAM, "bundle", *map(str, arguments)],
        capture_output=True,
        check=False,
        text=True,
        cwd=cwd,
        timeout=60,
    )


def test_a_folder_stands_for_the_files_in_it_and_the_early_ones_follow(folder: Path) -> None:
    """Verified and imported at the hub, and the receipt at the edge; an empty one is said."""
    edge, hub, stick = folder / "edge", folder / "hub", folder / "stick"
    assert run("export", "--data", edge, "--out", stick, "--split", "1M").returncode == 0
    first, *others = sorted(stick.glob("*.fbx"))
    assert others
    away = folder / "away"
    away.mkdir()
    first.rename(away / first.name)
    done = run("import", "--data", hub, stick)
    assert done.returncode == 3, done.stderr
    assert "kept, and taken in once that is here" in done.stdout
    assert run("verify", stick).stdout.count(": whole") == len(others) + 1, "and the receipt"
    done = run("import", "--data", hub, away, "--out", stick)
    assert done.returncode == 0, done.stdout + done.stderr
    assert run("import", "--data", edge, stick).returncode == 0
    assert "nothing" in run("export", "--data", edge, "--out", stick).stdout
    (folder / "empty").mkdir()
    done = run("import", "--data", hub, folder / "empty")
    assert done.returncode == 1
    assert "holds no file that ends in .fbx" in done.stderr


def test_the_readmes_worked_example_works_as_it_stands(folder: Path) -> None:
    """Every line of it, in order; afterwards the hub has everything and the edge knows it."""
    text = (ROOT / "README.md").read_text().split("## Without a line")[1]
    [example] = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)[:1]
    assert example.count("flowback bundle") == 4
    (folder / "flowback-data").symlink_to(folder)
    script = example.replace("/media/stick", str(folder / "stick"))
    program = " ".join(f"'{part}'" for part in PROGRAM)
    done = subprocess.run(
        ["bash", "-ec", f'flowback() {{ {program} "$@"; }}\n{script}'],
        capture_output=True,
        check=False,
        text=True,
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "33 entries are new, 0 were here already" in done.stdout
    assert "the hub holds 33 entries more than was known" in done.stdout
    again = run("export", "--data", folder / "edge", "--out", folder / "stick")
    assert again.stdout == "nothing to export: the hub has receipted everything\n"


def test_verify_tells_anybody_what_a_file_is_and_a_node_whose(folder: Path) -> None:
    """Without a key: whole, ranges, a fingerprint. With the hub's folder: the edge's name."""
    run("export", "--data", folder / "edge", "--out", folder / "stick")
    [file] = (folder / "stick").iterdir()
    node = EdgeKeys.load(folder / "edge").node
    anybody = run("verify", file).stdout
    assert f"node {node}" in anybody
    assert "lane 1 (raw events): 1 to 30" in anybody
    assert re.search(r"signed by ([A-Z2-7]{4}-){4}[A-Z2-7]{4}\n", anybody)
    assert "can be opened" not in anybody
    at_hub = run("verify", file, "--data", folder / "hub")
    assert ", the edge berlin\n" in at_hub.stdout
    assert "can be opened here" in at_hub.stdout
    courier = run("verify", file, "--edge", folder / "berlin.edge")
    assert (courier.returncode, ", the edge berlin\n" in courier.stdout) == (0, True)
    asked = json.loads((folder / "berlin.edge").read_text())
    asked["verify"] = "A" * 43
    (folder / "other.edge").write_text(json.dumps(asked))
    other = run("verify", file, "--edge", folder / "other.edge")
    assert other.returncode == 1
    assert "signed by nobody who is known here" in other.stderr


def test_control_goes_by_hand_while_neither_end_runs(folder: Path) -> None:
    """A site that was added at the hub; the hub believes what the edge has judged, and no more."""
    edge, hub, stick = folder / "edge", folder / "hub", folder / "stick"
    added = ("site", "add", "news", "--origin", "https://news.example", "--data", str(hub))
    subprocess.run([*PROGRAM, *added], check=True, capture_output=True)

    def trip() -> str:
        [file] = exported()
        imported = run("import", file, "--data", hub, "--json")
        assert (imported.returncode, imported.stderr) == (0, "")
        receipt = json.loads(imported.stdout)["files"][0]["receipt"]
        return run("import", receipt, "--data", edge).stdout

    def exported() -> list[str]:
        done = run("export", "--data", edge, "--out", stick, "--json")
        return [file["file"] for file in json.loads(done.stdout)["files"]]

    assert "sheets of control of the hub are new" in trip()
    book = ControlBook(edge)
    assert ("project", "news") in {item.subject for item in book.waiting}
    assert exported() == [], "nothing is new: what only lies there is not said to be held"
    assert behind(hub) == ["berlin"], "no key is switched to on the word of a file that lies there"
    Control(edge, of_edge(edge), region="DE")  # as an edge does when it starts
    assert "news" in ControlBook(edge).holding("project")
    assert "the hub holds 0 entries more" in trip(), "a file without an entry tells it"
    assert behind(hub) == []
    assert exported() == []


def test_a_hub_that_does_not_run_takes_no_regional_rule_back(folder: Path) -> None:
    """The command does not know the file of rules: what was said of them stays in force."""
    records = Records(folder / "hub" / "records.sqlite")
    records.control.append([Saying("", "rules", "", {"retention_days": 1})], now=1)
    records.close()
    run("export", "--data", folder / "edge", "--out", folder / "stick")
    [file] = (folder / "stick").iterdir()
    assert run("import", file, "--data", folder / "hub").returncode == 0
    records = Records(folder / "hub" / "records.sqlite")
    said = records.control.said()
    records.close()
    assert said["", "rules", ""] == {"retention_days": 1}
    assert ("", "hub", "keys") in said, "the rest was said"


def test_what_cannot_be_done_is_one_clear_line(folder: Path, tmp_path: Path) -> None:
    """Each with its remedy, and exit code 1; wrong usage is 2."""
    bare = tmp_path / "bare"
    EdgeKeys.make(bare)
    out = ("--out", tmp_path / "stick")
    edge, hub = ("--data", folder / "edge"), ("--data", folder / "hub")
    for done, says in (
        (run("export", "--data", bare, *out), "flowback enroll --help"),
        (run("export", *hub, *out), "cannot be read"),
        (run("export", *edge, "--out", "/proc/nowhere"), "is the medium in its place?"),
        (run("export", *edge, "--out", tmp_path / "no-stick"), "is the medium in its place?"),
        (run("import", folder / "b\x1b[2J\nad.fbx", *hub), "b\\x1b[2J\\nad.fbx cannot be read"),
        (run("verify", folder / "b\x1b[2J\nad.fbx"), "b\\x1b[2J\\nad.fbx cannot be read"),
        (run("import", folder / "berlin.edge", *hub), "it is no bundle"),
        (run("import", folder / "no.fbr", *edge), "no such file"),
        (run("import", folder / "no.fbx", "--data", tmp_path), "has no key file"),
    ):
        assert done.returncode == 1
        [text] = done.stderr.splitlines()
        assert says in text
        assert text.count("no.f") <= 1, "the path is said twice"
        assert "Traceback" not in text
    assert run("export", *edge, *out, "--split", "soon").returncode == 2
    small = run("export", *edge, *out, "--split", "10K")
    assert "choose a larger --split" in small.stderr


def test_a_receipt_that_cannot_be_written_beside_the_files_is_told_where_it_lies(
    folder: Path,
) -> None:
    """A stick that is locked: the import holds, the receipt waits at the hub."""
    run("export", "--data", folder / "edge", "--out", folder / "stick")
    [file] = (folder / "stick").iterdir()
    (folder / "occupied").write_text("a file where a folder should be")
    hub = ("--data", folder / "hub", "--out", folder / "occupied")
    done = run("import", file, *hub)
    assert done.returncode == 1
    assert "it was imported, and the receipt lies at" in done.stderr
    [path] = re.findall(r"lies at (\S+\.fbr)", done.stderr)
    assert run("import", path, "--data", folder / "edge").returncode == 0


def test_receipts_of_edges_with_names_alike_do_not_take_each_others_place(folder: Path) -> None:
    """An edge chooses its node, so the whole of it names its receipt."""
    run("export", "--data", folder / "edge", "--out", folder / "stick")
    [file] = (folder / "stick").iterdir()
    run("import", file, "--data", folder / "hub")
    node = EdgeKeys.load(folder / "edge").node
    [kept] = (folder / "hub" / "bundles" / "out").iterdir()
    assert kept.name == f"{node}.fbr"
    [carried] = (folder / "stick").glob("*.fbr")
    assert carried.name.startswith(f"{node}-")


def at_a_terminal(*arguments: object) -> tuple[str, bytes]:
    """Run ``flowback bundle`` at a terminal; return what is shown there, and its output."""
    ours, theirs = pty.openpty()
    done = subprocess.run(
        [*PROGRAM, "bundle", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=theirs,
        check=True,
    )
    os.close(theirs)
    shown = os.read(ours, 65536).decode()
    os.close(ours)
    return shown, done.stdout


def test_a_bar_is_shown_at_a_terminal_and_nowhere_else(folder: Path) -> None:
    """What is done, the share, bytes, rate and time left; the line goes away at the end."""
    export = ("export", "--data", folder / "edge", "--out", folder / "stick")
    exported = at_a_terminal(*export)
    [file] = (folder / "stick").iterdir()
    imported = at_a_terminal("import", file, "--data", folder / "hub")
    for (shown, output), what in ((exported, "exporting"), (imported, "checking")):
        bar = rf"{what} [█·]{{24}} +\d+%  .*B of .*B  .*B/s  \d+:\d\d left"
        assert re.search(bar, shown), shown
        assert shown.rstrip("\r").endswith(" ")
        assert b"\r" not in output
    quiet = run("export", "--data", folder / "edge", "--out", folder / "stick")
    assert quiet.stderr == ""


def test_the_line_of_a_bar() -> None:
    """A total that was an estimate, and nothing yet, are no error."""
    assert line("importing", 512, 1024, 2.0) == (
        "importing ████████████············  50%  512 B of 1.0 kB  256 B/s  0:02 left"
    )
    assert "0:00 left" in line("x", 0, 100, 0.0)
    assert "100%" in line("x", 120, 100, 1.0)
    assert line("x", 1, 3601, 1.0).endswith("1:00:00 left")
    assert [size(n) for n in (0, 999, 1000, 99_949, 10**9, 10**15)] == [
        "0 B",
        "999 B",
        "1.0 kB",
        "99.9 kB",
        "1.0 GB",
        "1000 TB",
    ]
    assert not Progress("x", stream=sys.__stderr__)._width
