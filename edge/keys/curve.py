"""One CURVE key pair, and the fingerprint by which people compare public things."""

import base64
import hashlib
import re
from typing import Annotated

import msgspec
import zmq
from zmq.utils import z85

from edge.errors import FlowbackError

Public = Annotated[str, msgspec.Meta(min_length=40, max_length=40)]
"""A CURVE public key in Z85, 40 characters."""

_Z85 = re.compile(r"[0-9a-zA-Z.\-:+=^!/*?&<>()\[\]{}@%$#]{40}")


class BadKey(FlowbackError):
    """A key or key file cannot be used. Make a new one with `flowback keys new`."""


class Secret:
    """A secret that shows itself to nobody by accident: not in a log, not in a traceback."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return "Secret(…)"

    def reveal(self) -> bytes:
        """Return the secret itself, to hand to libzmq or to its own file."""
        return self._text.encode("ascii")


class CurveKey(msgspec.Struct, frozen=True, kw_only=True):
    """A public key with its secret half."""

    public: str
    secret: Secret
    made: int
    """Unix ms."""

    def halves(self) -> tuple[bytes, bytes]:
        """Return public and secret half as libsodium takes them, 32 bytes each."""
        return public_bytes(self.public), z85.decode(self.secret.reveal())


def public_bytes(text: str) -> bytes:
    """Return the X25519 public key *text* as libsodium takes it. Raises :class:`BadKey`."""
    return bytes(z85.decode(check_public(text)))


def new_key(now_ms: int) -> CurveKey:
    """Return a new key pair made at *now_ms*."""
    public, secret = zmq.curve_keypair()
    return CurveKey(public=public.decode(), secret=Secret(secret.decode()), made=now_ms)


def public_of(secret: Secret) -> str:
    """Return the public half of *secret*. Raises :class:`BadKey`."""
    try:
        return zmq.curve_public(secret.reveal()).decode()
    except (zmq.ZMQError, ValueError, UnicodeError):
        raise BadKey("a secret key is damaged") from None


def check_public(text: str) -> str:
    """Return *text* where it is a public key in Z85. Raises :class:`BadKey`."""
    if not _Z85.fullmatch(text):
        raise BadKey("a public key has 40 characters of Z85; copy it whole")
    return text


def fingerprint(*facts: str) -> str:
    """
    Return 100 bits of a hash of *facts*, to be read aloud: ``ABCD-EFGH-…``, five groups.

    A base32 alphabet has no 0, 1, 8 and 9, which are misheard and misread.
    """
    digest = hashlib.blake2b(digest_size=20, person=b"flowback-finger")
    for fact in facts:
        data = fact.encode()
        digest.update(len(data).to_bytes(4, "big") + data)
    text = base64.b32encode(digest.digest()).decode()[:20]
    return "-".join(text[at : at + 4] for at in range(0, 20, 4))
