"""
A bundle's file read from its bytes: whole or refused.

Whether it is whole, and whose, anybody can tell (:class:`Reader`); what it says, only who
has one of the receivers' keys (:class:`Opener`).
"""

from collections.abc import Callable, Iterator, Mapping

from nacl import bindings
from nacl.exceptions import CryptoError
from nacl.signing import VerifyKey

from edge.protocol.bundle import form
from edge.protocol.bundle.form import BadBundle

Read = Callable[[int], bytes]
"""As many bytes as asked for, fewer only at the file's end."""

_LAST = bindings.crypto_secretstream_xchacha20poly1305_TAG_FINAL
_AGAIN = "export it again at the edge"


class Reader:
    """
    Reads one file of *kind* from *read*, from its first byte on.

    ``manifest`` is there at once and may be believed once :meth:`records` came to its
    end; so may ``contents``. Raises :class:`BadBundle` on whatever is not whole.
    """

    contents: form.Contents

    def __init__(self, read: Read, kind: form.Kind) -> None:
        self.kind: form.Kind = kind
        self.done = 0
        """Bytes read so far."""
        self._read = read
        self._hash = form.new_hash()
        self._check_magic(self._take(4))
        packed = self._take(self._length(form.MAX_MANIFEST))
        self.manifest = form.unpack(packed, form.Manifest)
        bound = form.new_hash()
        bound.update(packed)
        self.bound = bound.digest()
        """What the records are bound to."""

    def records(self) -> Iterator[bytes]:
        """Yield the sealed records; at their end, check the whole."""
        while size := self._length(form.MAX_RECORD):
            if size < form.MIN_RECORD:
                raise self._senseless()
            yield self._take(size)
        root = self._hash.digest()
        trailer = form.unpack(self._take(self._length(form.MAX_MANIFEST)), form.Trailer)
        contents = form.unpack(trailer.contents, form.Contents)
        if self._read(1):
            raise BadBundle("altered", f"something follows its end; copy it anew, or {_AGAIN}")
        if contents.root != root:
            raise BadBundle("altered", f"its bytes were altered; copy it anew, or {_AGAIN}")
        self._check_signatures(trailer)
        self.contents = contents

    def _check_signatures(self, trailer: form.Trailer) -> None:
        message = form.to_sign(self.kind, trailer.contents)
        try:
            for public, signature in zip(self.manifest.by, trailer.signatures, strict=True):
                VerifyKey(public).verify(message, signature)
        except (CryptoError, ValueError):
            says = f"its signature does not hold: it was altered; copy it anew, or {_AGAIN}"
            raise BadBundle("altered", says) from None

    def _check_magic(self, found: bytes) -> None:
        wanted = form.MAGIC[self.kind]
        if found == wanted:
            return
        if found[:3] == wanted[:3]:
            says = f"its format {found[3:].decode('latin-1')!r} is not known to this version"
            raise BadBundle("format", f"{says}; update the older of edge and hub")
        for kind, magic in form.MAGIC.items():
            if found == magic:
                raise BadBundle("format", f"it holds {_NAMES[kind]}, not {_NAMES[self.kind]}")
        raise BadBundle(
            "format", f"it is no bundle: {_NAMES[self.kind]} begin with {wanted.decode()}"
        )

    def _length(self, most: int) -> int:
        size = int.from_bytes(self._take(form.LENGTH), "big")
        if size > most:
            raise self._senseless()
        return size

    def _senseless(self) -> BadBundle:
        return BadBundle("altered", f"its lengths make no sense; copy it anew, or {_AGAIN}")

    def _take(self, size: int) -> bytes:
        data = self._read(size)
        if len(data) < size:
            says = f"it ends in the middle, at byte {self.done + len(data)}"
            raise BadBundle("torn", f"{says}; copy it anew, or {_AGAIN}")
        self._hash.update(data)
        self.done += size
        return data


_NAMES = {"entries": "entries (.fbx)", "receipt": "a receipt (.fbr)"}


class Opener:
    """
    Opens the records of *reader*'s file, in order, with the right of *secrets*.

    *secrets* maps X25519 public keys to their secret halves. Raises :class:`BadBundle`
    where the file is sealed to none of them.
    """

    def __init__(self, reader: Reader, secrets: Mapping[bytes, bytes]) -> None:
        self.ended = False
        """The last record was seen: nothing is missing at the end."""
        self._bound = reader.bound
        slots = [slot for slot in reader.manifest.to if slot.receiver in secrets]
        if not slots:
            raise BadBundle("other_receiver", _OTHERS[reader.kind])
        self._state = bindings.crypto_secretstream_xchacha20poly1305_state()
        slot = slots[0]
        try:
            key = bindings.crypto_box_seal_open(slot.box, slot.receiver, secrets[slot.receiver])
            bindings.crypto_secretstream_xchacha20poly1305_init_pull(
                self._state, reader.manifest.head, key
            )
        except (CryptoError, ValueError):
            raise BadBundle("altered", f"its key cannot be opened; {_AGAIN}") from None

    def open(self, sealed: bytes) -> bytes | None:
        """Return what a record says, None for the mark behind the last."""
        if self.ended:
            raise BadBundle("altered", f"it goes on behind its end; {_AGAIN}")
        try:
            plain, tag = bindings.crypto_secretstream_xchacha20poly1305_pull(
                self._state, sealed, self._bound
            )
        except (CryptoError, ValueError):
            raise BadBundle("altered", f"a record of it cannot be opened; {_AGAIN}") from None
        if tag == _LAST:
            self.ended = True
            return None
        return bytes(plain)

    def plain(self, sealed: Iterator[bytes]) -> Iterator[bytes]:
        """Yield what the records say. Raises :class:`BadBundle` where the last is missing."""
        for record in sealed:
            opened = self.open(record)
            if opened is not None:
                yield opened
        if not self.ended:
            raise BadBundle("altered", f"its last record is missing; {_AGAIN}")


_OTHERS: dict[form.Kind, str] = {
    "entries": "it is sealed to another hub's key; at the edge, `flowback enroll trust` this"
    " hub's card (`flowback enroll card`), then export again",
    "receipt": "it is sealed to another edge's key, or to one that was rotated away;"
    " import the bundle again at the hub to get a new receipt",
}
