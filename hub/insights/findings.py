"""Places that hurt: pages by their friction, and places where trouble is more frequent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ai.excess import Cell, Excess, Standing, excesses
from ai.faithful import trusted
from ai.rules import Finding, Place, find, shareable
from ai.surplus import Surplus, against, surplus
from ai.trend import trend
from ai.words import numbers, told
from hub.api.shapes import Pattern
from hub.disclosure.cells import Cell as Shown
from hub.disclosure.estimate import Sums, shrink
from hub.disclosure.evidence import evidence
from hub.disclosure.hotspots import By, shown_places
from hub.disclosure.rates import KINDS, Rate, rates
from hub.disclosure.room import Room, Survey
from hub.insights.draft import Draft, numbers_of

PATTERNS = 5
"""Patterns named as the evidence of one insight."""
MOST = 10
"""Places with more trouble than elsewhere at one time."""
SESSIONS_WITH = "sessions with a "


@dataclass(slots=True)
class Places:
    """The places of one project. *hold*: ms for which an excess stands before it is told."""

    hold: int
    standing: Standing = field(init=False)

    def __post_init__(self) -> None:
        """Begin with nothing that stands."""
        self.standing = Standing(self.hold)

    def resume(self, standing: Sequence[tuple[str, Sequence[str], int]]) -> None:
        """Go on with what :meth:`stands` gave, after a restart."""
        self.standing.since = {(kind, tuple(place)): since for kind, place, since in standing}

    def stands(self) -> list[tuple[str, list[str], int]]:
        """Return (kind, place, since when) of all that stands, as plain data."""
        return [(kind, [*place], since) for (kind, place), since in self.standing.since.items()]

    def drafts(
        self, room: Room, survey: Survey, earlier: Survey, *, least: int, now: int
    ) -> list[Draft]:
        """Return pages with friction, weightiest first, then excesses, surest first."""
        found = _findings(room, survey, earlier)
        surplus_ = self._surpluses(room, survey, earlier, least, now)
        patterns = evidence(room, survey.scope).rows if found else []
        pages = [_page(one, patterns, surplus_) for one in found]
        said = {_about(one) for draft, same in pages for one in same}
        own = [_place(one) for one in surplus_ if _about(one) not in said]
        return [*(draft for draft, _ in pages), *own]

    def _surpluses(
        self, room: Room, survey: Survey, earlier: Survey, least: int, now: int
    ) -> list[Surplus]:
        found: list[Excess] = []
        past: dict[tuple[str, ...], Rate] = {}
        names: dict[tuple[str, ...], str] = {}
        for by in ("element", "cohort"):
            seen = rates(room, survey, by)
            names.update({one.place: one.name for one in seen})
            found += excesses(_cells(seen), least=least)
            past.update({one.place: one for one in rates(room, earlier, by)})
        standing = self.standing.told(found, now)
        k = survey.k
        open_ = [one for one in standing if shareable(one.cell.hit, one.cell.exposed, k)]
        return [_surplus(one, past.get(one.cell.place), names, k) for one in open_][:MOST]


def _cells(seen: Sequence[Rate]) -> list[Cell]:
    """Return a cell for each place and each kind of trouble that is on the site at all."""
    kinds = [kind for kind in KINDS if any(one.hit.get(kind) for one in seen)]
    return [
        Cell(one.place, kind, one.hit.get(kind, 0), one.sessions) for one in seen for kind in kinds
    ]


def _surplus(
    excess: Excess, past: Rate | None, names: Mapping[tuple[str, ...], str], k: int
) -> Surplus:
    cell = excess.cell
    hit = past.hit.get(cell.kind, 0) if past else 0
    known = past is not None and (hit == 0 or shareable(hit, past.sessions, k))
    before = (hit, past.sessions) if past and known else (0, 0)
    way = trend(cell.hit, cell.exposed, *before)
    return Surplus(excess, way, before, names.get(cell.place, ""))


def _findings(room: Room, survey: Survey, earlier: Survey) -> list[Finding]:
    pages, mean = _places(room, survey, "page")
    before, _ = _places(room, earlier, "page")
    elements, _ = _places(room, survey, "element")
    return find(pages, before, elements, mean=mean, least=survey.k)


def _places(room: Room, survey: Survey, by: By) -> tuple[list[Place], float]:
    cells, _, _ = shown_places(room, survey, by)
    sums = [Sums(c.sessions, c.figures["total"], c.figures["squares"]) for c in cells]
    mean, scores = shrink(sums)
    places = [_of_cell(c, score.value) for c, score in zip(cells, scores, strict=True)]
    return places, mean or 0.0


def _of_cell(cell: Shown, score: float) -> Place:
    figures = cell.figures
    return Place(
        page=figures["page"],
        target=figures["target"],
        name=figures["name"],
        sessions=cell.sessions,
        score=score,
        signals=figures["signals"],
        affected=figures["affected"],
        contributions=figures["contributions"],
        reactions=figures["reactions"],
    )


def _page(
    finding: Finding, patterns: Sequence[Pattern], surpluses: Sequence[Surplus]
) -> tuple[Draft, Sequence[Surplus]]:
    """Return a page's draft, and the excess that it tells of beside its own figures."""
    rules, rows = told(finding)
    same = [
        one
        for one in surpluses
        if one.excess.cell.kind == finding.signal and one.excess.cell.place[0] == finding.page
    ]
    beside = [one for one in same if len(one.excess.cell.place) == 2][:1]
    for one in beside:
        more, more_rows = against(rules, rows, one)
        if kept := trusted(more, more_rows):
            rules, rows = kept, more_rows
    shared = [p.id for p in patterns if p.page == finding.page and _shows(p, finding.signal)]
    draft = Draft(
        kind="page",
        about=(finding.page, finding.signal),
        rules=rules,
        rows=rows,
        sessions=finding.affected,
        trend=finding.trend,
        pages=(finding.page,),
        numbers=numbers(finding),
        signal=finding.signal,
        element=finding.element,
        evidence=tuple(shared[:PATTERNS]),
        related=tuple(_about(one) for one in same if one not in beside),
    )
    return draft, beside


def _about(found: Surplus) -> tuple[str, ...]:
    cell = found.excess.cell
    return ("more", *cell.place, cell.kind)


def _place(found: Surplus) -> Draft:
    cell = found.excess.cell
    rules, rows = surplus(found)
    kept = trusted(rules, rows)
    if kept is None:  # a name that cannot be shown safely
        kept, rows = surplus(found, named=False)
    label = f"{SESSIONS_WITH}{cell.kind.replace('_', ' ')}"
    return Draft(
        kind="element" if len(cell.place) == 2 else "cohort",
        about=_about(found),
        rules=kept,
        rows=rows,
        sessions=cell.hit,
        trend=found.trend,
        pages=(cell.place[0],),
        numbers=((label, float(cell.hit), "sessions"), *numbers_of(kept)),
        signal=cell.kind,
        element=found.name,
    )


def _shows(pattern: Pattern, signal: str) -> bool:
    return any(step.what == signal for step in pattern.steps)
