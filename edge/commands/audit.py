"""
Show who changed what on a node, and check that the log is whole.

  flowback audit verify --data flowback-data/edge
  flowback audit list   --data flowback-data/edge
"""

import argparse
import json
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from edge.audit import Anchor, AuditLog
from edge.errors import FlowbackError
from edge.journal.database import open_reader


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what ``flowback audit`` takes."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    verbs = parser.add_subparsers(dest="verb", required=True)
    check = verbs.add_parser("verify", help="check that no row was changed, moved or taken away")
    check.add_argument(
        "--expect", help="the last row's hash as you noted it before: it must still be there"
    )
    shown = verbs.add_parser("list", help="print the rows")
    for verb in (check, shown):
        verb.add_argument(
            "--data", type=Path, default=Path("flowback-data/edge"), help="the node's folder"
        )


def run(options: argparse.Namespace) -> int:
    """Do what was asked; 1 where the log is not whole."""
    if not options.data.is_dir():
        raise FlowbackError(f"there is no folder {options.data}")
    return {"verify": _verify, "list": _list}[options.verb](options)


def _verify(options: argparse.Namespace) -> int:
    log = AuditLog(options.data)
    report = log.verify(journal_anchor(options.data))
    if options.expect and options.expect not in {row.get("hash") for row in log.rows()}:
        report.problems.append(f"row ?: none has the hash {options.expect}")
    for problem in report.problems:
        print(problem)
    if report.problems:
        print(f"{report.rows} rows, not whole")
        return 1
    print(f"{report.rows} rows, whole; the last one's hash is {report.last.hash}")
    return 0


def _list(options: argparse.Namespace) -> int:
    for row in AuditLog(options.data).rows():
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(row["at"] / 1000))
        about = json.dumps(row["about"], sort_keys=True)
        print(f"{row['n']}\t{at}\t{row['who']}\t{row['what']}\t{about}")
    return 0


def journal_anchor(folder: Path) -> Anchor | None:
    """Return the row that a running edge last marked in the journal of *folder*."""
    path = folder / "journal.db"
    if not path.exists():
        return None
    try:
        with closing(open_reader(path)) as connection:
            row = connection.execute("select value from meta where key = 'audit'").fetchone()
    except sqlite3.Error:
        return None  # a damaged journal is another matter
    if row is None:
        return None
    n, _, digest = str(row[0]).partition(":")
    return Anchor(int(n), digest)
