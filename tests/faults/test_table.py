"""Each row of the fault table (edge-and-link.md, section 5) has a test; the README says which."""

import ast
import re
from collections import defaultdict
from pathlib import Path

from tests.stack import ROOT

ROWS = [*map(str, range(1, 37)), "+a", "+b", "+c", "+d"]


def marked() -> dict[str, set[str]]:
    """Return row → tests that carry ``@pytest.mark.fault(row)``, as file::name."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            for decorator in getattr(node, "decorator_list", []):
                if ast.unparse(decorator).startswith("pytest.mark.fault("):
                    name = f"{path.relative_to(ROOT / 'tests')}::{node.name}"
                    for row in decorator.args:
                        found[str(ast.literal_eval(row))].add(name)
    return found


def told() -> dict[str, set[str]]:
    """Return row → files that the table in the README names."""
    text = (Path(__file__).parent / "README.md").read_text()
    rows = re.findall(r"^\| (\+?\w+) \|.*\| ([^|]+) \|$", text, re.MULTILINE)
    return {row: set(re.findall(r"`([^`]+\.py)`", files)) for row, files in rows if row in ROWS}


def test_every_fault_has_a_test():
    """And no test claims a row that the table does not have."""
    found = marked()
    assert [row for row in ROWS if not found[row]] == [], "rows without a test"
    assert sorted(found.keys() - set(ROWS)) == []


def test_the_readme_names_the_files_of_each_fault():
    """So that a reader finds them, and none that is gone."""
    files = {row: {test.partition("::")[0] for test in tests} for row, tests in marked().items()}
    assert told() == files
