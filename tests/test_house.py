"""The house itself: what is generated is fresh, what is copied is equal, what exists is told."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import flowback
from edge.collector.http.routes import ROUTES as EDGE_ROUTES
from hub.api.routes import ROUTES as HUB_ROUTES
from tests.stack import ROOT

SHARED = ROOT.parent / "shared"
COPIES = {
    "appfeature_is22.jsonl": "data/appfeature_is22.jsonl",
    "bench_targets.json": "bench_targets.json",
    "clinc150_test.jsonl": "data/clinc150_test.jsonl",
    "flowback_synth_v0.jsonl": "data/flowback_synth_v0.jsonl",
    "injection_v0.jsonl": "data/injection_v0.jsonl",
    "frustration_cases.json": "conformance/frustration_cases.json",
    "pii_cases.json": "conformance/pii_cases.json",
}
"""File in tests/data → where it comes from."""


def test_generated_types_are_fresh():
    """Widget and dashboard speak today's schema; a test fails when they are stale."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "packaging" / "generate.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("copy", COPIES)
def test_copies_name_their_source(copy):
    """And where the original stands beside the checkout, they are equal to it."""
    mine = ROOT / "tests" / "data" / copy
    assert copy in (ROOT / "tests" / "data" / "SOURCES.md").read_text()
    original = SHARED / COPIES[copy]
    if original.exists():
        assert mine.read_bytes() == original.read_bytes()


def test_the_regional_rules_are_the_originals():
    """They are data of the product, so they lie beside the room that reads them."""
    mine = ROOT / "edge" / "policy" / "regional_rules.json"
    original = SHARED / "regional_rules.json"
    if original.exists():
        assert mine.read_bytes() == original.read_bytes()


def words_of(*names: str) -> str:
    return "\n".join((ROOT / name).read_text() for name in names)


def test_every_verb_is_in_the_readmes():
    """Whoever reads finds every command."""
    text = words_of("README.md", "edge/README.md", "hub/README.md", "desktop/README.md")
    for verb in flowback.VERBS:
        assert f"flowback {verb}" in text, verb


def test_every_route_is_in_a_readme():
    """Of the edge and of the hub."""
    text = words_of("edge/README.md", "hub/README.md")
    for route in [*EDGE_ROUTES, *HUB_ROUTES]:
        path = re.sub(r"\{.*", "", route.path).rstrip("/")
        assert path in text, route.path


def test_every_folder_at_the_top_has_a_readme():
    """So a new reader finds the room at first guess."""
    for name in ("widget", "edge", "hub", "desktop", "ai", "packaging", "tests"):
        assert (ROOT / name / "README.md").stat().st_size > 100


MOST_OF_A_FILE, MOST_OF_A_FUNCTION = 500, 60
"""Lines."""
LISTS = {
    "desktop/dashboard/src/api/types.gen.ts",
    "desktop/dashboard/src/text/de.ts",
    "desktop/dashboard/src/text/en.ts",
}
"""Sources that are one list each: texts, or types made from others."""


def sources(*suffixes: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    paths = [ROOT / name for name in listed if not name.startswith("tests/")]
    return [path for path in paths if path.suffix in suffixes and path.exists()]


def test_source_files_stay_small():
    """One idea each; only lists may be longer, and those that are named are."""
    found = sources(".py", ".ts", ".tsx", ".css", ".sql")
    assert len(found) > 400, "not all sources were found"
    long = {
        str(path.relative_to(ROOT))
        for path in found
        if len(path.read_text().splitlines()) > MOST_OF_A_FILE
    }
    assert long == LISTS


def test_functions_stay_short():
    """In Python; a class is parted by its methods."""
    long = [
        f"{path.relative_to(ROOT)}: {node.name}"
        for path in sources(".py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= MOST_OF_A_FUNCTION
    ]
    assert long == []


def test_packaging_is_no_python_package():
    """It would shadow PyPI's `packaging`."""
    assert not (ROOT / "packaging" / "__init__.py").exists()
    assert not list((ROOT / "tests").rglob("__init__.py"))


def test_locks_hold_hashes_and_no_hosts():
    """Every pinned package is checked when it is installed, wherever it comes from."""
    for lock in (ROOT / "packaging" / "requirements").glob("*.txt"):
        text = lock.read_text()
        pins = [line for line in text.splitlines() if re.match(r"[a-z0-9].*==", line)]
        assert pins
        assert text.count("--hash=sha256:") >= len(pins)
        assert "://" not in text
    for lock in ROOT.glob("*/**/package-lock.json"):
        if "node_modules" not in lock.parts:
            text = lock.read_text()
            assert '"resolved"' not in text
            assert '"integrity"' in text


def test_no_source_names_this_machine():
    """The project speaks of itself alone."""
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    here = str(ROOT)
    for name in listed:
        path = Path(ROOT / name)
        if path.suffix in {".py", ".ts", ".tsx", ".md", ".toml", ".sql", ".json", ".html"}:
            assert here not in path.read_text(errors="replace"), name
