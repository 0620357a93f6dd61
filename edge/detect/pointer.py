"""
Tracks of the pointer, for definitions that need more than a ``pointer`` row says.

A row carries the outcome only (changes of direction, length); where a product's
definition is to be checked on moves, these are its words.
"""

from collections.abc import Iterable, Iterator
from typing import Literal

from msgspec import Struct


class Move(Struct, frozen=True, array_like=True):
    """Where the pointer was, in ms and CSS pixels."""

    at: float
    x: float
    y: float


class Change(Struct, frozen=True, array_like=True):
    """A change of direction on one axis."""

    at: float
    axis: Literal["x", "y"]


class Shake(Struct, frozen=True, array_like=True):
    """A burst of changes: when it began, how many there were, how long it took in ms."""

    at: float
    changes: int
    duration: float


def direction_changes(moves: Iterable[Move]) -> Iterator[Change]:
    """Yield each turn of the pointer; a rest on an axis is no turn."""
    last: Move | None = None
    going = {"x": 0, "y": 0}
    for move in moves:
        if last is not None:
            steps: tuple[tuple[Literal["x", "y"], float], ...] = (
                ("x", move.x - last.x),
                ("y", move.y - last.y),
            )
            for axis, step in steps:
                sign = (step > 0) - (step < 0)
                if sign and going[axis] == -sign:
                    yield Change(move.at, axis)
                going[axis] = sign or going[axis]
        last = move
