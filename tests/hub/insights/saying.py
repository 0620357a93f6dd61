"""What the tests of insights share: visits that write, and the insights about comments."""

from collections.abc import Callable
from typing import Any

from edge.projects import Project
from tests.ai.texts import labelled
from tests.hub.hubkit import DEMO_NODE, REAL_NODE, SHOP, HubKit, Visit

K = 10
OTHERS = {
    label: text
    for text, label in zip(*labelled("flowback_synth_v0"), strict=True)
    if label not in ("save_button_dead", "pdf_export_blank", "_noise")
}
ODD = [*OTHERS.values()][:9]
"""Comments about nine things: too few to be a group, and what the groups stand out from."""

ENDS = ("", " at all", " on my phone", " today")
DEAD = [f"Nothing happens when I press the save button of the form{end}" for end in ENDS]
BLANK = [f"I only get blank pages from the PDF export of my list{end}" for end in ENDS]


def wrote(
    name: str, text: str, page: str = "/save", project: str = SHOP, *, at: float = 0, **more: Any
) -> Visit:
    """Return a visit that comments on *page*."""
    visit = Visit(name, project, at=at, **more).consent(0).nav(page, 1)
    return visit.tap("confused", 2, comment=text)


def tell(kit: HubKit, *visits: Visit, project: str = SHOP) -> None:
    """Tell *visits* by the edge that may."""
    kit.tell(*visits, node=REAL_NODE if project == SHOP else DEMO_NODE)


def odd(count: int = 9, project: str = SHOP) -> list[Visit]:
    """Return visits that write about something else each."""
    return [wrote(f"odd{n}", ODD[n], "/odd", project) for n in range(count)]


def dead(count: int, start: int = 0) -> list[Visit]:
    """Return *count* visits that all write about one issue, each in words of its own."""
    return [wrote(f"dead{n}", DEAD[n % len(DEAD)]) for n in range(start, start + count)]


def blank(count: int) -> list[Visit]:
    """Return *count* visits that write about another."""
    return [wrote(f"blank{n}", BLANK[n % len(BLANK)], "/export") for n in range(count)]


def project(kit: HubKit, name: str = SHOP) -> Project:
    """Return a project."""
    found = kit.book.get(name)
    assert found is not None
    return found


def insights(kit: HubKit, name: str = SHOP, **asked: Any) -> dict[str, Any]:
    """Return the API's answer."""
    query = {"projectId": name, **asked}
    answer: dict[str, Any] = kit.client().get("/api/insights", params=query).json()
    return answer


def run(kit: HubKit, name: str = SHOP, kind: str = "comments") -> list[dict[str, Any]]:
    """Run the agent; return the insights of a kind."""
    kit.hub.insight.run(project(kit, name))
    return [row for row in insights(kit, name)["rows"] if row["kind"] == kind]


def reopen(kit: HubKit, before: Callable[[], object] = lambda: None) -> None:
    """Stop the hub, do *before*, open it again over the same files."""
    kit.hub.stop()
    before()
    kit.hub = kit.make_hub()
    kit.apply()
