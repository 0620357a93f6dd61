"""
An edge's un-receipted entries, written to files for a hub without a line.

An export is no acknowledgement: everything stays until a receipt comes, and each export
holds all that was not receipted, so that any later one heals the loss of an earlier one.
"""

import contextlib
import secrets
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from edge import VERSION
from edge.bundle import files, unsent
from edge.bundle.receipts import heard, is_news
from edge.bundle.unsent import Record
from edge.control_book import ControlBook
from edge.errors import FlowbackError
from edge.journal.reading import Reading, beside
from edge.keys import EdgeKeys
from edge.keys.curve import public_bytes
from edge.keys.files import locked
from edge.keys.signing import sign_bytes, verify_bytes, verify_key
from edge.protocol.bundle.form import BadBundle, Note
from edge.protocol.bundle.reading import Reader
from edge.protocol.bundle.records import Tally
from edge.protocol.bundle.writing import Signer, TooMany, Writer

FOLDER = "bundles"
"""Folder beneath a node's data where bundles are handed over."""
JOURNAL = "journal.db"
SPLIT = 2**30
"""Bytes of one file at the most, but for one record alone: FAT32 takes 4 GiB, some tools less."""
LEAST_SPLIT = 2**20
_END = 4096
"""Bytes kept free for a file's end."""

On = Callable[[str, int, int], None]
"""What is done, bytes so far, bytes in all."""


class CannotExport(FlowbackError):
    """Nothing can be exported from here. The message names the remedy."""


@dataclass(frozen=True, slots=True)
class Written:
    """One file."""

    path: Path
    note: Note
    entries: int
    events: int
    size: int


@dataclass(slots=True)
class Exported:
    """One export. Without files: the hub has receipted everything."""

    node: str
    run: str
    files: list[Written] = field(default_factory=list)


class Stopped(FlowbackError):
    """An export that came only so far: its first files are whole and may be carried."""

    def __init__(self, exported: Exported, why: FlowbackError) -> None:
        done = len(exported.files)
        kept = f"; {done} files are whole and may be carried, the next export holds the rest"
        super().__init__(f"{why}{kept if done else ''}")
        self.exported = exported


def export(
    folder: Path, out: Path, *, split: int = SPLIT, on: On = lambda *_: None, now: int | None = None
) -> Exported:
    """
    Write all that the hub has not receipted of the edge in *folder* to files in *out*.

    It reads beside a running edge. Each file is on the medium and read back from it when
    this returns. Raises :class:`CannotExport`, :class:`Stopped` and
    :class:`~edge.journal.reading.Unreadable`.
    """
    keys = _fit(EdgeKeys.load(folder))
    if split < LEAST_SPLIT:
        raise CannotExport(f"a file has at least {LEAST_SPLIT} bytes; choose a larger --split")
    with locked(folder / FOLDER / "export"), beside(folder / JOURNAL) as reading:
        _clear(out, keys.node)
        made = int(time.time() * 1000) if now is None else now
        exported = Exported(keys.node, secrets.token_hex(8))
        work = _Export(keys, reading, out, exported, split, made, _control(folder, keys), on)
        try:
            work.run()
        except (files.NotWritten, files.NotRead, TooMany) as error:
            raise Stopped(exported, error) from error
    return exported


class _Export:
    """One run of it."""

    def __init__(
        self,
        keys: EdgeKeys,
        reading: Reading,
        out: Path,
        exported: Exported,
        split: int,
        made: int,
        control: tuple[int, bool],
        on: On,
    ) -> None:
        self._keys = keys
        self._out = out
        self._exported = exported
        self._split = split
        self._made = made
        self._holds, settled = control
        self._is_news = settled and is_news(reading, self._holds)
        self._heard = heard(reading)
        self._on = on
        lanes = unsent.lanes(reading, keys.node)
        self._total = sum(unsent.size_of(reading, lane) for lane in lanes)
        self._done = 0
        self._records = chain.from_iterable(unsent.records_of(reading, lane) for lane in lanes)
        self._held: deque[Record] = deque()
        """Read already, for the next file."""

    def run(self) -> None:
        """Write file after file; one without entries where only what this edge holds is new."""
        self._hold_one()
        while self._held or (self._is_news and not self._exported.files):
            no = len(self._exported.files) + 1
            path = self._out / f"{_prefix(self._keys.node)}{_stamp(self._made)}-{no}.fbx"
            written = self._write(path, no)
            _read_back(written, self._on)
            self._exported.files.append(written)

    def _write(self, path: Path, no: int) -> Written:
        writer = self._writer(no)
        tally = Tally()
        with files.written(path) as file:
            file.write(writer.begin())
            for record in self._file_of(writer, tally):
                file.write(writer.record(record.plain))
                tally.add(record.epoch, record.lane, record.lo, record.hi)  # type: ignore[arg-type]
                tally.entries += record.entries
                tally.events += record.events
                self._done += record.bytes
                self._on("exporting", self._done, max(self._total, self._done))
            end, contents = writer.end(
                spans=tally.spans,
                entries=tally.entries,
                events=tally.events,
                last=not self._held,
            )
            file.write(end)
        note = Note(no, contents.root, contents.spans)
        return Written(path, note, tally.entries, tally.events, writer.size)

    def _file_of(self, writer: Writer, tally: Tally) -> Iterator[Record]:
        """Yield the records of one file: one at least, and then as many as fit."""
        first = True
        while self._held:
            if not first and (
                tally.full or writer.size + len(self._held[0].plain) + _END > self._split
            ):
                return
            first = False
            yield self._held.popleft()
            self._hold_one()

    def _hold_one(self) -> None:
        with contextlib.suppress(StopIteration):
            self._held.append(next(self._records))

    def _writer(self, no: int) -> Writer:
        keys = self._keys
        assert keys.hub is not None
        return Writer(
            "entries",
            node=keys.node,
            receivers=[public_bytes(key) for key in keys.hub.keys],
            signers=signers(keys),
            made=self._made,
            run=self._exported.run,
            no=no,
            before=[file.note for file in self._exported.files],
            version=VERSION,
            holds=self._holds,
            heard=self._heard,
        )


def signers(keys: EdgeKeys) -> list[Signer]:
    """Return all that this edge signs with: the hub may know only the key before the newest."""
    return [
        Signer(verify_bytes(verify_key(one)), lambda message, one=one: sign_bytes(one, message))  # type: ignore[misc]
        for one in keys.signing
    ]


def _fit(keys: EdgeKeys) -> EdgeKeys:
    if keys.hub is None:
        raise CannotExport("this edge knows no hub; enroll it: flowback enroll --help")
    if not keys.signing:
        raise CannotExport(
            "this edge cannot sign yet: run `flowback keys rotate` and `flowback enroll ask` here,"
            " then `flowback enroll admit --rotation` at the hub"
        )
    return keys


def _control(folder: Path, keys: EdgeKeys) -> tuple[int, bool]:
    """Return up to where the edge judged what the hub told it, and whether that is all."""
    assert keys.hub is not None
    book = ControlBook(folder)
    judged = book.judged_of(keys.hub.verify)
    return judged, judged == book.rev_of(keys.hub.verify)


def _read_back(written: Written, on: On) -> None:
    """Read a file as the medium gives it back; one that differs is taken away again."""
    try:
        with files.reading(written.path) as file:
            files.from_the_medium(file)
            reader = Reader(file.read, "entries")
            for _ in reader.records():
                on("checking", reader.done, written.size)
        if reader.contents.root == written.note.root:
            return
        says = "it is another file"
    except BadBundle as error:
        says = str(error)
    with contextlib.suppress(OSError):
        written.path.unlink()
    raise files.NotWritten(
        f"{files.shown(written.path.parent)}: what was written comes back damaged ({says});"
        " the medium is broken, use another"
    )


def _clear(out: Path, node: str) -> None:
    """Take away what an export of this edge that was cut off left in *out*."""
    with contextlib.suppress(OSError):
        for left in out.glob(f"{_prefix(node)}*{files.PARTIAL}"):
            left.unlink()


def _prefix(node: str) -> str:
    return f"{node[:8]}-"


def _stamp(made: int) -> str:
    """Return a moment as part of a file name that every file system takes."""
    return time.strftime("%Y%m%dT%H%M%S", time.gmtime(made / 1000)) + f"{made % 1000:03}Z"
