"""
List a hub's insights, or explain one: its rows, cluster, prompt and checks.

Asks a running hub over its API: it shows what the dashboard may show, and nothing else.
"""

import argparse
import json
from typing import Any

from edge.errors import FlowbackError
from hub.commands import asking
from hub.commands.asking import ask

ROWS = 40
"""Rows printed, those that may be quoted first."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what ``flowback insights`` takes."""
    parser.add_argument("--explain", metavar="ID", help="explain this insight")
    parser.add_argument("--project", help="the project; needed where the hub has several")
    asking.add_arguments(parser)
    parser.add_argument("--json", action="store_true", help="print the hub's answer as it is")


def run(options: argparse.Namespace) -> int:
    """Print; 1 where the checks find a problem."""
    if options.explain is None:
        answer = _get(options, "/api/insights")
        print(_json(answer) if options.json else _listed(answer["rows"]))
        return 0
    if not options.explain.isalnum():
        raise FlowbackError(f"{options.explain!r} is no insight's id; see flowback insights")
    answer = _get(options, f"/api/insights/{options.explain}/explanation")
    print(_json(answer) if options.json else explained(answer))
    return 1 if answer["problems"] else 0


def _get(options: argparse.Namespace, path: str) -> dict[str, Any]:
    return ask(options, path, query={"projectId": options.project} if options.project else None)


def _json(answer: dict[str, Any]) -> str:
    return json.dumps(answer, indent=2, ensure_ascii=False)


def _listed(rows: list[dict[str, Any]]) -> str:
    lines = [f"{r['id']}  {r['decision']:<9}  {r['trend']:<7}  {_plain(r['title'])}" for r in rows]
    return "\n".join(lines) if lines else "no insights; the hub's agent makes them by and by"


def explained(answer: dict[str, Any]) -> str:
    """Return an explanation as text for a terminal."""
    parts = [
        [f"{_plain(answer['title'])}  (worded by {answer['madeBy']})"],
        _texts(answer),
        _rows(answer["rows"]),
        _cluster(answer["cluster"], answer["people"]),
        _prompt(answer),
        _checks(answer),
    ]
    return "\n\n".join("\n".join(part) for part in parts)


def _texts(answer: dict[str, Any]) -> list[str]:
    return ["TEXTS", *(f"  {name}: {_plain(text)}" for name, text in answer["templates"].items())]


def _rows(rows: dict[str, dict[str, Any]]) -> list[str]:
    order = sorted(rows, key=lambda id_: "text" not in rows[id_])
    lines = []
    for id_ in order[:ROWS]:
        told = ", ".join(f"{name} = {_plain(str(v))}" for name, v in rows[id_].items())
        lines.append(f"  {id_}: {told}")
    left = len(rows) - ROWS
    more = [f"  and {left} more; --json prints them all"] if left > 0 else []
    return [f"ROWS ({len(rows)})", *lines, *more]


def _cluster(cluster: dict[str, Any] | None, people: list[dict[str, Any]]) -> list[str]:
    if cluster is None:
        return ["CLUSTER", "  none: it is made of counts, not of comments"]
    size = f"{cluster['comments']} comments of {cluster['sessions']} sessions"
    lines = [
        f"  group {cluster['id']}, level {cluster['level']}: {size}",
        f"  words: {_plain(' '.join(cluster['words']))}",
    ]
    lines += [
        f"  run {one['tick']}: {one['id']} {one['kind'].replace('_', ' ')} {one['other'] or ''}"
        for one in cluster["history"]
    ]
    return ["CLUSTER", *lines, *(f"  people: {_plain(one['said'])}" for one in people)]


def _prompt(answer: dict[str, Any]) -> list[str]:
    if not answer["prompt"]:
        return ["PROMPT", "  none: no model was asked"]
    lines = [
        f"  {one['role']}: {_plain(line)}"
        for one in answer["prompt"]
        for line in one["content"].splitlines()
    ]
    said = _plain(answer["answer"]) or "nothing"
    return ["PROMPT", *lines, f"  answered: {said}", f"  stands: {answer['problem'] or 'all'}"]


def _checks(answer: dict[str, Any]) -> list[str]:
    lines = []
    for fact in answer["facts"]:
        of, where = fact["of"], f" where {fact['where']}" if fact["where"] else ""
        done = f"{fact['op']} of {of or 'rows'}{where} over {fact['rows']} rows"
        verdict = "holds" if fact["holds"] else "DOES NOT HOLD"
        lines.append(
            f"  {fact['id']} {_plain(fact['name'])} = {fact['value']:g}: {done}: {verdict}"
        )
    problems = [
        f"  {one['field']}: {one['kind']}: {_plain(one['said'])}" for one in answer["problems"]
    ]
    return ["CHECKS", *lines, *(problems or ["  every number, quote, place and mark: holds"])]


def _plain(text: str) -> str:
    """Return *text* without what a terminal would obey."""
    return "".join(c if c.isprintable() else " " for c in text)
