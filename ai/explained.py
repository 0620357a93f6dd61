"""An insight explained: its numbers computed again from its rows, its words checked again."""

from typing import Any

import msgspec

from ai.facts import Rows
from ai.faithful import Summary, check


def checks(why: dict[str, Any]) -> tuple[Summary, list[dict[str, Any]], list[dict[str, str]]]:
    """Return the summary, each fact computed again, and every problem, of an explanation."""
    summary = msgspec.convert(why["summary"], Summary)
    rows: Rows = why["rows"]
    problems = check(summary, rows, stored=why["stored"])
    facts = [
        {
            "id": fact.id,
            "name": fact.name,
            "op": fact.op,
            "of": " / ".join(filter(None, (fact.field, fact.per))),
            "where": ", ".join(f"{name} = {value}" for name, value in fact.where),
            "rows": len(fact.evidence),
            "value": fact.value,
            "holds": not any(one.field == f"facts.{fact.id}" for one in problems),
        }
        for fact in summary.facts
    ]
    return (
        summary,
        facts,
        [{"field": one.field, "kind": one.kind, "said": one.said} for one in problems],
    )
