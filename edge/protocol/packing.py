"""
Frames to message parts and back: ``[b"FB1" + type, msgpack header, body?]``.

Decoding takes bounded memory and raises :class:`BadFrame` on whatever does not
fit. Only plain data are decoded; an extension type is refused.
"""

from collections.abc import Sequence
from typing import overload

import msgpack  # type: ignore[import-untyped]
import msgspec

from edge.protocol.errors import BadFrame
from edge.protocol.frames import BODIED, TYPES, Bye, Frame

Parts = list[bytes]
"""One message."""
Data = bytes | memoryview
"""Bytes that came, as a copy or as they lie in ZeroMQ's own memory."""

MAGIC = b"FB1"
MOST_PARTS = 3
MAX_HEADER = 64 * 2**10
MAX_MESSAGE = 8 * 2**20
"""Bytes of one part; a larger one makes ZeroMQ cut the connection (ZMQ_MAXMSGSIZE)."""

_CODES = {kind: code for code, kind in TYPES.items() if kind is not Bye}
_DEPTHS = {"max_ext_len": 0, "max_str_len": 1024, "max_bin_len": 64, "max_map_len": 64}


def encode(frame: Frame, body: bytes | None = None, *, from_hub: bool = False) -> Parts:
    """Return the parts of *frame*; a batch, a sheet of control and seals carry a *body*."""
    code = (0x87 if from_hub else 0x05) if isinstance(frame, Bye) else _CODES[type(frame)]
    plain = msgspec.to_builtins(frame, builtin_types=(bytes,))
    parts = [MAGIC + bytes([code]), msgpack.packb(plain)]
    return parts if body is None else [*parts, body]


@overload
def decode(parts: Sequence[bytes]) -> tuple[Frame, bytes]: ...
@overload
def decode(parts: Sequence[Data]) -> tuple[Frame, Data]: ...
def decode(parts: Sequence[Data]) -> tuple[Frame, Data]:
    """Return the frame in *parts* and its body, empty where it carries none."""
    if len(parts) not in (2, MOST_PARTS) or len(parts[0]) != 4 or parts[0][:3] != MAGIC:
        raise BadFrame(f"a message of {len(parts)} parts is no FB1 frame")
    kind = TYPES.get(parts[0][3])
    if kind is None:
        raise BadFrame(f"frames of type {parts[0][3]:#04x} are not known here")
    if (kind in BODIED) != (len(parts) == 3):
        raise BadFrame("a batch, a sheet of control and seals have three parts, other frames two")
    return _header(parts[1], kind), parts[2] if len(parts) == 3 else b""


def _header(data: Data, kind: type[Frame]) -> Frame:
    if len(data) > MAX_HEADER:
        raise BadFrame(f"a header of {len(data)} bytes is over the limit of {MAX_HEADER}")
    try:
        plain = msgpack.unpackb(data, raw=False, strict_map_key=True, **_DEPTHS)
        return msgspec.convert(plain, kind, builtin_types=(bytes,))
    except (ValueError, RecursionError) as error:  # msgpack's and msgspec's errors are ValueErrors
        raise BadFrame(f"a {kind.__name__} header cannot be read: {error}") from None
