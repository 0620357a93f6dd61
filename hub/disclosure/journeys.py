"""Journeys: pages and the ways between them."""

from hub.api import shapes
from hub.disclosure.cells import Cell
from hub.disclosure.hotspots import shown_places
from hub.disclosure.room import Room
from hub.projections import journeys as projection
from hub.projections.scope import Scope


def journeys(room: Room, scope: Scope) -> shapes.Journeys:
    """Answer ``GET /api/journeys``: a way is shown between shown pages only."""
    survey = room.survey(scope)
    around = room.survey(scope.without("page")) if scope.page is not None else survey
    pages, hidden_pages, beyond = shown_places(room, around, "page")
    known = {cell.figures["page"] for cell in pages}
    found, left_out = projection.links(room.reader, survey.scope)
    cells = [Cell(f"{w.source}\x1f{w.target}\x1f{w.back:d}", w.sessions) for w in found]
    shown, hidden = room.show(survey, "journeys", cells, total=around.sessions)
    links = [link for link in map(_link, shown) if {link.source, link.target} <= known]
    ends = {page for link in links for page in (link.source, link.target)}
    nodes = [_node(cell) for cell in pages if scope.page is None or cell.figures["page"] in ends]
    if scope.page is None:
        nodes += [shapes.JourneyNode(page=row.page, hidden=row.hidden) for row in hidden_pages]
    unlinked = len(shown) - len(links)
    return shapes.Journeys(
        scope=survey.said,
        nodes=sorted(nodes, key=lambda node: (-(node.sessions or 0), node.page)),
        links=links,
        hidden=len(hidden) + left_out + unlinked + (beyond if scope.page is None else 0),
    )


def _node(cell: Cell) -> shapes.JourneyNode:
    return shapes.JourneyNode(
        page=cell.figures["page"],
        sessions=cell.sessions,
        score=round(cell.figures["total"] / cell.sessions, 6),
    )


def _link(cell: Cell) -> shapes.JourneyLink:
    source, target, back = cell.key.split("\x1f")
    return shapes.JourneyLink(
        source=source, target=target, sessions=cell.sessions, back=back == "1"
    )
