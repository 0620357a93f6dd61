"""Which files of an edge came, and which numbers are therefore missing: a table of the inbox."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from edge.journal.entry import Origin
from edge.journal.journal import Journal
from edge.journal.reading import Reading
from edge.journal.transaction import Transaction
from edge.protocol.bundle.form import Contents, Manifest, Span
from edge.protocol.bundle.receipt import Came, Missing
from hub.inlet.inbox import CURSOR

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
select run, no, root, spans, made, came, last from bundle_file where node = ?
order by max(came) over (partition by run) desc, run, no
"""
_DROP = "delete from bundle_file where node = ? and run = ?"
KEPT = 16
"""Exports of an edge that are remembered at the most, the newest that came."""
_spans = msgspec.msgpack.Decoder(list[Span])

CursorOf = Callable[[int, int], int]
"""Epoch and lane to the number up to which all is held."""


@dataclass(frozen=True, slots=True)
class File:
    """One file of an export that is not settled, or of the newest."""

    run: str
    no: int
    root: bytes
    spans: Sequence[Span]
    made: int
    came: int
    """When it came last, ms since 1970; 0 while only a later file told of it."""
    last: bool


_Held = tuple[int, int, File]
"""First and last number of a span, and the file that holds it."""


def prepare(inbox: Journal) -> None:
    """Make the table where it is missing."""
    inbox.submit(lambda tx: tx.connection.execute(_TABLE)).result()


def note(tx: Transaction, manifest: Manifest, contents: Contents, *, now: int) -> None:
    """
    Note a file that came, and those before it that it tells of; forget what is settled.

    An export is remembered while something of it is not held, whatever its edge's clock
    said: one that runs ahead counts as the hub's own.
    """
    node, run, made = manifest.node, manifest.run, min(manifest.made, now)
    rows = [
        (node, run, one.no, one.root, _packed(one.spans), made, 0, 0) for one in manifest.before
    ]
    spans = _packed(contents.spans)
    rows.append((node, run, manifest.no, contents.root, spans, made, now, int(contents.last)))
    tx.connection.executemany(_NOTE, rows)
    known = _decoded(tx.connection.execute(_FILES, (node,)).fetchall())
    newest = max((one for one in known if one.came), key=lambda one: (one.made, one.came)).run
    owing = {one.run for one in known if _is_beyond(one, tx, node)}
    for at, old in enumerate(dict.fromkeys(one.run for one in known)):
        if old != run and (at >= KEPT or old not in {newest, *owing}):
            tx.connection.execute(_DROP, (node, old))


def files(reading: Reading, node: str) -> list[File]:
    """Return what is known of the files of *node*, those of the export that came last first."""
    return _decoded(reading.read(_FILES, (node,)))


def came(found: Iterable[File]) -> list[Came]:
    """Return which of them came."""
    return [Came(file.run, file.no, file.root) for file in found if file.came]


def more(found: Sequence[File]) -> tuple[str, int]:
    """Return the export and the number of a file that must follow those known, "" and 0: none."""
    ends = {file.run: file for file in found}
    return next(((run, end.no + 1) for run, end in ends.items() if not end.last), ("", 0))


def missing(found: Iterable[File], cursor: CursorOf) -> list[Missing]:
    """
    Return which numbers behind the cursors have not come, though later ones did or are known.

    What lies in no known file has the file number 0. What came too early is not missing:
    its file is there, and only has to be taken in again.
    """
    lanes: dict[tuple[int, int], list[_Held]] = {}
    for file in found:
        for span in file.spans:
            lanes.setdefault((span.epoch, span.lane), []).append((span.lo, span.hi, file))
    lacking = []
    for (epoch, lane), spans in sorted(lanes.items()):
        at = cursor(epoch, lane) + 1
        for lo, hi, lost in _beside_what_came(spans):
            if lo > at:
                lacking.append(Missing("", 0, epoch, lane, at, lo - 1))  # type: ignore[arg-type]
                at = lo
            if hi >= at and lost is not None:
                lacking.append(Missing(lost.run, lost.no, epoch, lane, at, hi))  # type: ignore[arg-type]
            at = max(at, hi + 1)
    return lacking


def _beside_what_came(spans: Iterable[_Held]) -> list[tuple[int, int, File | None]]:
    """
    Return *spans* of one lane in order: what came, without its file, and what else is known.

    Exports overlap, so a file that did not come counts only where no other one brought it.
    """
    there: list[tuple[int, int, File | None]] = []
    for lo, hi in sorted((lo, hi) for lo, hi, file in spans if file.came):
        if there and lo <= there[-1][1] + 1:
            there[-1] = (there[-1][0], max(hi, there[-1][1]), None)
        else:
            there.append((lo, hi, None))
    known = list(there)
    for lo, hi, file in spans:
        if not file.came:
            known.extend((a, b, file) for a, b in _without(lo, hi, there))
    return sorted(known, key=lambda one: one[:2])


def _without(
    lo: int, hi: int, there: Sequence[tuple[int, int, File | None]]
) -> Iterator[tuple[int, int]]:
    """Yield the parts of *lo* to *hi* that lie in none of *there*, which is in order."""
    for a, b, _ in there[max(0, bisect_left(there, lo, key=lambda one: one[0]) - 1) :]:
        if a > hi:
            break
        if a > lo:
            yield lo, a - 1
        lo = max(lo, b + 1)
    if lo <= hi:
        yield lo, hi


def early(found: Iterable[File], cursor: CursorOf) -> list[int]:
    """Return the numbers of files that came and hold something that is not in the inbox yet."""
    return sorted(
        {
            file.no
            for file in found
            if file.came and any(span.hi > cursor(span.epoch, span.lane) for span in file.spans)
        }
    )


def _is_beyond(file: File, tx: Transaction, node: str) -> bool:
    """Tell whether something of *file* is not held yet."""
    return any(
        span.hi > tx.cursor(CURSOR, Origin(node, span.epoch), span.lane) for span in file.spans
    )


def _decoded(rows: Iterable[Sequence[Any]]) -> list[File]:
    return [
        File(run, no, root, _spans.decode(spans), made, came, bool(last))
        for run, no, root, spans, made, came, last in rows
    ]


def _packed(spans: Iterable[Span]) -> bytes:
    return msgspec.msgpack.encode(list(spans))
