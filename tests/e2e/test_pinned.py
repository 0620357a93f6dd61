"""The tag of `flowback site snippet` in real browsers: what it pins is run, all else is not."""

import re

from edge.commands.site import snippet_of
from edge.projects import make
from tests.e2e.visit import BANNER, PROJECT, YES

TOLD = "document.title"


def pasted(visit, told=""):
    """Return the tag for the visit's site; *told* becomes the page's title where it is refused."""
    project = make(PROJECT, origins=[visit.site.url], key=visit.edge.key)
    tag = snippet_of(project, visit.gate.url)
    return tag.replace(" async>", f" onerror=\"{TOLD}='{told}'\" async>")


def test_the_pasted_tag_runs_and_sends(visit):
    """The browser checks the bytes against the integrity, and the visitor is asked."""
    tab = visit.open(widget=pasted(visit))
    tab.click(YES)
    visit.wait(lambda: "granted" in visit.choices, "the grant")
    got = {asked.path for asked in visit.gate.asked if asked.method == "GET"}
    assert any(re.fullmatch(r"/v/[0-9a-f]{16}/flowback\.js", path) for path in got)


def test_other_bytes_than_the_pinned_ones_are_not_run(visit):
    """Whoever changed the script on its way changed nothing in the page."""
    tag = pasted(visit, told="refused")
    forged = re.sub(r"sha384-(.)", lambda found: f"sha384-{'B' if found[1] == 'A' else 'A'}", tag)
    tab = visit.open(widget=forged)
    tab.wait(f"{TOLD} === 'refused'")
    assert not tab.has(BANNER)
