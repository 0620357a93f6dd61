"""
Sign a report, and tell whether one is as it was signed.

What is signed is ``flowback compliance 1``, a newline, and the report as JSON with sorted
keys, no space between, every character as itself in UTF-8. So it may be printed and
indented at will, and any Ed25519 library can check it.
"""

import base64
import binascii
import json
from pathlib import Path
from typing import Any

import msgspec
from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

from edge.errors import FlowbackError
from edge.keys.curve import Secret, fingerprint
from edge.keys.signing import sign_bytes, verify_key
from hub.api.shapes import Report, Signature, SignedReport

HEADER = b"flowback compliance 1\n"
MOST = 64 * 2**20
"""Bytes of a file that is looked at."""


class BadReport(FlowbackError):
    """The file is no report of a hub, or not as the hub signed it."""


def seal(report: Report, secret: Secret) -> SignedReport:
    """Return *report* signed with a hub's signing key. Raises BadKey."""
    value = sign_bytes(secret, _message(msgspec.to_builtins(report)))
    signature = Signature(algorithm="Ed25519", key=verify_key(secret), value=_text(value))
    return SignedReport(report=report, signature=signature)


def read(path: Path) -> SignedReport:
    """
    Return the report in the file at *path*, once its signature held.

    Raises :class:`BadReport`. Whose key it is only people can tell: compare
    ``report.hub.fingerprint`` with what the hub's operator reads aloud.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MOST + 1)
    except OSError as error:
        raise BadReport(f"{path} cannot be read: {error.strerror}") from error
    if len(data) > MOST:
        raise BadReport(f"{path} is larger than any report")
    return opened(data, str(path))


def opened(data: bytes, name: str = "it") -> SignedReport:
    """Return the report in *data*, called *name* in an error. Raises :class:`BadReport`."""
    try:
        plain = json.loads(data, parse_constant=_refuse, object_pairs_hook=_once)
        found = msgspec.convert(plain, SignedReport)
        raw = base64.b64decode(_padded(found.signature.value), altchars=b"-_", validate=True)
        key = base64.b64decode(_padded(found.signature.key), altchars=b"-_", validate=True)
        message = _message(plain["report"])
    except (ValueError, TypeError, KeyError, RecursionError, msgspec.MsgspecError):
        raise BadReport(f"{name} is no compliance report, or of a newer version") from None
    try:
        VerifyKey(key).verify(message, raw)
    except (BadSignatureError, binascii.Error, ValueError, TypeError):
        raise BadReport(f"{name} is not as it was signed: it was changed") from None
    hub = found.report.hub
    if found.signature.key not in hub.verify:
        raise BadReport(f"{name} is signed with a key that is not of the hub which it names")
    if fingerprint("hub", *hub.keys, *hub.verify) != hub.fingerprint:
        raise BadReport(f"{name} names a fingerprint that is not of its keys")
    return found


def _message(report: Any) -> bytes:
    text = json.dumps(
        report, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return HEADER + text.encode()


def _refuse(name: str) -> Any:
    raise ValueError(name)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object whose names differ: of two the reader would see the one not signed."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _padded(text: str) -> str:
    return text + "=" * (-len(text) % 4)
