"""
What is signed: by an edge, that a visitor had a session deleted (decision 9 of the house
plan); by a hub, its control.

Ed25519 by libsodium. Each end learns the other's verify key when the edge is enrolled, so
what is signed proves by itself who made it, on whatever way it came.
"""

import base64
import binascii
from collections.abc import Iterable, Sequence
from typing import Annotated, NamedTuple

import msgspec
from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from edge.keys.curve import BadKey, Secret

VerifyText = Annotated[str, msgspec.Meta(pattern=r"^([A-Za-z0-9_-]{43})?\Z")]
"""A public key, 32 bytes as base64url; empty where an edge has none."""
_CONTROL = b"flowback control 1\n"
"""What a hub's signature over control begins with, so that it holds for nothing else."""
_MOST = 4
"""Signatures looked at: an edge signs with the keys that it keeps, two at most."""


class Stone(NamedTuple):
    """What a tombstone says. All of it is signed, and whose node it is."""

    project: str
    session: str
    number: str
    """The deletion's number."""
    at: int
    """ms since 1970."""
    claim: str = ""
    """The hash of the visitor's secret."""


def new_signing_key() -> Secret:
    """Return a new secret key."""
    return Secret(_text(bytes(SigningKey.generate())))


def verify_key(secret: Secret) -> str:
    """Return the public half of *secret*. Raises :class:`~edge.keys.curve.BadKey`."""
    return _text(bytes(_key(secret).verify_key))


def sign(secrets: Iterable[Secret], node: str, stone: Stone) -> list[str]:
    """Return one signature of *stone* for each of *secrets*, as base64url."""
    message = _message(node, stone)
    return [_text(_key(secret).sign(message).signature) for secret in secrets]


def is_signed(publics: Iterable[str], node: str, stone: Stone, signatures: Sequence[str]) -> bool:
    """Say whether one of the keys *publics* of *node* made one of *signatures* over *stone*."""
    message = _message(node, stone)
    return any(
        _verifies(public, message, signature)
        for public in publics
        for signature in signatures[:_MOST]
    )


def sign_control(secret: Secret, body: bytes) -> bytes:
    """Return a hub's signature over the *body* of a control sheet, 64 bytes."""
    return bytes(_key(secret).sign(_CONTROL + body).signature)


def is_control(publics: Iterable[str], body: bytes, signature: bytes) -> bool:
    """Say whether one of a hub's keys *publics* signed the *body* of a control sheet."""
    return any(_verifies(public, _CONTROL + body, signature) for public in publics)


def verify_bytes(public: str) -> bytes:
    """Return a verify key as libsodium takes it, 32 bytes."""
    return _bytes(public)


def verify_text(public: bytes) -> str:
    """Return a verify key as files hold it, from its 32 bytes."""
    return _text(public)


def sign_bytes(secret: Secret, message: bytes) -> bytes:
    """Return the signature of *secret* over *message*, 64 bytes. Raises BadKey."""
    return bytes(_key(secret).sign(message).signature)


def check_verify(text: str) -> str:
    """Return *text* where it is a public key that can verify. Raises BadKey."""
    try:
        VerifyKey(_bytes(text))
    except (binascii.Error, ValueError, TypeError):
        raise BadKey("a verify key is damaged; copy it whole") from None
    return text


def _verifies(public: str, message: bytes, signature: str | bytes) -> bool:
    try:
        raw = _bytes(signature) if isinstance(signature, str) else signature
        VerifyKey(_bytes(public)).verify(message, raw)
    except (BadSignatureError, binascii.Error, ValueError, TypeError):
        return False
    return True


def _message(node: str, stone: Stone) -> bytes:
    return msgspec.msgpack.encode(["flowback tombstone 1", node, *stone])


def _key(secret: Secret) -> SigningKey:
    try:
        return SigningKey(_bytes(secret.reveal().decode()))
    except (binascii.Error, ValueError, TypeError):
        raise BadKey("a signing key is damaged") from None


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
