"""
How large and how nested one object of a sender may be (privacy-and-security.md, 6.2). Pure.

What the schema knows is bounded by its types; only objects with fields that nobody
knows are looked through, so that an ordinary batch pays nothing.
"""

from typing import Any

import msgspec

from edge.errors import FlowbackError

MAX_DEPTH = 16
"""Objects and lists within one another."""
MAX_KEYS = 64
"""Keys of one object."""

_encode = msgspec.msgpack.Encoder().encode


class OutOfBounds(FlowbackError):
    """It is too large."""

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason
        """One of a few words, under which it is counted."""


def check_shape(item: Any) -> None:
    """Raise :class:`OutOfBounds` where *item* is nested too deep or an object has too many keys."""
    level = [item]
    for _ in range(MAX_DEPTH + 1):
        inner: list[Any] = []
        for each in level:
            if isinstance(each, dict):
                if len(each) > MAX_KEYS:
                    raise OutOfBounds(f"an object has more than {MAX_KEYS} keys", "too_many_keys")
                inner += each.values()
            elif isinstance(each, list):
                inner += each
        if not inner:
            return
        level = inner
    raise OutOfBounds(f"it is nested more than {MAX_DEPTH} deep", "too_deep")


def check_size(item: Any, limit: int) -> None:
    """Raise :class:`OutOfBounds` where *item* has more than *limit* bytes as msgpack."""
    try:
        size = len(_encode(item))
    except (OverflowError, TypeError, ValueError, RecursionError) as error:
        raise OutOfBounds(f"it holds what no event can hold: {error}", "unholdable") from None
    if size > limit:
        raise OutOfBounds(f"an event has at most {limit // 1024} KiB", "too_large")
