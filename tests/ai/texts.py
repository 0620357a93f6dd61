"""Texts with the labels that people gave them; see tests/data/SOURCES.md."""

import json
from pathlib import Path

DATA = Path(__file__).resolve().parent.parent / "data"


def labelled(name: str) -> tuple[list[str], list[str]]:
    """Return the texts and labels of tests/data/*name*.jsonl."""
    rows = [json.loads(line) for line in (DATA / f"{name}.jsonl").read_text().splitlines()]
    return [row["text"] for row in rows], [row["label"] for row in rows]


def many(count: int) -> list[str]:
    """Return *count* distinct texts of real words: first half of one, second half of another."""
    texts, labels = labelled("clinc150_test")
    groups: dict[str, list[list[str]]] = {}
    for text, label in zip(texts, labels, strict=True):
        groups.setdefault(label, []).append(text.split())
    made: dict[str, None] = {}
    for shift in range(1, 30):
        for rows in groups.values():
            for number, row in enumerate(rows):
                other = rows[(number + shift) % len(rows)]
                made[" ".join(row[: len(row) // 2] + other[len(other) // 2 :])] = None
    if len(made) < count:
        raise AssertionError(f"only {len(made)} texts can be made")
    return [*made][:count]
