"""The link's frames as records of a file: the same bytes as on the wire."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import msgspec

from edge.protocol import batch, frames
from edge.protocol.apply import Inbox, Outcome, apply_batch, apply_gap
from edge.protocol.batch import Item, Sealed
from edge.protocol.bundle.form import MAX_SPANS, BadBundle, Span
from edge.protocol.errors import BadEntry, BadFrame
from edge.protocol.outlane import Hole
from edge.protocol.packing import Parts, decode, encode


def join(parts: Parts) -> bytes:
    """Return one message of the link as one record: type, length of the header, header, body."""
    kind, header, *body = parts
    return b"".join([kind, len(header).to_bytes(4, "big"), header, *body])


def split(record: bytes) -> Parts:
    """Return the message in *record*. Whether it is one, ``decode`` says."""
    size = int.from_bytes(record[4:8], "big")
    parts = [record[:4], record[8 : 8 + size]]
    body = record[8 + size :]
    return [*parts, body] if parts[0][3:] == b"\x02" else parts


def entries(epoch: int, lane: int, found: Sequence[Sealed]) -> bytes:
    """Return the record of consecutive entries."""
    return join(encode(*batch.pack(0, epoch, lane, found)))


def gap(epoch: int, lane: int, hole: Hole) -> bytes:
    """Return the record of numbers that never come."""
    frame = frames.GapFrame(
        session=0,
        epoch=epoch,
        lane=lane,  # type: ignore[arg-type]
        lo=hole.lo,
        hi=hole.hi,
        why=hole.why,
    )
    return join(encode(frame))


@dataclass(frozen=True, slots=True)
class Piece:
    """What is applied at once: entries, or a gap."""

    epoch: int
    lane: frames.Lane
    lo: int
    hi: int
    items: Sequence[Item] = ()
    why: str = ""

    def apply(self, inbox: Inbox) -> Outcome:
        """Do it, as for what came by wire."""
        if self.items:
            return apply_batch(inbox, self.items)
        return apply_gap(inbox, self.lo, self.hi, self.why)


def pieces(record: bytes) -> Iterator[Piece]:
    """
    Yield what *record* says, in order.

    An entry that breaks the link's limits becomes a gap with the reason: by wire the
    edge would put it aside after three refusals. Raises :class:`BadBundle`.
    """
    try:
        yield from _pieces(*decode(split(record)))
    except BadFrame as error:
        raise BadBundle("altered", f"a record of it is none of the link: {error}") from None


def _pieces(frame: frames.Frame, body: bytes) -> Iterator[Piece]:
    if isinstance(frame, frames.GapFrame):
        yield _gap_piece(frame)
    elif isinstance(frame, frames.Batch):
        yield from _batch_pieces(frame, body)
    else:
        raise BadFrame(f"a bundle holds no {type(frame).__name__}")


def _gap_piece(frame: frames.GapFrame) -> Piece:
    if frame.lo > frame.hi:
        raise BadFrame("a gap ends before it begins")
    return Piece(frame.epoch, frame.lane, frame.lo, frame.hi, why=frame.why)


def _batch_pieces(frame: frames.Batch, body: bytes) -> Iterator[Piece]:
    try:
        items = batch.unpack(frame, body)
        yield Piece(frame.epoch, frame.lane, items[0].seq, items[-1].seq, items)
    except BadEntry as error:
        if len(frame.lines) == 1:
            seq = frame.lines[0].seq
            yield Piece(frame.epoch, frame.lane, seq, seq, why=error.why)
            return
        start = 0
        for line in frame.lines:
            alone = msgspec.structs.replace(frame, lines=[line])
            yield from _batch_pieces(alone, body[start : start + line.size])
            start += line.size


@dataclass(slots=True)
class Tally:
    """What the records of a file hold together, as its trailer says it."""

    spans: list[Span] = field(default_factory=list)
    entries: int = 0
    events: int = 0
    _seen: set[tuple[int, int]] = field(default_factory=set)
    """Epoch and lane of each span."""

    @property
    def full(self) -> bool:
        """Tell whether a file may hold no further span."""
        return len(self.spans) >= MAX_SPANS

    def add(self, epoch: int, lane: frames.Lane, lo: int, hi: int) -> None:
        """Note the numbers *lo* to *hi*. Raises :class:`BadBundle` where one was left out."""
        last = self.spans[-1] if self.spans else None
        if last is None or (last.epoch, last.lane) != (epoch, lane):
            if (epoch, lane) in self._seen:
                raise BadBundle("altered", "a lane of it comes in two parts")
            if self.full:
                raise BadBundle("altered", f"it holds more than {MAX_SPANS} lanes")
            self._seen.add((epoch, lane))
            self.spans.append(Span(epoch, lane, lo, hi))
        elif lo != last.hi + 1:
            raise BadBundle("altered", f"a lane of it leaves out what lies before {lo}")
        else:
            self.spans[-1] = Span(epoch, lane, last.lo, hi)

    def add_piece(self, piece: Piece) -> None:
        """Note a piece."""
        self.add(piece.epoch, piece.lane, piece.lo, piece.hi)
        self.entries += len(piece.items)
        self.events += sum(item.count for item in piece.items)
