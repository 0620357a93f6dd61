"""
What the real widget says of a clicked element: the words that tests of the presets take
for granted, element by element, by a real click in Chromium.
"""

from collections.abc import Mapping

import pytest

from edge.detect.peers.common import path_of
from tests.e2e.conformance_page import Case
from tests.e2e.test_conformance import Stored, clicks_of, play_all
from tests.edge.detect.cases import Page
from tests.edge.detect.test_published_targets import TARGETS

pytestmark = pytest.mark.e2e

ROOTS = ("html", "body")
STAY = (
    "addEventListener('click', (event) => event.target.closest('label') || event.preventDefault())"
)
"""No link leads away and no native surface opens: only what is clicked matters here."""
CASES: list[Case] = [
    {
        "id": f"target-{place}",
        "name": name,
        "profile": "field",
        "elements": elements,
        "events": [{"t": 0, "type": "click", "x": 50, "y": 50, "el": "t"}],
    }
    for place, (name, elements, _) in enumerate(TARGETS)
    if elements["t"]["tag"] not in ROOTS
]


@pytest.fixture(scope="module")
def clicked(chromium, tmp_path_factory) -> Mapping[str, Stored]:
    """All cases, by id, as they are on the edge's disk after their click."""
    return play_all(chromium, tmp_path_factory.mktemp("targets"), CASES, script=STAY)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_an_element_is_told_as_the_presets_take_for_granted(clicked, case):
    """Its kind, and tag, type and role of it and of what it lies in."""
    [click] = [event.payload for event in clicks_of(clicked[case["id"]])]
    target, kind = Page(case).target("t")
    assert click.kind == kind
    expected = path_of(type(click)(target=target))
    assert path_of(click)[: len(expected)] == expected
