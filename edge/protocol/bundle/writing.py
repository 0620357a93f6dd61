"""The bytes of a bundle's file, made piece by piece in bounded memory."""

import secrets
from collections.abc import Callable, Sequence
from typing import NamedTuple

from nacl import bindings

from edge.errors import FlowbackError
from edge.protocol.bundle import form

_TAG = bindings.crypto_secretstream_xchacha20poly1305_TAG_MESSAGE
_LAST = bindings.crypto_secretstream_xchacha20poly1305_TAG_FINAL


class Signer(NamedTuple):
    """One Ed25519 key of the sender."""

    public: bytes
    sign: Callable[[bytes], bytes]
    """Message to its signature, 64 bytes."""


class TooMany(FlowbackError):
    """An export of so many files cannot be told apart. Choose a larger --split."""


class Writer:
    """
    One file: ``begin``, then ``record`` for each, then ``end``; each returns bytes to write.

    *receivers* are X25519 public keys. The records are bound to the manifest, so nobody
    can pass them off as his own under another. Raises :class:`TooMany`.
    """

    def __init__(
        self,
        kind: form.Kind,
        *,
        node: str,
        receivers: Sequence[bytes],
        signers: Sequence[Signer],
        made: int,
        run: str = "",
        no: int = 1,
        before: Sequence[form.Note] = (),
        version: str = "",
        holds: int = 0,
        heard: int = 0,
    ) -> None:
        key = bindings.crypto_secretstream_xchacha20poly1305_keygen()
        self._state = bindings.crypto_secretstream_xchacha20poly1305_state()
        self._kind: form.Kind = kind
        self._signers = signers
        self._hash = form.new_hash()
        self._records = 0
        self.size = 0
        """Bytes so far."""
        self.manifest = form.Manifest(
            node=node,
            run=run or secrets.token_hex(8),
            no=no,
            before=list(before),
            made=made,
            to=[form.Slot(one, bindings.crypto_box_seal(key, one)) for one in receivers],
            head=bindings.crypto_secretstream_xchacha20poly1305_init_push(self._state, key),
            by=[one.public for one in signers],
            version=version,
            holds=holds,
            heard=heard,
        )
        packed = form.pack(self.manifest)
        if len(packed) > form.MAX_MANIFEST or no > form.MAX_FILES:
            raise TooMany
        self._bound = form.new_hash()
        self._bound.update(packed)
        self._begin = form.MAGIC[kind] + form.framed(packed)

    def begin(self) -> bytes:
        """Return magic and manifest."""
        return self._note(self._begin)

    def record(self, plain: bytes) -> bytes:
        """Return *plain* sealed."""
        self._records += 1
        return self._note(form.framed(self._seal(plain, _TAG)))

    def end(
        self,
        *,
        spans: Sequence[form.Span] = (),
        entries: int = 0,
        events: int = 0,
        last: bool = True,
    ) -> tuple[bytes, form.Contents]:
        """Return the end of the file, and what it says is in it."""
        mark = self._note(form.framed(self._seal(b"", _LAST)) + bytes(form.LENGTH))
        contents = form.Contents(
            root=self._hash.digest(),
            spans=list(spans),
            entries=entries,
            events=events,
            records=self._records,
            last=last,
        )
        packed = form.pack(contents)
        message = form.to_sign(self._kind, packed)
        trailer = form.Trailer(packed, [one.sign(message) for one in self._signers])
        end = form.framed(form.pack(trailer))
        self.size += len(end)
        return mark + end, contents

    def _seal(self, plain: bytes, tag: int) -> bytes:
        bound = self._bound.digest()
        return bytes(
            bindings.crypto_secretstream_xchacha20poly1305_push(self._state, plain, bound, tag)
        )

    def _note(self, data: bytes) -> bytes:
        self._hash.update(data)
        self.size += len(data)
        return data
