"""Hotspots: pages or elements, most friction first, hidden ones last."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Literal

from hub.api import shapes
from hub.api.shapes import HiddenReason
from hub.disclosure.cells import Cell
from hub.disclosure.estimate import Sums, shrink
from hub.disclosure.precision import Precision, all_of, measured
from hub.disclosure.room import Room, Survey
from hub.projections.hotspots import Found, known_pages, places
from hub.projections.scope import Scope
from hub.projections.weighted import weigh

By = Literal["page", "element"]


def hotspots(room: Room, scope: Scope, by: By) -> shapes.Hotspots:
    """Answer ``GET /api/hotspots``. Scores are made of shown cells alone."""
    survey = room.survey(scope)
    precision = measured(room, survey)
    shown, rows, beyond = shown_places(room, survey, by, precision)
    mean, scores = shrink([_sums(cell) for cell in shown])
    ranked = [_row(cell, score, precision) for cell, score in zip(shown, scores, strict=True)]
    ranked.sort(key=_rank)
    return shapes.Hotspots(
        scope=survey.said,
        by=by,
        mean=mean,
        rows=[*ranked, *rows],
        hidden=beyond,
        detectors=precision.of_detectors(),  # type: ignore[arg-type]
    )


def shown_places(
    room: Room, survey: Survey, by: By, precision: Precision | None = None
) -> tuple[list[Cell], list[shapes.Hotspot], int]:
    """
    Return shown cells, hidden rows that may be named, and how many are hidden in all.

    Signals weigh what *precision* says of them; it is measured unless given.
    """
    elements = by == "element"
    weights = (precision or measured(room, survey)).weights
    found, left_out = places(room.reader, survey.scope, elements=elements)
    plain = [place.total for place in found]
    weigh(room.reader, survey.scope, found, weights, elements=elements)
    cells = [_cell(place, before) for place, before in zip(found, plain, strict=True)]
    shown, hidden = room.show(survey, f"hotspots:{by}", cells)
    named = _hidden_rows(room, survey, cells, hidden)
    return shown, named, len(hidden) + left_out


def _cell(place: Found, plain: float) -> Cell:
    figures = {**asdict(place), "plain": plain}
    return Cell(f"{place.page}\x1f{place.target}", place.sessions, figures)


def _sums(cell: Cell) -> Sums:
    return Sums(cell.sessions, cell.figures["total"], cell.figures["squares"])


def _row(cell: Cell, score: shapes.Interval, precision: Precision) -> shapes.Hotspot:
    figures: dict[str, Any] = cell.figures
    count = cell.sessions
    target = figures["target"] or None
    parts = precision.at(figures["page"], target)
    # What was shown before there were verdicts had no weights.
    plain = figures.get("plain", figures["total"])
    return shapes.Hotspot(
        page=figures["page"],
        target=target,
        name=figures["name"] or None,
        sessions=count,
        score=score,
        session_score=round(plain / count, 6),
        signals=dict(sorted(figures["signals"].items())),
        contributions={
            signal: round(total / count, 6)
            for signal, total in sorted(figures["contributions"].items())
        },
        reactions=dict(sorted(figures["reactions"].items())),
        precision=all_of(parts),
        precisions=parts,  # type: ignore[arg-type]
    )


def _rank(row: shapes.Hotspot) -> tuple[float, int, str, str]:
    value = row.score.value if row.score else 0.0
    return (-value, -(row.sessions or 0), row.page, row.target or "")


def _hidden_rows(
    room: Room, survey: Survey, cells: Sequence[Cell], hidden: dict[str, HiddenReason]
) -> list[shapes.Hotspot]:
    """Name only pages that k sessions have seen at some time: others could be one person's."""
    if not hidden or survey.hidden is not None:
        return []
    known = known_pages(room.reader, survey.project.id, survey.k)
    return sorted(
        (
            shapes.Hotspot(page=cell.figures["page"], hidden=hidden[cell.key])
            for cell in cells
            if cell.key in hidden and not cell.figures["target"] and cell.figures["page"] in known
        ),
        key=lambda row: row.page,
    )
