"""The first look at an edge's file: all of it, before anything is applied."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

from edge.bundle import inspect
from edge.journal.reading import Reading
from edge.keys import EdgeRecord, Keyring
from edge.keys.signing import verify_text
from edge.protocol.bundle import records
from edge.protocol.bundle.form import BadBundle, Contents, Manifest
from edge.protocol.bundle.reading import Opener, Reader
from edge.protocol.bundle.records import Piece, Tally

_SEALS = """
select e.seq, coalesce(c.generation, e.generation), coalesce(c.hash, e.hash)
from entry e left join came c on c.position = e.position
where e.origin = (select id from origin where node = ? and epoch = ?)
and e.lane = ? and e.seq between ? and ?
"""


@dataclass(frozen=True, slots=True)
class Checked:
    """A file that is whole, opened, and of an admitted edge."""

    manifest: Manifest
    contents: Contents
    edge: EdgeRecord
    bound: bytes
    """What its records are bound to."""
    forked: bool
    """The inbox holds other entries under some of its numbers: see fault 17."""
    same: Mapping[tuple[int, int], int]
    """(epoch, lane) → up to where what the inbox holds is the same in the file."""

    def again(self, file: BinaryIO) -> Reader:
        """
        Return a reader of the same *file* from its first byte on. Raises :class:`BadBundle`.

        A medium may answer otherwise the second time. Records that can be opened under
        the same manifest are its maker's; under another one none is looked at.
        """
        return _again(file, self.bound)


@dataclass(slots=True)
class _Comparison:
    inbox: Reading
    tally: Tally = field(default_factory=Tally)
    same: dict[tuple[int, int], int] = field(default_factory=dict)
    forked: set[tuple[int, int]] = field(default_factory=set)

    def hear(self, manifest: Manifest, plain: bytes) -> None:
        for piece in records.pieces(plain):
            self.tally.add_piece(piece)
            if piece.items:
                self._compare(manifest.node, piece)

    def _compare(self, node: str, piece: Piece) -> None:
        rows = self.inbox.read(_SEALS, (node, piece.epoch, piece.lane, piece.lo, piece.hi))
        held = {seq: (generation, seal) for seq, generation, seal in rows}
        lane = (piece.epoch, piece.lane)
        for item in piece.items:
            generation, seal = held.get(item.seq, (None, None))
            if generation == item.generation and seal != item.hash:
                self.forked.add(lane)
            elif seal is not None and lane not in self.forked:
                self.same[lane] = item.seq


def check(
    file: BinaryIO,
    inbox: Reading,
    secrets: Mapping[bytes, bytes],
    keyring: Keyring,
    on: inspect.On,
) -> Checked:
    """
    Read *file* through. *secrets* are the hub's X25519 keys, public to secret half.

    What nobody signed who is admitted costs nothing, and nothing is opened before the
    whole is known to be as it was signed. Raises :class:`BadBundle` where it is torn,
    altered, for another hub, or not signed by an admitted edge.
    """
    file.seek(0)
    reader = Reader(file.read, "entries")
    edge = _who(reader.manifest, keyring)
    for _ in reader.records():
        on(reader.done)
    compared = _compared(file, inbox, reader, secrets, on)
    if reader.contents.spans != compared.tally.spans:
        raise BadBundle("altered", "it does not hold what it says; export again at the edge")
    return Checked(
        reader.manifest,
        reader.contents,
        edge,
        reader.bound,
        bool(compared.forked),
        dict(compared.same),
    )


def changed() -> BadBundle:
    """Return the refusal of a file that was another one when it was read again."""
    return BadBundle("altered", "it changed while it was read; import it again")


def _again(file: BinaryIO, bound: bytes) -> Reader:
    file.seek(0)
    reader = Reader(file.read, "entries")
    if reader.bound != bound:
        raise changed()
    return reader


def _compared(
    file: BinaryIO,
    inbox: Reading,
    whole: Reader,
    secrets: Mapping[bytes, bytes],
    on: inspect.On,
) -> _Comparison:
    """Open what was found whole, and hold it against the inbox."""
    compared = _Comparison(inbox)
    reader = _again(file, whole.bound)
    for plain in Opener(reader, secrets).plain(reader.records()):
        compared.hear(whole.manifest, plain)
        on(reader.done)
    if reader.contents.root != whole.contents.root:
        raise changed()
    return compared


def _who(manifest: Manifest, keyring: Keyring) -> EdgeRecord:
    """Return the admitted edge that signed."""
    signed = {verify_text(public) for public in manifest.by}
    known = [one for one in keyring.records() if one.verify in signed and one.node == manifest.node]
    admitted = [one for one in known if one.revoked is None]
    if admitted:
        return admitted[0]
    if known:
        raise BadBundle(
            "revoked",
            f"the key of {known[0].name} that signed it is revoked; at the edge `flowback keys"
            " rotate` and `flowback enroll ask`, here `flowback enroll admit --rotation`, then"
            " export again",
        )
    raise BadBundle(
        "unknown",
        f"no edge that is admitted here signed it (node {manifest.node}, signing key"
        f" {inspect.key_fingerprint(manifest.by[0])}); at the edge `flowback enroll ask`, here"
        " `flowback enroll admit`, with --rotation where this hub knows the node; where it is"
        " enrolled, the file was altered: `flowback bundle verify` tells",
    )
