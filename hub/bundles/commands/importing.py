"""``flowback bundle import``: bundles at the hub, a receipt at the edge, running or not."""

import argparse
import contextlib
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

from edge.audit import AuditLog
from edge.bundle import receipts
from edge.bundle.export import FOLDER, JOURNAL
from edge.bundle.files import NotWritten, copy, reading, shown
from edge.bundle.spool import Refused, Spool
from edge.errors import FlowbackError
from edge.journal.opening import open_journal
from edge.keys import EdgeKeys, Keyring
from edge.keys.edge import NAME as EDGE_KEY
from edge.keys.hub import NAME as HUB_KEY
from edge.lock import FolderInUse, held
from edge.projects import ProjectBook
from edge.protocol.bundle.reading import Reader
from edge.protocol.bundle.receipt import Missing
from hub.bundles.commands.answers import Answer, conclude, named
from hub.bundles.commands.exporting import Steps
from hub.bundles.commands.sizes import missing_words
from hub.bundles.desk import Desk, Forked
from hub.bundles.watch import plain
from hub.inlet.inbox import open_inbox

AGAIN = "import it again after that"


def run(options: argparse.Namespace) -> int:
    """Import what was named, as this folder's node does."""
    folder: Path = options.data
    if (folder / HUB_KEY).exists():
        return _at_hub(options)
    if (folder / EDGE_KEY).exists():
        return _at_edge(options)
    raise FlowbackError(f"{folder} is no edge's and no hub's folder: it has no key file")


def _at_hub(options: argparse.Namespace) -> int:
    steps = Steps()
    files = sorted(named(options.files, ".fbx"), key=_place)
    try:
        with held(options.data), _asked(options.data) as asked:
            inbox = open_inbox(options.data / "inbox.db", node="hub")
            try:
                desk = Desk(inbox, options.data, **asked)
                answers = _all(files, lambda path: plain(desk.take(path, steps)))
            finally:
                inbox.close()
    except FolderInUse:
        spool = Spool(options.data)
        answers = _all(files, lambda path: spool.hand_over(path, steps))
    finally:
        steps.end()
    _carry_receipts(options, answers)
    return _tell(options, answers)


@contextlib.contextmanager
def _asked(data: Path) -> Iterator[dict[str, Any]]:
    """
    Yield what a hub that does not run tells its edges: all that people set meanwhile, too.

    The file of regional rules is named in the hub's settings, which are not known here.
    """
    from hub.control import Control
    from hub.stores.records import Records

    records = Records(data / "records.sqlite")
    try:
        control = Control(
            records.control,
            folder=data,
            keyring=Keyring(data),
            projects=ProjectBook.open(data),
            erased=records.tombstones,
            rules=None,
        )
        control.look()
        if control.trouble:
            print(f"edges are not told what was set: {control.trouble}", file=sys.stderr)
        yield {"errands": records.tombstones.errands.of, "control": control.by_hand}
    finally:
        records.close()


def _all(files: Sequence[Path], take: Callable[[Path], Mapping[str, Any]]) -> list[Answer]:
    """Take every file, whatever becomes of the others."""
    answers = []
    for path in files:
        try:
            answer = dict(take(path))
        except Forked as error:
            answer = {"error": str(error), "why": error.why, "receipt": error.receipt}
        except Refused as error:
            answer = dict(error.answer)
        except FlowbackError as error:
            answer = {"error": str(error), "why": getattr(error, "why", "error")}
        answers.append({"file": str(path), **answer})
    return answers


def _place(path: Path) -> tuple[str, int, str, int, str]:
    """Return where a file stands among its fellows; one that cannot be read stands first."""
    try:
        with reading(path) as file:
            manifest = Reader(file.read, "entries").manifest
    except FlowbackError:
        return ("", 0, "", 0, str(path))
    return (manifest.node, manifest.made, manifest.run, manifest.no, str(path))


def _carry_receipts(options: argparse.Namespace, answers: Sequence[Answer]) -> None:
    """Put the newest receipt of each edge where it can be carried back."""
    newest = {answer["receipt"]: answer for answer in answers if answer.get("receipt")}
    for source, answer in newest.items():
        folder = options.out or Path(answer["file"]).parent
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        target = folder / f"{Path(source).stem}-{stamp}.fbr"
        try:
            copy(Path(source), target, lambda _: None)
        except NotWritten as error:
            answer["error"] = (
                f"it was imported, and the receipt lies at {shown(source)}: {error};"
                " or name another folder with --out"
            )
        for one in answers:
            if one.get("receipt") == source:
                one["receipt"] = source if "error" in answer else str(target)


def _tell(options: argparse.Namespace, answers: Sequence[Answer]) -> int:
    """Say what came of the files; return the exit code."""
    newest = {answer["node"]: answer for answer in answers if "node" in answer}
    lacking = any(
        answer["missing"] or answer["early"] or answer["more"] for answer in newest.values()
    )
    return conclude(
        options, answers, lambda: _tell_files(answers, newest), code=3 if lacking else 0
    )


def _tell_files(answers: Sequence[Answer], newest: Mapping[str, Answer]) -> None:
    for answer in answers:
        if "node" in answer:
            last = "the last" if answer["last"] else "more follow"
            print(
                f"{shown(answer['file'])}: {answer['name']}, file {answer['no']} ({last}):"
                f" {answer['stored']} entries are new, {answer['known']} were here already"
            )
    for answer in newest.values():
        _tell_missing(answer)
    for receipt in sorted({answer["receipt"] for answer in answers if answer.get("receipt")}):
        print(f"receipt: {shown(receipt)}; carry it back to the edge")


def _tell_missing(answer: Answer) -> None:
    for one in answer["missing"]:
        missing = Missing(*(one[name] for name in Missing.__struct_fields__))
        print(f"missing of {answer['name']}: {missing_words(missing)}")
    if answer["more"]:
        print(f"missing of {answer['name']}: file {answer['more']} of export {answer['more_of']}")
    kept = [no for no in answer["early"] if no not in answer["again"]]
    for numbers, what in ((kept, "kept, and taken in once that is here"), (answer["again"], AGAIN)):
        if numbers:
            print(f"file {', '.join(map(str, numbers))} came before what is missing: {what}")
    if answer["missing"] or answer["more"] or answer["early"]:
        print("or import the edge's next export, which holds all of it")


def _at_edge(options: argparse.Namespace) -> int:
    steps = Steps()
    try:
        files = named(options.files, ".fbr")
        answers = _all(files, lambda path: _receipt(options.data, path, steps))
    finally:
        steps.end()
    moved = [answer for answer in answers if "error" not in answer]
    return conclude(options, answers, lambda: _tell_moved(moved))


def _tell_moved(answers: Sequence[Answer]) -> None:
    for answer in answers:
        _tell_one(answer)


def _tell_one(answer: Answer) -> None:
    print(f"{shown(answer['file'])}: the hub holds {answer['entries']} entries more than was known")
    if answer["refused"]:
        print(f"{answer['refused']} entries cannot be used by the hub and are put aside")
    if answer["lacks"]:
        print(f"the hub lost {answer['lacks']} entries; the next export holds them again")
    if answer["forked"]:
        print("this journal lost what the hub holds; it goes on in a new epoch: export again")
    if answer["control"]:
        print(f"{answer['control']} sheets of control of the hub are new")
    for one in answer["missing"]:
        missing = Missing(*(one[name] for name in Missing.__struct_fields__))
        print(f"the hub waits for {missing_words(missing)}; the next export holds it")


def _receipt(folder: Path, path: Path, steps: Steps) -> Mapping[str, Any]:
    """Take one receipt, here or by the edge that runs."""
    keys = EdgeKeys.load(folder)
    opened = receipts.read(path, keys)
    try:
        with held(folder):
            moved = _take_here(folder, keys, opened)
            if opened.receipt.errands:  # only a running edge erases: it does when it starts
                later = folder / FOLDER / "in" / f"later-{time.time_ns()}.fbr"
                later.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                copy(path, later, lambda _: None)
            return receipts.plain(moved)
    except FolderInUse:
        return Spool(folder).hand_over(path, steps)


def _take_here(folder: Path, keys: EdgeKeys, opened: receipts.Opened) -> receipts.Moved:
    schema = resources.files("edge.collector").joinpath("schema.sql").read_text()
    journal = open_journal(folder / JOURNAL, node=keys.node, schema=schema)
    try:
        work = journal.journal.submit(lambda tx: receipts.take(tx, opened.receipt))
        moved = work.result()
    finally:
        journal.close()
    moved.control = receipts.take_control(folder, keys, opened.control)
    AuditLog(folder).write("bundle.receipt", **receipts.audit(moved))
    return moved
