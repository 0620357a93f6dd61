"""The hub's answer: what it holds of an edge, and what it lacks."""

from typing import Annotated

from msgspec import Meta, Struct

from edge.protocol.bundle.form import Root
from edge.protocol.frames import Cursor, Errand, Lane, Natural, Node, Seq, Text


class Refused(Struct, frozen=True, array_like=True):
    """Numbers that the hub took as a gap, and why."""

    lo: Seq
    hi: Seq
    why: Text


class Held(Struct, frozen=True, array_like=True):
    """How far the hub holds one lane of one epoch. As absolute as an acknowledgement."""

    epoch: Natural
    cursor: Cursor
    refused: list[Refused] = []
    """The newest entries that could not be used: the edge puts them aside."""
    same: Natural = 0
    """Where a file showed that the edge's history forked: up to here both ends hold the same."""


class Came(Struct, frozen=True, array_like=True):
    """A file that the hub took in."""

    run: Text
    no: Seq
    root: Root


class Missing(Struct, frozen=True, array_like=True):
    """Numbers that the hub has not, though later ones came."""

    run: Text
    """The export, empty where no file is known to hold them."""
    no: Natural
    """The file of that export, 0 where none is known."""
    epoch: Natural
    lane: Lane
    lo: Seq
    hi: Seq


class Receipt(Struct, frozen=True, kw_only=True):
    """The first record of a ``.fbr``; the records behind it are signed control, each opaque."""

    node: Node
    made: Natural
    """
    ms since 1970 by the hub's clock: of two receipts the newer says what the hub lacks.

    Always past what the edge's file had heard: a clock that was put back makes no receipt old.
    """
    held: Annotated[list[Held], Meta(max_length=100_000)]
    files: list[Came] = []
    """Of the newest export."""
    missing: list[Missing] = []
    errands: Annotated[list[Errand], Meta(max_length=64)] = []
    """Sessions that this edge is to erase."""
    holds: Natural | None = None
    """Revision of control that the edge's file said it has; None from an older hub."""
