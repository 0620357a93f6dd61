"""
A simulated truth: visits with known friction and known detectors, through the real hub.

What the API answers must recover it: the ranking of pages, the share of 95 % intervals that
hold the truth (between 92 and 98 %, over hundreds of them), the precision of detectors.
"""

import math
from collections.abc import Iterable
from itertools import islice, product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.hub.hubkit import DEMO, HubKit, Visit

PAGES = [f"/page-{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(80)]
DEVICES = {"desktop": 0.7, "phone": 1.3, "tablet": 1.0}
COHORTS = {"new": 1.25, "known": 0.75}
"""What a device, a cohort multiplies a page's chance of a rage click by."""
ONE = 1 - math.exp(-0.5)
"""The score of a session with one rage click on a page."""
VISITS, EACH = 1_800, 8
"""Sessions, and pages that each of them sees."""


class World:
    """Visits whose chances are known, told to a hub."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.kit = HubKit(folder)
        self.chance = np.random.default_rng(seed)
        self.rage = dict(zip(PAGES, self.chance.beta(1.2, 4.0, len(PAGES)) * 0.6, strict=True))
        """Page → chance that a visit of it ends in a rage click, before device and cohort."""

    def truth(self, page: str, device: str, cohort: str) -> float:
        """Return the mean score of a page's sessions of one device and cohort."""
        return self.rage[page] * DEVICES[device] * COHORTS[cohort] * ONE

    def visit(self, number: int) -> Visit:
        """Return one visit of some pages."""
        device = str(self.chance.choice([*DEVICES]))
        cohort = str(self.chance.choice([*COHORTS]))
        visit = Visit(f"truth-{number:05}", device=device, cohort=cohort).consent(0)
        for at, page in enumerate(self.chance.choice(PAGES, EACH, replace=False), 1):
            visit.nav(str(page), at * 10)
            if self.chance.random() < self.truth(str(page), device, cohort) / ONE:
                visit.signal("rage_click", at * 10 + 5, "button.buy", count=3)
        return visit

    def tell(self, visits: Iterable[Visit]) -> None:
        """Let the hub hear them."""
        rest = iter(visits)
        while some := [*islice(rest, 300)]:
            self.kit.tell(*some)

    def rows(self, by: str = "page", **scope: str) -> dict[str, Any]:
        """Return the rows of a scope by their pages, in order, over all pages of the list."""
        client, found, cursor = self.kit.client(), {}, None
        while True:
            asked = {"projectId": DEMO, "by": by, "limit": 500, **scope}
            answer = client.get(
                "/api/hotspots", params=asked | ({"cursor": cursor} if cursor else {})
            )
            found |= {row["page"]: row for row in answer.json()["rows"]}
            if (cursor := answer.json()["next"]) is None:
                return found


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A world of 1,800 sessions, told once for the tests of this file."""
    world = World(tmp_path_factory.mktemp("truth"), seed=1)
    world.tell(world.visit(number) for number in range(VISITS))
    yield world
    world.kit.close()


def test_the_intervals_of_pages_hold_the_truth_by_device_and_cohort(world: World) -> None:
    """480 intervals, of 80 pages in 6 scopes of about 30 sessions a page."""
    held = count = 0
    for device, cohort in product(DEVICES, COHORTS):
        rows = world.rows(device=device, cohort=cohort)
        assert rows.keys() == set(PAGES)
        for page, row in rows.items():
            held += row["score"]["low"] <= world.truth(page, device, cohort) <= row["score"]["high"]
            count += 1
    assert count == 480
    assert 0.92 <= held / count <= 0.98


def test_the_ranking_of_pages_is_that_of_the_truth(world: World) -> None:
    """By Spearman's rank correlation, and the worst pages are found among the worst."""
    rows = list(world.rows())
    truth = sorted(PAGES, key=lambda page: -world.rage[page])
    places = {page: place for place, page in enumerate(truth)}
    apart = sum((place - places[page]) ** 2 for place, page in enumerate(rows))
    count = len(rows)
    assert 1 - 6 * apart / (count * (count**2 - 1)) > 0.9
    assert len({*rows[:10]} & {*truth[:10]}) >= 7
    assert rows[0] in truth[:4]


def test_phones_and_new_visitors_hurt_as_much_more_as_they_do(world: World) -> None:
    """The ratio between scopes, over all pages, is the one that was put in."""

    def mean(**scope: str) -> float:
        rows = world.rows(**scope).values()
        sessions = sum(row["sessions"] for row in rows)
        return sum(row["sessionScore"] * row["sessions"] for row in rows) / sessions

    ratio = DEVICES["phone"] / DEVICES["desktop"]
    assert mean(device="phone") / mean(device="desktop") == pytest.approx(ratio, rel=0.15)
    ratio = COHORTS["new"] / COHORTS["known"]
    assert mean(cohort="new") / mean(cohort="known") == pytest.approx(ratio, rel=0.15)


def test_precision_recovers_how_often_a_detector_was_right(tmp_path: Path) -> None:
    """
    Taps on elements whose detector is right at a known rate: Wilson's intervals hold it, and
    of two elements that rage alike the one where it is real ranks above the other.
    """
    world = World(tmp_path, seed=2)
    right = dict(zip(PAGES, world.chance.uniform(0.05, 0.95, len(PAGES)), strict=True))
    visits = []
    for number in range(1_000):
        visit = Visit(f"verdict-{number:05}").consent(0)
        for at, page in enumerate(map(str, world.chance.choice(PAGES, 4, replace=False)), 1):
            visit.nav(page, at * 10).signal("rage_click", at * 10 + 2, "button.buy", count=3)
            real = world.chance.random() < right[page]
            visit.tap("thumbs_down" if real else "thumbs_up", at * 10 + 5, "button.buy")
        visits.append(visit)
    world.tell(visits)
    rows = world.rows("element")
    held = 0
    for page, row in rows.items():
        found = row["precisions"]["rage_click"]
        assert found["verdicts"] == row["sessions"]
        held += found["low"] <= right[page] <= found["high"]
    assert len(rows) == 80
    assert 0.92 <= held / len(rows) <= 0.98
    weights = [row["precisions"]["rage_click"]["weight"] for row in rows.values()]
    assert np.corrcoef(weights, [right[page] for page in rows])[0, 1] > 0.95
    assert np.mean([right[page] for page in [*rows][:20]]) > 0.7
    assert np.mean([right[page] for page in [*rows][-20:]]) < 0.3
    world.kit.close()
