"""
A signed report for an auditor, and the check of one.

  flowback report compliance --data flowback-data/hub --out report.json
  flowback report verify report.json --fingerprint ABCD-EFGH-…

The report has the rules in force, how visitors chose, how old the data are, the receipts of
erasures, all keys and their history, and the head of the audit chain. It names no visitor.
"""

import argparse
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec

from edge.errors import FlowbackError
from edge.keys import HubKeys
from edge.lock import FolderInUse, held
from hub.api.shapes import SignedReport
from hub.commands import asking
from hub.commands.asking import HubAway, address, ask
from hub.compliance.seal import BadReport, opened, read
from hub.compliance.words import summary


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what ``flowback report`` takes."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    verbs = parser.add_subparsers(dest="verb", required=True)
    make = verbs.add_parser("compliance", help="make the report of a hub, running or not")
    make.add_argument(
        "--data", type=Path, default=Path("flowback-data/hub"), help="the hub's folder"
    )
    make.add_argument("--from", dest="start", type=date.fromisoformat, help="first day, 2026-11-25")
    make.add_argument("--to", dest="end", type=date.fromisoformat, help="last day (default: today)")
    make.add_argument("--out", type=Path, help="the file to write (default: standard output)")
    asking.add_arguments(make)
    check = verbs.add_parser("verify", help="check that a report is as its hub signed it")
    check.add_argument("file", type=Path)
    check.add_argument(
        "--fingerprint", help="the hub's, as its operator reads it aloud: flowback enroll card"
    )


def run(options: argparse.Namespace) -> int:
    """Do what was asked."""
    return {"compliance": _make, "verify": _verify}[options.verb](options)


def _make(options: argparse.Namespace) -> int:
    keys = HubKeys.load(options.data)
    start, end = _moment(options.start), _moment(options.end and options.end + timedelta(days=1))
    try:
        with held(options.data):
            made = _of_folder(options.data, start, end)
    except FolderInUse:
        made = _of_running(options, keys, start, end)
    text = json.dumps(msgspec.to_builtins(made), indent=1, ensure_ascii=False) + "\n"
    if options.out is None:
        print(text, end="")
    else:
        _write(options.out, text)
        print(f"{options.out}: signed; the hub's fingerprint is {made.report.hub.fingerprint}")
    return 0


def _of_folder(data: Path, start: int | None, end: int | None) -> SignedReport:
    """Make the report of a hub that does not run."""
    from edge.projects import ProjectBook
    from hub.app import k_of_region
    from hub.compliance.gather import Gatherer
    from hub.disclosure.answers import Answers
    from hub.disclosure.room import Room
    from hub.projections import PROJECTIONS
    from hub.projections.events import CREATE
    from hub.stores.analytics.duck import DuckStore
    from hub.stores.records import Records

    store = DuckStore(data / "analytics.duckdb")
    try:
        store.create([*CREATE, *(table.create for table in PROJECTIONS)])
        records = Records(data / "records.sqlite")
        try:
            room = Room(store, records, ProjectBook.open(data), k_of_region)
            return Gatherer(data, Answers(room, insight_every=120), records).report(start, end)
        finally:
            records.close()
    finally:
        store.close()


def _of_running(
    options: argparse.Namespace, keys: HubKeys, start: int | None, end: int | None
) -> SignedReport:
    """Let the hub that runs make it: the stores are its own."""
    body = {"start": start, "end": end}
    try:
        answer = ask(options, "/api/reports/compliance", method="POST", body=body)
    except HubAway as error:
        raise FlowbackError(
            f"{options.data} is in use, so the hub that uses it has to make the report: {error}"
        ) from error
    made = opened(json.dumps(answer).encode(), f"the answer of {address(options)}")
    if made.signature.key not in keys.verify:
        raise BadReport(f"the hub at {address(options)} is not the one of {options.data}")
    return made


def _verify(options: argparse.Namespace) -> int:
    found = read(options.file)
    said, heard = found.report.hub.fingerprint, options.fingerprint
    if heard and _letters(heard) != _letters(said):
        raise BadReport(f"{options.file} is of another hub: its fingerprint is {said}")
    for line in summary(found.report):
        print(line)
    if heard:
        print("The signature holds, and the hub is the one whose fingerprint was given.")
    else:
        print(f"The signature holds. Whose it is, people tell: compare {said} with the hub's,")
        print("as its operator reads it aloud (flowback enroll card), or give it: --fingerprint")
    return 0


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text)).upper()


def _moment(day: date | None) -> int | None:
    if day is None:
        return None
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise FlowbackError(f"{path} cannot be written: {error.strerror}") from error
