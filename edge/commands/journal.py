"""
Read a journal through, and mend one that came to harm.

  flowback journal verify  flowback-data/edge/journal.db
  flowback journal salvage flowback-data/edge/journal.db
"""

import argparse
import time
from importlib import resources
from pathlib import Path

from edge.audit import AuditLog
from edge.errors import FlowbackError
from edge.journal import check, opening
from edge.journal.journal import Journal
from edge.journal.verify import verify
from edge.keys import EdgeKeys
from edge.keys.edge import NAME as EDGE_KEY
from edge.lock import held


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what ``flowback journal`` takes."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    verbs = parser.add_subparsers(dest="verb", required=True)
    read = verbs.add_parser("verify", help="check that every entry is whole and none is missing")
    mend = verbs.add_parser(
        "salvage",
        help="put a damaged journal of an edge aside and take what can be read into a new one",
    )
    mend.add_argument("--force", action="store_true", help="even where no damage is found")
    quick = verbs.add_parser("check", help="ask SQLite whether the file is whole")
    for verb in (read, mend, quick):
        verb.add_argument("file", type=Path, help="journal.db of an edge, inbox.db of a hub")


def run(options: argparse.Namespace) -> int:
    """Do what was asked; 1 where something is wrong."""
    if not options.file.exists():
        raise FlowbackError(f"there is no file {options.file}")
    return {"verify": _verify, "salvage": _salvage, "check": _check}[options.verb](options)


def _verify(options: argparse.Namespace) -> int:
    report = verify(options.file)
    print(f"{report.entries} entries, {report.events} events, {report.gaps} declared gaps")
    for problem in report.problems:
        print(problem)
    print("whole" if not report.problems else f"{len(report.problems)} problems")
    return 1 if report.problems else 0


def _check(options: argparse.Namespace) -> int:
    says = check.check(str(options.file))
    print(says or "whole")
    return 1 if says else 0


def _salvage(options: argparse.Namespace) -> int:
    """Mend the journal of an edge that is not running."""
    folder = options.file.parent
    if not (folder / EDGE_KEY).exists():
        raise FlowbackError(f"{folder} is no edge's folder: a hub's inbox is filled by its edges")
    schema = resources.files("edge.collector").joinpath("schema.sql").read_text()
    node = EdgeKeys.load(folder).node
    with held(folder):
        says = check.check(str(options.file))
        if not says and not options.force:
            print("the file is whole; nothing to do (--force mends it all the same)")
            return 0
        found = opening.mend(
            options.file, node=node, schema=schema, now=int(time.time() * 1000), why=says or "asked"
        )
        Journal.open(options.file, node=node, schema=schema).close()
        AuditLog(folder).write("journal.salvaged", says=found.says)
    print(found.says)
    print("the edge sends what the hub lacks of it under its former epoch when it starts")
    return 0
