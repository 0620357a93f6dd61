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
    book = ProjectBook.open(edge)
    project = book.get(PROJECT)
    if project is None:
        project = make(PROJECT, name="Alpenhaus", origins=[shop_url], demo=True)
        book.add(project)
    elif shop_url not in project.origins:
        project = book.allow(PROJECT, shop_url)
    hub_book = ProjectBook.open(hub)
    if hub_book.get(PROJECT) is None:
        hub_book.add(project)
    return project
