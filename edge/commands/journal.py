"""Read a journal through and check every seal."""

import argparse
from pathlib import Path

from edge.errors import FlowbackError
from edge.journal.verify import verify


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what ``flowback journal`` takes."""
    verbs = parser.add_subparsers(dest="verb", required=True)
    check = verbs.add_parser("verify", help="check that every entry is whole and none is missing")
    check.add_argument("file", type=Path, help="journal.db of an edge, inbox.db of a hub")


def run(options: argparse.Namespace) -> int:
    """Print what was found; 1 where something is wrong."""
    if not options.file.exists():
        raise FlowbackError(f"there is no file {options.file}")
    report = verify(options.file)
    print(f"{report.entries} entries, {report.events} events, {report.gaps} declared gaps")
    for problem in report.problems:
        print(problem)
    print("whole" if not report.problems else f"{len(report.problems)} problems")
    return 1 if report.problems else 0
