"""Bundles: what goes in comes out, and no byte of a file can change, be missing or be added."""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nacl.public import PrivateKey
from nacl.signing import SigningKey

from edge.events import codec
from edge.events.entry import Group, Stamp
from edge.protocol import batch, frames
from edge.protocol.bundle import form, records
from edge.protocol.bundle.form import BadBundle, Span
from edge.protocol.bundle.reading import Opener, Reader
from edge.protocol.bundle.writing import Signer, TooMany, Writer
from edge.protocol.outlane import Hole

NODE = "ab" * 16
HUB = PrivateKey(b"h" * 32)
EDGE = SigningKey(b"e" * 32)


def signer(key: SigningKey = EDGE) -> Signer:
    return Signer(bytes(key.verify_key), lambda message: bytes(key.sign(message).signature))


def entry(seq: int, text: str = "x", count: int = 1) -> batch.Item:
    body = codec.pack([Group(stamp=Stamp(project=text, received_at=1), events=[None] * count)])
    return batch.Item(seq, 0, count, 1, codec.seal(body), body)


@dataclass
class Lane:
    """Runs of entries and gaps, one behind the other."""

    epoch: int
    lane: int
    runs: list[list[batch.Item] | Hole] = field(default_factory=list)


@st.composite
def lanes(draw: st.DrawFn) -> list[Lane]:
    made = []
    keys = draw(st.lists(st.tuples(st.integers(1, 9), st.sampled_from((0, 1))), unique=True))
    for epoch, lane in keys:
        one = Lane(epoch, lane)
        seq = draw(st.integers(1, 2**40))
        for size in draw(st.lists(st.integers(-3, 4).filter(bool), min_size=1, max_size=4)):
            if size < 0:
                one.runs.append(Hole(seq, seq - size - 1, "retention"))
            else:
                texts = draw(st.lists(st.text(max_size=20), min_size=size, max_size=size))
                one.runs.append([entry(seq + at, text) for at, text in enumerate(texts)])
            seq += abs(size)
        made.append(one)
    return made


def write(found: list[Lane], *, node: str = NODE, by: Signer | None = None) -> bytes:
    writer = Writer(
        "entries",
        node=node,
        receivers=[bytes(HUB.public_key)],
        signers=[by or signer()],
        made=7,
        run="0123456789abcdef",
    )
    out, tally = writer.begin(), records.Tally()
    for one in found:
        for run in one.runs:
            if isinstance(run, Hole):
                out += writer.record(records.gap(one.epoch, one.lane, run))
                tally.add(one.epoch, one.lane, run.lo, run.hi)  # type: ignore[arg-type]
            else:
                out += writer.record(records.entries(one.epoch, one.lane, run))
                tally.add(one.epoch, one.lane, run[0].seq, run[-1].seq)  # type: ignore[arg-type]
                tally.entries += len(run)
                tally.events += sum(item.count for item in run)
    end, _ = writer.end(spans=tally.spans, entries=tally.entries, events=tally.events)
    assert writer.size == len(out + end)
    return out + end


def read(data: bytes, secrets: dict[bytes, bytes] | None = None) -> Iterator[records.Piece]:
    """Read as the hub does; a piece is only worth something once all have come."""
    reader = Reader(io.BytesIO(data).read, "entries")
    opener = Opener(reader, {bytes(HUB.public_key): bytes(HUB)} if secrets is None else secrets)
    tally = records.Tally()
    for plain in opener.plain(reader.records()):
        for piece in records.pieces(plain):
            tally.add_piece(piece)
            yield piece
    assert reader.contents.spans == tally.spans


def whole(data: bytes) -> None:
    """Read as a courier does, who can open nothing."""
    reader = Reader(io.BytesIO(data).read, "entries")
    for _ in reader.records():
        pass


@given(lanes())
def test_what_goes_in_comes_out(found: list[Lane]) -> None:
    """Entries to the byte, gaps with their reasons, in order, and the trailer says which."""
    wanted = [
        (one.epoch, one.lane, *((run.lo, run.hi, run.why) if isinstance(run, Hole) else (run,)))
        for one in found
        for run in one.runs
    ]
    got = [
        (p.epoch, p.lane, *((list(p.items),) if p.items else (p.lo, p.hi, p.why)))
        for p in read(write(found))
    ]
    assert got == wanted


SMALL = write([Lane(1, 0, [[entry(1), entry(2)]]), Lane(1, 1, [Hole(1, 5, "retention")])])


@given(at=st.integers(0, len(SMALL) - 1), by=st.integers(1, 255))
@settings(max_examples=400)
def test_a_changed_byte_is_refused_by_anybody(at: int, by: int) -> None:
    """Wherever it is: the courier needs no key to see it."""
    changed = bytearray(SMALL)
    changed[at] ^= by
    with pytest.raises(BadBundle):
        whole(bytes(changed))


def test_every_byte_of_a_file_counts() -> None:
    """Each of them, once, with its lowest bit turned."""
    for at in range(len(SMALL)):
        changed = bytearray(SMALL)
        changed[at] ^= 1
        with pytest.raises(BadBundle):
            whole(bytes(changed))


def test_a_file_that_ends_early_is_torn_wherever_it_ends() -> None:
    """And one that goes on behind its end is altered."""
    for size in range(len(SMALL)):
        with pytest.raises(BadBundle):
            whole(SMALL[:size])
    with pytest.raises(BadBundle, match="copy it anew") as torn:
        whole(SMALL[:-1])
    assert torn.value.why == "torn"
    with pytest.raises(BadBundle, match="follows its end"):
        whole(SMALL + b"\0")


def test_a_files_words_are_for_the_receiver_alone() -> None:
    """Not a word of it stands in the file, and another hub cannot open it."""
    data = write([Lane(1, 0, [[entry(1, "a-project-in-the-clear")]])])
    assert b"a-project-in-the-clear" not in data
    other = PrivateKey(b"o" * 32)
    with pytest.raises(BadBundle, match="another hub") as refused:
        list(read(data, {bytes(other.public_key): bytes(other)}))
    assert refused.value.why == "other_receiver"
    with pytest.raises(BadBundle):
        list(read(data, {bytes(HUB.public_key): bytes(other)}))


def test_records_cannot_be_passed_off_under_another_name() -> None:
    """An enrolled edge that signs another's records as its own is refused by the seal."""
    thief = SigningKey(b"t" * 32)
    reader = Reader(io.BytesIO(SMALL).read, "entries")
    stolen = list(reader.records())
    mine = Writer(
        "entries",
        node="cd" * 16,
        receivers=[bytes(HUB.public_key)],
        signers=[signer(thief)],
        made=7,
    )
    manifest = form.Manifest(
        node="cd" * 16,
        run=reader.manifest.run,
        no=1,
        made=7,
        to=reader.manifest.to,
        head=reader.manifest.head,
        by=[bytes(thief.verify_key)],
    )
    mine._hash = form.new_hash()
    data = mine._note(form.MAGIC["entries"] + form.framed(form.pack(manifest)))
    data += b"".join(mine._note(form.framed(record)) for record in stolen)
    data += mine._note(bytes(4))
    contents = form.pack(
        form.Contents(root=mine._hash.digest(), spans=reader.contents.spans, records=2)
    )
    signature = signer(thief).sign(form.to_sign("entries", contents))
    data += form.framed(form.pack(form.Trailer(contents, [signature])))
    whole(data)  # its own signature holds
    with pytest.raises(BadBundle, match="cannot be opened"):
        list(read(data))


def test_a_sender_that_leaves_numbers_out_is_refused() -> None:
    """A lane has no hole but a declared gap, whoever signed."""
    with pytest.raises(BadBundle, match="leaves out"):
        write([Lane(1, 0, [[entry(1)], [entry(3)]])])


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"FBX2" + SMALL[4:], "update the older"),
        (b"FBR1" + SMALL[4:], "holds a receipt"),
        (b"PK\3\4 a zip file", "no bundle"),
        (b"", "ends in the middle"),
        (b"FBX1" + b"\xff" * 40, "make no sense"),
    ],
)
def test_another_file_is_named_for_what_it_is(data: bytes, says: str) -> None:
    """So that whoever holds the wrong one knows it."""
    with pytest.raises(BadBundle, match=says):
        whole(data)


def test_an_entry_over_the_links_limits_becomes_a_gap_and_its_neighbours_stay() -> None:
    """As by wire, where the third refusal puts it aside."""
    good, bad = entry(1), batch.Item(2, 0, 1, 1, codec.seal(b"no zstd"), b"no zstd")
    found = list(records.pieces(records.entries(1, 0, [good, bad, entry(3)])))
    assert [(p.lo, p.hi, p.why, len(p.items)) for p in found] == [
        (1, 1, "", 1),
        (2, 2, "decode", 0),
        (3, 3, "", 1),
    ]


def test_a_frame_that_is_no_entry_and_no_gap_is_refused() -> None:
    """An edge's PING has no place in a file."""
    ping = records.join(records.encode(frames.Ping(session=0, n=1)))
    for record in (ping, b"", b"FB1\x02\0\0\0\xff", b"\0" * 40):
        with pytest.raises(BadBundle):
            list(records.pieces(record))


def test_many_lanes_cost_no_more_than_few_and_their_number_is_bounded() -> None:
    """Of 4096 each is looked at once; a lane in two parts is refused however far apart."""
    tally = records.Tally()
    looked: list[Span] = []

    class Watched(list[Span]):
        def __iter__(self) -> Iterator[Span]:
            looked.extend(self[:])
            return super().__iter__()

    tally.spans = Watched()
    for epoch in range(form.MAX_SPANS):
        tally.add(epoch, 0, 1, 1)
    assert looked == []
    assert tally.full
    with pytest.raises(BadBundle, match="in two parts"):
        tally.add(7, 0, 2, 2)
    with pytest.raises(BadBundle, match="more than 4096 lanes"):
        tally.add(form.MAX_SPANS, 0, 1, 1)


def test_a_record_that_is_too_short_for_a_seal_is_refused_at_once() -> None:
    """A file of millions of them would cost whoever looks at it hours."""
    size = int.from_bytes(SMALL[4:8], "big")
    tiny = SMALL[: 8 + size] + b"\0\0\0\1x" * 3
    reader = Reader(io.BytesIO(tiny).read, "entries")
    with pytest.raises(BadBundle, match="make no sense"):
        next(reader.records())


def test_spans_say_what_a_file_holds() -> None:
    """For the courier, who can open nothing."""
    reader = Reader(io.BytesIO(SMALL).read, "entries")
    list(reader.records())
    assert reader.contents.spans == [Span(1, 0, 1, 2), Span(1, 1, 1, 5)]
    assert (reader.contents.entries, reader.contents.records) == (2, 2)


def test_a_file_that_knows_of_too_many_others_is_not_begun() -> None:
    """What is written can be read: the manifest stays within what a reader takes."""
    notes = [form.Note(no, bytes(32), [Span(2**62, 1, 2**62, 2**62)]) for no in range(1, 5_000)]
    facts = {
        "node": NODE,
        "receivers": [bytes(HUB.public_key)],
        "signers": [signer()],
        "made": 2**62,
    }
    writer = Writer("entries", no=5_000, before=notes, **facts)  # type: ignore[arg-type]
    whole(writer.begin() + writer.end()[0])
    with pytest.raises(TooMany, match="larger --split"):
        Writer("entries", no=5_001, before=notes, **facts)  # type: ignore[arg-type]
    many = [form.Note(1, bytes(32), [Span(2**62, 1, 1, 2)] * 100_000)]
    with pytest.raises(TooMany):
        Writer("entries", no=2, before=many, **facts)  # type: ignore[arg-type]
