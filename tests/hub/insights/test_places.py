"""Places where trouble is more frequent than elsewhere, with their rates and the site's."""

from typing import Any

import pytest

from hub.agents import insight as agent_module
from hub.insights.findings import Places
from tests.hub.hubkit import DEMO, SHOP, HubKit, Visit, quiet
from tests.hub.insights.saying import DEAD, K, insights, odd, project, run, tell

HOUR = 3_600_000


def met(name: str, elements: dict[str, str | None], page: str = "/form", **more: Any) -> Visit:
    """Return a visit that meets *elements*, each with its trouble or none."""
    visit = Visit(name, more.pop("project", SHOP), **more).consent(0).nav(page, 1)
    for at, (target, trouble) in enumerate(elements.items(), 2):
        visit.click(target, at, target)
        if trouble:
            visit.signal(trouble, at, target, name=target)
    return visit


def shop_day(**more: Any) -> list[Visit]:
    """Thirty of sixty rage at Save on /form; nobody elsewhere; all meet three elements."""
    return [
        met(
            f"s{n}",
            {"Save": "rage_click" if n % 2 else None, "Back": None, "Next": "hesitation"},
            **more,
        )
        for n in range(60)
    ] + [met(f"o{n}", {"Search": None}, "/list", **more) for n in range(60)]


def test_an_element_is_told_with_its_rate_and_that_of_the_site(
    kit: HubKit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """30 of 60, with Wilson's interval; the page's insight names it, and the site's rate."""
    monkeypatch.setattr(agent_module, "HOLD", 0)
    tell(kit, *shop_day())
    (page,) = run(kit, kind="page")
    assert page["title"] == "Hesitations on /form"
    (found,) = [row for row in run(kit, kind="element") if "Save" in row["title"]]
    assert found["title"] == "More rage clicks at Save on /form"
    assert "30 of 60 (50 %) sessions had rage clicks at Save on /form" in found["description"]
    assert "with an interval from 38 % to 62 %" in found["description"]
    assert "elsewhere on the site it is 0 %" in found["description"]
    assert (found["sessions"], found["level"], found["quote"]) == (30, None, None)
    why = kit.client().get(f"/api/insights/{found['id']}/explanation?projectId=shop").json()
    assert all(fact["holds"] for fact in why["facts"])
    assert why["problems"] == []


def test_an_excess_is_told_once_it_has_stood_for_an_hour_and_over_a_restart(kit: HubKit) -> None:
    """Chance crosses the line now and then; what is so stays so."""
    tell(kit, *shop_day())
    assert run(kit, kind="element") == []
    kit.now += HOUR // 2
    assert run(kit, kind="element") == []
    kit.hub.stop()
    kit.hub = kit.make_hub()
    kit.now += HOUR // 2
    assert run(kit, kind="element") != []


def test_a_cohort_on_a_device_is_a_place_too(kit: HubKit, monkeypatch: pytest.MonkeyPatch) -> None:
    """New visitors on phones have dead clicks where nobody else has."""
    monkeypatch.setattr(agent_module, "HOLD", 0)
    for cohort, device, trouble in (
        ("new", "phone", "dead_click"),
        ("old", "phone", None),
        ("new", "desktop", None),
    ):
        tell(
            kit,
            *(
                met(f"{cohort}-{device}-{n}", {"a": trouble}, cohort=cohort, device=device)
                for n in range(20)
            ),
        )
    (found,) = run(kit, kind="cohort")
    assert found["title"] == "More dead clicks on /form for new on phone"
    assert "20 of 20 (100 %) sessions" in found["description"]
    assert "elsewhere on the site it is 0 %" in found["description"]


def test_unhappy_taps_are_trouble_too_and_five_sessions_are_enough_in_a_demo(kit: HubKit) -> None:
    """Nothing is told of four."""

    def tapped(n: int) -> Visit:
        return met(f"t{n}", {"Price": None}, project=DEMO).tap("thumbs_down", 9, "Price")

    def taps() -> list[dict]:
        return [row for row in run(kit, DEMO, kind="element") if "bad taps" in row["title"]]

    others = [met(f"s{n}", {"Save": None, "Back": None}, project=DEMO) for n in range(40)]
    tell(kit, *others, *(tapped(n) for n in range(4)), project=DEMO)
    assert taps() == []
    tell(kit, tapped(4), project=DEMO)
    (found,) = taps()
    assert found["title"] == "More bad taps at Price on /form"
    assert found["sessions"] == 5


def test_the_rest_of_a_place_is_k_sessions_too(
    kit: HubKit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """59 of 60 would tell of the one that had no trouble."""
    monkeypatch.setattr(agent_module, "HOLD", 0)
    visits = [met(f"s{n}", {"Save": "rage_click" if n else None}) for n in range(60)]
    tell(kit, *visits, *(met(f"o{n}", {"Search": None}, "/list") for n in range(60)))
    run(kit)
    assert "59" not in str(insights(kit)["rows"])


def test_comments_of_the_page_and_its_sessions_stand_beside_its_trouble(kit: HubKit) -> None:
    """How many wrote there, how many of them had it too; and each names the other."""
    visits = []
    for n in range(40):
        visit = met(f"s{n}", {"Save": "rage_click" if n < 20 else None})
        if n < 3 * K:
            visit.tap("confused", 9, comment=DEAD[n % 4])
        visits.append(visit)
    tell(kit, *visits, *odd(), *(quiet(f"q{n}") for n in range(K)))
    (page,) = run(kit, kind="page")
    (words,) = run(kit)
    said = "Sessions that wrote comments alike here: 30; of these with the same trouble: 20."
    assert said in page["description"]
    assert page["related"] == [words["id"]]


@pytest.mark.parametrize(("page", "kind"), [("/checkout", "checkout"), ("/pay", "payment")])
def test_each_has_its_type_of_friction(kit: HubKit, page: str, kind: str) -> None:
    """By the words of its place."""
    tell(kit, *(met(f"s{n}", {"Go": "rage_click"}, page) for n in range(K)))
    (found,) = run(kit, kind="page")
    assert found["friction"] == kind


def test_a_project_adds_types_of_its_own(kit: HubKit) -> None:
    """By a file that the hub's setting names; they come first."""
    file = kit.folder / "types.toml"
    file.write_text('[types.shop]\nreturns = ["form", "return*"]\n')
    kit.hub.stop()
    kit.hub = kit.make_hub(friction_types=str(file))
    tell(kit, *(met(f"s{n}", {"Go": "rage_click"}) for n in range(K)))
    (found,) = run(kit, kind="page")
    assert found["friction"] == "returns"


def test_places_go_on_where_they_were(kit: HubKit) -> None:
    """What stands is plain data."""
    places = Places(HOUR)
    places.resume([["rage_click", ["/form", "Save"], 7]])
    assert places.stands() == [("rage_click", ["/form", "Save"], 7)]
    assert project(kit).id == SHOP
