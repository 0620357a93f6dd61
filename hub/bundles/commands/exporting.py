"""``flowback bundle export``."""

import argparse
import json

from edge.audit import AuditLog
from edge.bundle.export import Exported, Stopped, export
from edge.bundle.files import shown
from edge.bundle.progress import Progress, size


def run(options: argparse.Namespace) -> int:
    """Export, and say what was written."""
    progress = Steps()
    stopped: Stopped | None = None
    try:
        exported = export(options.data, options.out, split=options.split, on=progress)
    except Stopped as error:
        stopped, exported = error, error.exported
    finally:
        progress.end()
    if exported.files:
        AuditLog(options.data).write(
            "bundle.export",
            run=exported.run,
            files=len(exported.files),
            events=sum(file.events for file in exported.files),
        )
    _tell(exported, as_json=options.json, error=str(stopped) if stopped else "")
    if stopped is not None and not options.json:
        raise stopped
    return 1 if stopped is not None else 0


def _tell(exported: Exported, *, as_json: bool, error: str) -> None:
    if as_json:
        files = [
            {
                "file": str(file.path),
                "no": file.note.no,
                "bytes": file.size,
                "entries": file.entries,
                "events": file.events,
                "root": file.note.root.hex(),
                "spans": [
                    {"epoch": one.epoch, "lane": one.lane, "from": one.lo, "to": one.hi}
                    for one in file.note.spans
                ],
            }
            for file in exported.files
        ]
        answer: dict[str, object] = {"node": exported.node, "export": exported.run, "files": files}
        print(json.dumps(answer | ({"error": error} if error else {})))
        return
    for file in exported.files:
        print(f"{shown(file.path)}  {size(file.size)}, {file.events} events")
    if exported.files and not any(file.entries for file in exported.files):
        print("no entry is new; the file tells the hub what this edge holds of its control")
    if exported.files and not error:
        print(
            "carry all of them to the hub; the edge keeps what is in them until the receipt comes"
        )
    elif not error:
        print("nothing to export: the hub has receipted everything")


class Steps:
    """A progress line for each step of a work."""

    def __init__(self) -> None:
        self._step = ""
        self._line: Progress | None = None

    def __call__(self, step: str, done: int, total: int) -> None:
        """Tell that *done* of *total* bytes of *step* are through."""
        if self._line is None or step != self._step or done < self._done:
            self.end()
            self._step, self._line = step, Progress(step)
        self._done = done
        self._line(done, total)

    _done = 0

    def end(self) -> None:
        """Take the line away."""
        if self._line is not None:
            self._line.end()
            self._line = None
