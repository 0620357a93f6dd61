"""
A file of an edge taken into the inbox: looked through wholly first, then applied.

The batches come through the same ``apply`` as by wire, so a file may come twice, out of
order, or after the network brought the same.
"""

import logging
import time
from collections import deque
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import BinaryIO

from edge.audit import AuditLog
from edge.bundle import inspect
from edge.bundle.files import NotRead, NotWritten, reading
from edge.bundle.spool import On
from edge.errors import FlowbackError
from edge.journal.database import JournalUnavailable
from edge.journal.entry import Origin
from edge.journal.journal import Journal
from edge.journal.transaction import Transaction
from edge.keys import HubKeys, Keyring
from edge.protocol.apply import Outcome
from edge.protocol.bundle import records
from edge.protocol.bundle.form import BadBundle
from edge.protocol.bundle.reading import Opener
from edge.protocol.bundle.receipt import Missing
from edge.protocol.bundle.records import Piece
from hub.bundles import ledger, receipts
from hub.bundles.check import Checked, changed, check
from hub.bundles.early import Early, Kept, ready
from hub.bundles.receipts import Control, Errands, Same
from hub.inlet.inbox import LaneInbox

UNDER_WAY = 4 * 2**20
"""Bytes of batches that may wait for the disk."""

log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class Taken:
    """What came of one file."""

    node: str
    name: str
    """What the hub's people call the edge."""
    run: str
    no: int
    last: bool
    stored: int = 0
    """Entries that are new."""
    known: int = 0
    """Entries that the hub held already."""
    forked: bool = False
    """The hub holds other entries under numbers of it."""
    missing: list[Missing] = field(default_factory=list)
    """What is missing of this edge now."""
    early: list[int] = field(default_factory=list)
    """Files that came before a missing one: taken in again once that is here."""
    again: list[int] = field(default_factory=list)
    """Those of them that could not be kept here: to be imported again."""
    more: int = 0
    """The file that must follow, 0 where the last one came."""
    more_of: str = ""
    """The export that it is of."""
    waits: bool = False
    """Something of this file came before what is missing, and was not taken."""
    receipt: str = ""
    """Where the receipt lies."""


class Forked(BadBundle):
    """The edge lost a part of its history that the hub holds."""

    def __init__(self, name: str, receipt: Path) -> None:
        super().__init__(
            "forked",
            f"{name} gave numbers again that this hub holds for other entries: it was restored"
            " from a backup. Import the receipt there, then export again: nothing is lost",
        )
        self.receipt = str(receipt)


class Desk:
    """Takes files into the *inbox* of the hub in *data*. For one thread at a time."""

    def __init__(
        self,
        inbox: Journal,
        data: Path,
        *,
        errands: Errands = lambda _: (),
        control: Control = lambda _node, _rev: (),
    ) -> None:
        self._inbox = inbox
        self._data = data
        self._errands = errands
        self._control = control
        self._early = Early(data)
        ledger.prepare(inbox)

    def take(self, path: Path, on: On = lambda *_: None) -> Taken:
        """
        Take in the file at *path*, and those kept that it was missing to; write the receipt.

        Raises :class:`BadBundle` before anything is applied, and what reading and
        committing raise: what was applied then stays, and the file may come again.
        """
        taken = self._take(path, on)
        self.take_early()
        self._tell(taken)
        return taken

    def take_early(self) -> int:
        """Take kept files as far as they follow what is here by now; return how many."""
        count = 0
        while one := ready(self._early.list(), self._known, self._cursor_of):
            try:
                taken = self._take(one.path, lambda *_: None)
            except JournalUnavailable:  # the disk is full: it waits for that too
                break
            except FlowbackError as error:
                self._give_up(one, str(error))
                continue
            if not taken.stored:
                self._give_up(one, "it brings nothing, though it should")
                continue
            count += 1
        return count

    def _give_up(self, one: Kept, why: str) -> None:
        log.warning("file %d of export %s is kept no longer: %s", one.no, one.run, why)
        one.path.unlink(missing_ok=True)

    def _known(self, node: str) -> list[ledger.File]:
        return ledger.files(self._inbox, node)

    def _cursor_of(self, node: str) -> ledger.CursorOf:
        return receipts.cursor_of(self._inbox, node)

    def _take(self, path: Path, on: On) -> Taken:
        if inspect.kind_of(path) != "entries":
            raise BadBundle("format", "it is a receipt: import it at its edge")
        keyring = Keyring(self._data)
        secrets = dict(key.halves() for key in HubKeys.open(self._data).opening)
        with reading(path) as file:
            total = file.seek(0, 2)
            file.seek(0)
            checking = partial(on, "checking")
            checked = check(file, self._inbox, secrets, keyring, lambda done: checking(done, total))
            if checked.forked:
                raise self._forked(checked, keyring)
            taken = Taken(
                node=checked.manifest.node,
                name=checked.edge.name,
                run=checked.manifest.run,
                no=checked.manifest.no,
                last=checked.contents.last,
            )
            self._apply(file, checked, secrets, taken, lambda done: on("importing", done, total))
            if taken.forked:  # the line brought the other history after the look
                raise self._forked(checked, keyring)
        now = int(time.time() * 1000)
        self._inbox.submit(
            lambda tx: ledger.note(tx, checked.manifest, checked.contents, now=now)
        ).result()
        self._keep(path, checked, taken)
        taken.receipt = str(self._issue(checked, keyring))
        AuditLog(self._data).write(
            "bundle.import",
            node=taken.node,
            name=taken.name,
            run=taken.run,
            file=taken.no,
            entries=taken.stored,
            known=taken.known,
        )
        return taken

    def _keep(self, path: Path, checked: Checked, taken: Taken) -> None:
        """Keep what came early; what cannot be kept is imported again by hand."""
        if not taken.waits:
            self._early.drop(checked.manifest)
            return
        try:
            self._early.keep(path, checked.manifest)
        except (NotWritten, NotRead, OSError) as error:
            log.warning("a file that came early is not kept: %s", error)

    def _apply(
        self,
        file: BinaryIO,
        checked: Checked,
        secrets: Mapping[bytes, bytes],
        taken: Taken,
        on: inspect.On,
    ) -> None:
        """Apply record after record, with bounded bytes on their way to the disk."""
        reader = checked.again(file)
        waiting: deque[tuple[Piece, Future[Outcome], int]] = deque()
        under_way = 0
        for plain in Opener(reader, secrets).plain(reader.records()):
            for piece in records.pieces(plain):
                size = sum(len(item.body) for item in piece.items)
                while waiting and under_way + size > UNDER_WAY:
                    under_way -= _land(*waiting.popleft(), taken)
                under_way += size
                waiting.append((piece, self._submit(checked.manifest.node, piece), size))
            on(reader.done)
        while waiting:
            _land(*waiting.popleft(), taken)
        if reader.contents.root != checked.contents.root:
            raise changed()

    def _submit(self, node: str, piece: Piece) -> "Future[Outcome]":
        origin = Origin(node, piece.epoch)

        def work(tx: Transaction) -> Outcome:
            return piece.apply(LaneInbox(tx, origin, piece.lane))

        return self._inbox.submit(work)

    def _forked(self, checked: Checked, keyring: Keyring) -> Forked:
        return Forked(checked.edge.name, self._issue(checked, keyring, checked.same))

    def _issue(self, checked: Checked, keyring: Keyring, same: Same | None = None) -> Path:
        manifest = checked.manifest
        receipt = receipts.state(
            self._inbox,
            manifest.node,
            errands=self._errands,
            same=same,
            holds=manifest.holds,
            heard=manifest.heard,
        )
        control = self._control(manifest.node, manifest.holds)
        return receipts.issue(self._data, receipt, keyring, control)

    def _tell(self, taken: Taken) -> None:
        known, cursor = self._known(taken.node), self._cursor_of(taken.node)
        taken.missing = ledger.missing(known, cursor)
        taken.early = ledger.early(known, cursor)
        taken.more_of, taken.more = ledger.more(known)
        if taken.waits and taken.no not in taken.early:
            taken.early = sorted([*taken.early, taken.no])
        kept = {one.no for one in self._early.list() if one.node == taken.node}
        taken.again = [no for no in taken.early if no not in kept]


def _land(piece: Piece, future: "Future[Outcome]", size: int, taken: Taken) -> int:
    """Wait until *piece* is on disk; return how many bytes are under way no longer."""
    outcome = future.result()
    taken.stored += outcome.stored
    if outcome.verdict in ("applied", "duplicate"):
        taken.known += len(piece.items) - outcome.stored
    taken.waits |= outcome.verdict == "early"
    taken.forked |= outcome.verdict == "forked"
    return size
