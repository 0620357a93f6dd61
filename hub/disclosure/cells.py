"""
Which cells of a list are hidden, and why.

A cell is hidden when fewer than k sessions are behind it; when it is so large that the
rest of the list would be fewer than k (the total minus the cell tells of them); and,
where the cells divide the total, when the hidden ones together are fewer than k: then
the smallest of the others goes with them (privacy-and-security.md 5; row P7).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from hub.api.shapes import HiddenReason


@dataclass(frozen=True, slots=True)
class Cell:
    """One row of an answer before it is decided whether it may be shown."""

    key: str
    sessions: int
    """Distinct verified sessions behind it."""
    figures: dict[str, Any] = field(default_factory=dict)
    """All that the answer would say of it; plain JSON data."""


Union = Callable[[Sequence[str]], int]
"""Keys of cells → how many distinct sessions are behind them together."""


def suppress(
    cells: Sequence[Cell], total: int, k: int, *, together: Union | None = None
) -> dict[str, HiddenReason]:
    """
    Return the keys of the hidden cells with their reasons.

    *total* is the number of sessions in the whole list; *together* is given where the
    cells' figures add up to those of the total.
    """
    hidden: dict[str, HiddenReason] = {}
    for cell in cells:
        if cell.sessions < k:
            hidden[cell.key] = "few"
        elif 0 < total - cell.sessions < k:
            hidden[cell.key] = "complement"
    if together is not None:
        _hide_rest(cells, k, hidden, together)
    return hidden


def _hide_rest(
    cells: Sequence[Cell], k: int, hidden: dict[str, HiddenReason], together: Union
) -> None:
    shown = sorted(
        (cell for cell in cells if cell.key not in hidden),
        key=lambda cell: (cell.sessions, cell.key),
    )
    while hidden and shown and 0 < together([*hidden]) < k:
        hidden[shown.pop(0).key] = "complement"


def summed(cells: Sequence[Cell]) -> Union:
    """Return how to count sessions where every session is in one cell only."""
    sessions = {cell.key: cell.sessions for cell in cells}
    return lambda keys: sum(sessions[key] for key in keys)
