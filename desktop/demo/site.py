"""What the demo makes on its first start and keeps: keys of both ends, and the shop's project."""

from pathlib import Path

from edge import keys
from edge.projects import Project, ProjectBook, make

PROJECT = "shop"


def prepare(data: Path, *, shop_url: str) -> Project:
    """
    Make what is missing in *data* and return the shop's project.

    The project is a demo for good: only so it may be shown with k = 1, and only
    this pair's edge may feed it (house plan, decision 12).
    """
    edge, hub = data / "edge", data / "hub"
    keys.pair_demo(edge, hub)
    hub_book, edge_book = ProjectBook.open(hub), ProjectBook.open(edge)
    project = hub_book.get(PROJECT) or edge_book.get(PROJECT)
    if project is None:
        project = make(PROJECT, name="Alpenhaus", origins=[shop_url], demo=True)
    if hub_book.get(PROJECT) is None:
        hub_book.add(project)
    if shop_url not in project.origins:
        project = hub_book.allow(PROJECT, shop_url)
    _tell(edge_book, project, shop_url)
    return project


def _tell(book: ProjectBook, project: Project, shop_url: str) -> None:
    """Let the edge know of the project before the hub tells it; what it told is left to it."""
    if book.get(PROJECT) is None:
        book.add(project)
    elif not book.is_told(PROJECT) and shop_url not in book.known(PROJECT).origins:
        book.allow(PROJECT, shop_url)
