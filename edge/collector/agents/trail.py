"""
Where the events of a session's detection lie in the journal: the positions of its commits.

A session's row is written with each of its commits, so that its size is what a batch
costs on disk: one or two bytes a commit here, nine as plain numbers.
"""

from collections.abc import Iterator

from msgspec import Struct

STATE_LIFE = 3_600_000  # ms: session state lives 1 hour (house plan, definitions)
MAX_BYTES = 4096
"""Bytes of steps, two thousand usual commits: hours of sending every 5 s without a pause."""


class Trail(Struct, array_like=True):
    """Positions in the order of their commits."""

    steps: bytes = b""
    """LEB128 numbers: how far the position went on from commit to commit."""
    position: int = 0
    """The last one."""
    at: int = 0
    """When the last commit was made, ms since 1970."""

    def is_over(self, now: int) -> bool:
        """
        Say whether the state that is made of these commits ends, and a new one begins.

        After an hour without an event, or with more commits than are noted: one rule
        for the state in memory and for what a restart can rebuild.
        """
        return (self.at > 0 and now - self.at > STATE_LIFE) or len(self.steps) > MAX_BYTES

    def add(self, position: int, now: int) -> None:
        """Note the commit at *position*, made at *now*, ms since 1970."""
        self.at = max(self.at, now)
        if position > self.position:
            self.steps += _leb128(position - self.position)
            self.position = position

    def __iter__(self) -> Iterator[int]:
        """Yield the position of each commit, the oldest first."""
        position = 0
        for step in _numbers(self.steps):
            position += step
            yield position


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
