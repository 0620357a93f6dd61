"""Which files of an edge came, and which numbers are therefore missing: a table of the inbox."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import msgspec

from edge.journal.journal import Journal
from edge.journal.reading import Reading
from edge.journal.transaction import Transaction
from edge.protocol.bundle.form import Contents, Manifest, Span
from edge.protocol.bundle.receipt import Came, Missing

_TABLE = """
create table if not exists bundle_file (
  node text not null,
  run text not null, -- the export
  no integer not null,
  root blob not null,
  spans blob not null, -- msgpack
  made integer not null, -- by the edge's clock
  came integer not null, -- by the hub's clock; 0: a later file tells of it
  last integer not null,
  primary key (node, run, no)
) strict, without rowid
"""
_NOTE = """
insert into bundle_file values (?, ?, ?, ?, ?, ?, ?, ?) on conflict (node, run, no)
do update set came = max(came, excluded.came), last = max(last, excluded.last)
"""
_FILES = """
select run, no, root, spans, made, came, last from bundle_file where node = ? order by run, no
"""
_PRUNE = """
delete from bundle_file where node = ? and run != (select run from bundle_file
where node = ? and came > 0 order by made desc, came desc limit 1)
"""
_spans = msgspec.msgpack.Decoder(list[Span])

CursorOf = Callable[[int, int], int]
"""Epoch and lane to the number up to which all is held."""


@dataclass(frozen=True, slots=True)
class File:
    """One file of an edge's newest export."""

    run: str
    no: int
    root: bytes
    spans: Sequence[Span]
    made: int
    came: int
    """When it came last, ms since 1970; 0 while only a later file told of it."""
    last: bool


def prepare(inbox: Journal) -> None:
    """Make the table where it is missing."""
    inbox.submit(lambda tx: tx.connection.execute(_TABLE)).result()


def note(tx: Transaction, manifest: Manifest, contents: Contents, *, now: int) -> None:
    """Note a file that came, and those before it that it tells of; forget older exports."""
    node, run, made = manifest.node, manifest.run, manifest.made
    rows = [
        (node, run, one.no, one.root, _packed(one.spans), made, 0, 0) for one in manifest.before
    ]
    spans = _packed(contents.spans)
    rows.append((node, run, manifest.no, contents.root, spans, made, now, int(contents.last)))
    tx.connection.executemany(_NOTE, rows)
    tx.connection.execute(_PRUNE, (node, node))


def files(reading: Reading, node: str) -> list[File]:
    """Return what is known of the files of the newest export of *node*."""
    return [
        File(run, no, root, _spans.decode(spans), made, came, bool(last))  # type: ignore[arg-type]
        for run, no, root, spans, made, came, last in reading.read(_FILES, (node,))
    ]


def came(found: Iterable[File]) -> list[Came]:
    """Return which of them came."""
    return [Came(file.run, file.no, file.root) for file in found if file.came]


def more(found: Sequence[File]) -> int:
    """Return the number of the file that must follow those known, 0 where none must."""
    return found[-1].no + 1 if found and not found[-1].last else 0


def missing(found: Iterable[File], cursor: CursorOf) -> list[Missing]:
    """
    Return which numbers behind the cursors have not come, though later ones did or are known.

    What lies in no known file has the file number 0. What came too early is not missing:
    its file is there, and only has to be taken in again.
    """
    lanes: dict[tuple[int, int], list[tuple[int, int, File]]] = {}
    for file in found:
        for span in file.spans:
            lanes.setdefault((span.epoch, span.lane), []).append((span.lo, span.hi, file))
    lacking = []
    for (epoch, lane), spans in sorted(lanes.items()):
        at = cursor(epoch, lane) + 1
        for lo, hi, file in sorted(spans, key=lambda one: one[:2]):
            if lo > at:
                lacking.append(Missing("", 0, epoch, lane, at, lo - 1))  # type: ignore[arg-type]
                at = lo
            if hi >= at and not file.came:
                lacking.append(Missing(file.run, file.no, epoch, lane, at, hi))  # type: ignore[arg-type]
            at = max(at, hi + 1)
    return lacking


def early(found: Iterable[File], cursor: CursorOf) -> list[int]:
    """Return the numbers of files that came and hold something that is not in the inbox yet."""
    return [
        file.no
        for file in found
        if file.came and any(span.hi > cursor(span.epoch, span.lane) for span in file.spans)
    ]


def _packed(spans: Iterable[Span]) -> bytes:
    return msgspec.msgpack.encode(list(spans))
