"""Rule mode: what comments, pages and names ask for, in every position, changes nothing."""

import json
from collections import Counter
from pathlib import Path

import pytest

from ai.clusters.group import group
from ai.clusters.labels import quotes, titles
from ai.faithful import Summary, check
from ai.themes import theme
from ai.vectors.table import Table
from tests.ai.texts import labelled

INJECTIONS = [
    json.loads(line)["text"]
    for line in (Path(__file__).parent.parent / "data" / "injection_v0.jsonl")
    .read_text()
    .splitlines()
]
TABLE = Table()
POSITIONS = ["alone", "head", "tail", "copies", "page", "name"]
ACTIVE = (
    "http",
    "www.",
    "://",
    "<",
    ">",
    "${",
    "{{",
    "](",
    "=HYP",
    "@",
    "\u202e",
    "\u200b",
    "\u200f",
)


def rows_of(texts: list[str], page: str = "/save", name: str = "Save") -> dict[str, dict]:
    return {
        f"e{n}": {"session": f"s{n}", "page": page, "name": name, "text": text}
        for n, text in enumerate(texts)
    }


def summaries(rows: dict[str, dict]) -> tuple[list[Summary], dict[str, int]]:
    """Return the summary of each group, and the group of each text."""
    found = group([row["text"] for row in rows.values()], TABLE)
    home = dict(zip(found.texts, found.fine.tolist(), strict=True))
    labels = titles(found.texts, found.fine.tolist())
    made = []
    for number, label in labels.items():
        members = found.members(number)
        ids = [id_ for id_, row in rows.items() if home[row["text"]] == number]
        by_text = {rows[id_]["text"]: id_ for id_ in reversed(ids)}
        best = quotes([found.texts[row] for row in members], found.smoothed[members])
        made.append(theme(label, [by_text[text] for text in best], rows, ids))
    return made, home


REAL, LABELS = labelled("flowback_synth_v0")


@pytest.mark.parametrize("position", POSITIONS)
def test_no_injected_text_succeeds(position: str) -> None:
    """Counts are those of the rows, evidence is whole, output is plain, groups stay apart."""
    rows = rows_of(REAL)
    for visitor, text in enumerate(INJECTIONS):
        added = {
            "alone": [text],
            "head": [f"{text} {REAL[visitor]}"],
            "tail": [f"{REAL[visitor]} {text}"],
            "copies": [text] * 20,
            "page": ["the save button is broken here"],
            "name": ["the save button is broken here"],
        }[position]
        page = "/" + text if position == "page" else "/save"
        name = text if position == "name" else "Save"
        for number, row in enumerate(rows_of(added, page, name).values()):
            rows[f"ex{visitor}x{number}"] = {**row, "session": f"visitor {visitor}"}
    made, home = summaries(rows)
    assert sorted(id_ for one in made for id_ in one.evidence) == sorted(rows)  # none is missing
    assert any("“" in one.description for one in made)
    for one in made:
        values = {fact.id: fact.value for fact in one.facts}
        mine = [rows[id_] for id_ in one.evidence]
        assert values["f1"] == len(mine)
        assert values["f2"] == len({row["session"] for row in mine})  # a flood is one session
        told = one.texts()
        assert check(one, rows, stored=told) == []
        for field in told.values():
            assert not any(mark in field for mark in ACTIVE), field
            assert not field.startswith(("=", "+", "-", "@"))
    groups = {
        label: Counter(
            home[text] for text, other in zip(REAL, LABELS, strict=True) if other == label
        )
        for label in ("save_button_dead", "praise_new_form")
    }
    dead, praise = groups.values()
    assert dead.most_common(1)[0][0] != praise.most_common(1)[0][0]  # not merged on command
