"""
Show a hub's custom agents, and say what they are to do.

A running hub does it within a second; one that does not run does it at its next start.
The built-in agents are one chain with one position: flowback hub rebuild builds all that
they made anew.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from edge.errors import FlowbackError
from edge.journal.reading import Reading
from edge.lock import FolderInUse, held
from hub.commands.folder import add_folder, folder_of
from hub.custom.book import FILE
from hub.custom.wishes import Wish, Wishes

PATIENCE = 30.0
"""Seconds that a running hub has to take a wish."""
_OF_ALL = """
select name, status, position, taken, said, failures, reason from agent order by name
"""
_SAID = "select id, topic, body from said where agent = ? and id > ? order by id limit 1000"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what ``flowback hub agents`` takes."""
    verbs = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    listed = verbs.add_parser("list", help="how each stands")
    listed.add_argument("--json", action="store_true", help="one object a line, for programs")
    said = verbs.add_parser("said", help="what one said, one JSON object a line")
    said.add_argument("--after", type=int, default=0, help="only behind this id")
    stop = verbs.add_parser("stop", help="let one take nothing more")
    start = verbs.add_parser("start", help="let one that was stopped or parked go on")
    replay = verbs.add_parser("replay", help="let one hear again, with the state that it has")
    replay.add_argument("--position", type=int, required=True, help="hear what came behind it")
    rebuild = verbs.add_parser("rebuild", help="let one begin anew, over all that is kept")
    for verb in (listed, said, stop, start, replay, rebuild):
        add_folder(verb)
    for verb in (said, stop, start, replay, rebuild):
        verb.add_argument("name", help="the agent's name")
    child = verbs.add_parser("child")  # a custom agent's own process, in the packaged program
    for word in ("kind", "source", "most"):
        child.add_argument(word)


def run(options: argparse.Namespace) -> int:
    """Do what was asked."""
    if options.what == "child":
        from hub.custom.child import main

        return main(options.kind, options.source, int(options.most))
    folder = folder_of(options)
    if options.what == "list":
        return _list(folder, as_json=options.json)
    if options.what == "said":
        return _said(folder, options.name, options.after)
    return _wish(folder, options)


def _list(folder: Path, *, as_json: bool) -> int:
    names = ("name", "state", "position", "taken", "said", "failures", "reason")
    for row in _rows(folder, _OF_ALL):
        one = dict(zip(names, row, strict=True))
        if as_json:
            print(json.dumps(one))
        else:
            print("  ".join(f"{key} {value}" for key, value in one.items() if value != ""))
    return 0


def _said(folder: Path, name: str, after: int) -> int:
    _known(folder, name)
    while rows := _rows(folder, _SAID, (name, after)):
        for number, topic, body in rows:
            message = msgspec.msgpack.decode(bytes(body))
            print(json.dumps({"id": number, "topic": topic, "message": message}, default=str))
            after = int(number)
    return 0


def _wish(folder: Path, options: argparse.Namespace) -> int:
    _known(folder, options.name)
    wishes = Wishes(folder)
    wish = Wish(agent=options.name, do=options.what, position=getattr(options, "position", 0))
    wishes.add(wish)
    if not _runs(folder):
        print(f"{folder}: the hub does not run; it does so at its next start", file=sys.stderr)
        return 0
    _wait(lambda: wish not in wishes.all(), "the hub did not take it; see its log")
    if options.what in ("replay", "rebuild"):
        _follow(folder, options.name)
    return 0


def _follow(folder: Path, name: str) -> None:
    """Show how far it is, at a terminal, until it has heard all or stands."""
    until = _rows(folder, "select value from meta where key = 'position'", file="inbox.db")
    tip = int(until[0][0]) if until else 0
    sql = "select position, status, reason from agent where name = ?"
    while True:
        position, status, reason = _rows(folder, sql, (name,))[0]
        if sys.stderr.isatty():
            print(f"\r{name}: {position} of {tip} ", end="", file=sys.stderr, flush=True)
        if status == "parked":
            raise FlowbackError(f"{name} is parked: {reason}")
        if position >= tip or status != "runs":
            break
        time.sleep(0.2)
    if sys.stderr.isatty():
        print(file=sys.stderr)


def _known(folder: Path, name: str) -> None:
    names = [str(row[0]) for row in _rows(folder, "select name from agent order by name")]
    if name not in names:
        there = ", ".join(names) or "none: set hub.agents"
        raise FlowbackError(
            f"there is no custom agent {name!r}; there are {there}."
            " What the built-in ones made is built anew by flowback hub rebuild"
        )


def _rows(
    folder: Path, sql: str, arguments: tuple[object, ...] = (), *, file: str = FILE
) -> list[tuple[Any, ...]]:
    path = folder / file
    if not path.exists():
        return []
    reading = Reading(path)
    try:
        return reading.read(sql, arguments)
    finally:
        reading.close()


def _runs(folder: Path) -> bool:
    try:
        with held(folder):
            return False
    except FolderInUse:
        return True


def _wait(condition: Callable[[], bool], otherwise: str) -> None:
    until = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > until:
            raise FlowbackError(otherwise)
        time.sleep(0.1)
