"""``flowback bundle verify``: what anybody can tell of a file, and what a node's folder adds."""

import argparse
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from edge.bundle import inspect
from edge.bundle.files import reading, shown
from edge.bundle.progress import size
from edge.errors import FlowbackError
from edge.keys import EdgeKeys, HubKeys, Keyring, Request
from edge.keys.edge import NAME as EDGE_KEY
from edge.keys.hub import NAME as HUB_KEY
from edge.keys.signing import verify_text
from edge.protocol.bundle.form import BadBundle
from hub.bundles.commands.answers import Answer, conclude, named
from hub.bundles.commands.exporting import Steps
from hub.bundles.commands.sizes import span_words


class Node:
    """What a folder knows: whose signatures, and what it can open."""

    def __init__(self, folder: Path | None, edge: Path | None) -> None:
        self.secrets: Mapping[bytes, bytes] = {}
        self.names: dict[str, str] = {}
        """Verify key → whose it is."""
        self.asked = edge is not None
        self.opens = folder is not None
        if edge is not None:
            request = Request.load(edge)
            self.names[request.verify] = f"the edge {request.name}"
        if folder is not None:
            self._look(folder)

    def _look(self, folder: Path) -> None:
        if (folder / HUB_KEY).exists():
            hub = HubKeys.load(folder)
            self.secrets = dict(key.halves() for key in hub.keys)
            for one in Keyring(folder).records():
                state = "" if one.revoked is None else ", revoked"
                self.names[one.verify] = f"the edge {one.name}{state}"
            self.names |= dict.fromkeys(hub.verify, "this hub")
        elif (folder / EDGE_KEY).exists():
            keys = EdgeKeys.load(folder)
            self.secrets = dict(key.halves() for key in keys.keys)
            self.names |= dict.fromkeys(keys.hub.verify if keys.hub else (), "this edge's hub")
            self.names[keys.verify] = "this edge"
        else:
            raise FlowbackError(f"{folder} is no edge's and no hub's folder: it has no key file")


def run(options: argparse.Namespace) -> int:
    """Look at every file; 1 where one is not whole, not openable here, or another's."""
    node = Node(options.data, options.edge)
    steps = Steps()
    answers: list[Answer] = []
    for path in named(options.files, ".fbx", ".fbr"):
        try:
            answers.append(_look(path, node, steps))
        except FlowbackError as error:
            why = getattr(error, "why", "error")
            answers.append({"file": str(path), "whole": False, "error": str(error), "why": why})
        finally:
            steps.end()
    return conclude(options, answers, lambda: _tell_all(answers))


def _look(path: Path, node: Node, steps: Steps) -> Answer:
    kind = inspect.kind_of(path)
    with reading(path) as file:
        total = file.seek(0, 2)
        file.seek(0)
        reader, trouble = inspect.look(
            file, kind, node.secrets, on=lambda done: steps("checking", done, total)
        )
    manifest, contents = reader.manifest, reader.contents
    signed = [
        {
            "key": inspect.key_fingerprint(public),
            "by": node.names.get(verify_text(public), ""),
        }
        for public in manifest.by
    ]
    answer: Answer = {
        "file": str(path),
        "whole": True,
        "kind": kind,
        "node": manifest.node,
        "export": manifest.run,
        "no": manifest.no,
        "last": contents.last,
        "made": manifest.made,
        "bytes": total,
        "entries": contents.entries,
        "events": contents.events,
        "signed": signed,
        "spans": [
            {"epoch": one.epoch, "lane": one.lane, "from": one.lo, "to": one.hi}
            for one in contents.spans
        ],
        "words": [span_words(one) for one in contents.spans],
        "opens": None if not node.opens else trouble is None,
    }
    if node.names and not any(one["by"] for one in signed):
        raise BadBundle("unknown", "it is whole, and signed by nobody who is known here")
    if node.opens and trouble is not None and not _is_own(signed):
        answer |= {
            "error": f"it is whole, and cannot be opened here: {trouble}",
            "why": trouble.why,
        }
    return answer


def _is_own(signed: list[dict[str, str]]) -> bool:
    """Tell whether this node made the file: it is sealed to the other end, not to itself."""
    return any(one["by"] in ("this edge", "this hub") for one in signed)


def _tell_all(answers: Sequence[Answer]) -> None:
    for answer in answers:
        _tell(answer)


def _tell(answer: Answer) -> None:
    if not answer["whole"]:
        return
    made = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(answer["made"] / 1000))
    what = "a receipt" if answer["kind"] == "receipt" else f"file {answer['no']}"
    follow = "" if answer["last"] else ", more follow"
    print(f"{shown(answer['file'])}: whole, {size(answer['bytes'])}")
    print(f"  {what} of {answer['export']}{follow}, node {answer['node']}, made {made} UTC")
    for one in answer["signed"]:
        print(f"  signed by {one['key']}{', ' + one['by'] if one['by'] else ''}")
    for words in answer["words"]:
        print(f"  {words}")
    if answer["opens"]:
        print("  can be opened here")
