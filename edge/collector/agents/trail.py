"""
Where a session's events lie in the journal: the positions of its commits, delta-coded.

A session's row is written with each of its commits, so that its size is what a batch
costs on disk: two or three bytes a commit here, fourteen as plain numbers.
"""

from collections.abc import Iterator

from msgspec import Struct

MAX_BYTES = 4096
"""Bytes of steps, over a thousand commits; beyond it the older half is forgotten."""


class Trail(Struct, array_like=True):
    """Positions in the order of their commits, each with the second in which it was made."""

    steps: bytes = b""
    """Pairs of LEB128 numbers: how far the position went on, and how many seconds later."""
    position: int = 0
    second: int = 0
    """The last of each."""

    def add(self, position: int, now: int) -> None:
        """Note the commit at *position*, made at *now*, ms since 1970."""
        if position <= self.position:
            return
        second = max(self.second, now // 1000)
        self.steps += _leb128(position - self.position) + _leb128(second - self.second)
        self.position, self.second = position, second
        if len(self.steps) > MAX_BYTES:
            steps = list(self)
            self.steps, self.position, self.second = b"", 0, 0
            for at, when in steps[len(steps) // 2 :]:
                self.add(at, when * 1000)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        """Yield (position, second) of each commit, the oldest first."""
        position = second = 0
        numbers = _numbers(self.steps)
        for on in numbers:
            position, second = position + on, second + next(numbers)
            yield position, second


def _leb128(number: int) -> bytes:
    if number < 0x80:
        return bytes((number,))
    parts = bytearray()
    while number >= 0x80:
        parts.append(number & 0x7F | 0x80)
        number >>= 7
    parts.append(number)
    return bytes(parts)


def _numbers(data: bytes) -> Iterator[int]:
    number = shift = 0
    for byte in data:
        number |= (byte & 0x7F) << shift
        if byte & 0x80:
            shift += 7
        else:
            yield number
            number = shift = 0
