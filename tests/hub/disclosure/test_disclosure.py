"""Decision 12 through the API: nothing singles out fewer than k sessions."""

from typing import Any

import pytest

from tests.hub.hubkit import HOUR, REAL_NODE, SHOP, HubKit, Visit, denial, main_job, quiet

K = 10


def shop(kit: HubKit, path: str, **more: Any) -> Any:
    """Ask about the real project."""
    query = "&".join(f"{name}={value}" for name, value in {"projectId": SHOP, **more}.items())
    return kit.client().get(f"/api/{path}?{query}").json()


def tell(kit: HubKit, *visits: Visit) -> None:
    """Tell visits of the real project by a real edge."""
    kit.tell(*visits, node=REAL_NODE)


def pages(kit: HubKit, **more: Any) -> dict[str, Any]:
    """Return page → its row."""
    return {row["page"]: row for row in shop(kit, "hotspots", **more)["rows"]}


def test_a_page_is_hidden_at_k_minus_1_and_shown_at_k(kit: HubKit) -> None:
    """Row P7, over sessions that arrive one after the other."""
    tell(kit, *(quiet(f"q{n}") for n in range(30)))
    tell(kit, *(main_job(f"s{n}", SHOP) for n in range(K - 1)))
    assert pages(kit)["/"]["hidden"] == "complement"
    assert set(pages(kit)) == {"/"}
    assert shop(kit, "hotspots")["hidden"] == 3
    tell(kit, main_job("the-tenth", SHOP))
    row = pages(kit)["/checkout"]
    assert (row["hidden"], row["sessions"]) == (None, K)
    assert row["sessionScore"] == pytest.approx(0.65, abs=0.001)


def test_a_page_whose_complement_is_k_minus_1_is_hidden(kit: HubKit) -> None:
    """All but nine sessions saw /: their number could be had by subtraction."""
    tell(kit, *(quiet(f"q{n}") for n in range(30)))
    tell(kit, *(quiet(f"o{n}", page="/other") for n in range(K - 1)))
    row = pages(kit)["/"]
    assert (row["hidden"], row["sessions"], row["score"]) == ("complement", None, None)


def test_nothing_at_all_is_shown_below_k(kit: HubKit) -> None:
    """Nine sessions: no answer says anything of them, and each says that it hides."""
    tell(kit, *(main_job(f"s{n}", SHOP) for n in range(K - 1)))
    for path in ("hotspots", "sentiment", "evidence", "journeys", "overview", "insights"):
        answer = shop(kit, path)
        assert answer["scope"]["sessions"] is None, path
        assert "checkout" not in str(answer), path
    overview = shop(kit, "overview")
    assert (overview["score"], overview["worst"], overview["asked"]) == (None, None, None)
    assert overview["consent"] == {}
    assert shop(kit, "sentiment")["total"]["hidden"] == "few"
    assert shop(kit, "evidence")["hidden"] == 1


def test_a_shown_cell_changes_only_when_k_new_sessions_have_come(kit: HubKit) -> None:
    """The differencing guard, kept over a restart."""
    tell(kit, *(quiet(f"q{n}") for n in range(40)))
    tell(kit, *(main_job(f"s{n}", SHOP) for n in range(K)))
    before = pages(kit)["/checkout"]
    tell(kit, *(quiet(f"t{n}", page="/checkout") for n in range(K - 1)))
    assert pages(kit)["/checkout"] == before
    kit.hub.stop()
    kit.hub = kit.make_hub()
    assert pages(kit)["/checkout"] == before
    tell(kit, quiet("t-last", page="/checkout"))
    after = pages(kit)["/checkout"]
    assert after["sessions"] == 2 * K
    assert after["sessionScore"] == pytest.approx(before["sessionScore"] / 2)


def test_filters_cannot_isolate_a_label(kit: HubKit) -> None:
    """Three tablets: neither they, nor the smallest other label, nor a finer filter shows them."""
    for device, count in (("phone", 30), ("desktop", 20), ("tablet", 3)):
        tell(kit, *(quiet(f"{device}{n}", device=device) for n in range(count)))
    assert shop(kit, "hotspots", device="phone")["scope"]["sessions"] == 30
    for device in ("tablet", "desktop"):
        answer = shop(kit, "hotspots", device=device)
        assert answer["scope"]["sessions"] is None
        assert answer["rows"] == []


def test_periods_snap_to_whole_hours(kit: HubKit) -> None:
    """Asking for minutes is answered for hours; a demo project may be finer."""
    tell(kit, *(main_job(f"s{n}", SHOP) for n in range(K)))
    start = kit.now - kit.now % HOUR
    asked = {"from": start + 60_000, "to": start + 120_000}
    scope = shop(kit, "hotspots", **asked)["scope"]
    assert (scope["start"], scope["end"], scope["sessions"]) == (start, start + HOUR, K)
    assert shop(kit, "sentiment", bucket="minute", **asked)["bucket"] == "hour"


def test_unverified_visits_and_bots_count_towards_nothing(kit: HubKit) -> None:
    """Forty forged visits and forty bots do not open a cell."""
    tell(kit, *(main_job(f"s{n}", SHOP) for n in range(K - 1)))
    tell(kit, *(main_job(f"forged{n}", SHOP, verified=False) for n in range(40)))
    tell(kit, *(main_job(f"bot{n}", SHOP, device="bot") for n in range(40)))
    assert shop(kit, "hotspots")["scope"]["sessions"] is None


def test_forged_events_do_not_enter_a_real_session(kit: HubKit) -> None:
    """Someone who knows a session's id cannot write into its story."""
    tell(kit, *(main_job(f"s{n}", SHOP) for n in range(K)))
    forged = [Visit(f"s{n}", SHOP, verified=False).nav("/forged", 1) for n in range(K)]
    for visit in forged:
        visit.signal("rage_click", 2, "x")
    tell(kit, *forged)
    assert set(pages(kit)) == {"/cart", "/checkout"}


def test_k_is_the_greatest_of_the_regions(kit: HubKit) -> None:
    """One event from a region with k = 20 raises it for the project; the demo stays at 1."""
    tell(kit, *(main_job(f"s{n}", SHOP) for n in range(15)))
    assert shop(kit, "hotspots")["scope"]["k"] == 10
    kit.hub.stop()
    kit.hub = kit.make_hub()
    tell(kit, main_job("cn", SHOP, region="CN"))
    scope = shop(kit, "hotspots")["scope"]
    assert (scope["k"], scope["sessions"]) == (20, None)
    rows = kit.client().get("/api/projects").json()["rows"]
    assert {row["id"]: row["k"] for row in rows} == {"demo": 1, "shop": 20}


def test_a_denial_is_counted_and_nothing_else(kit: HubKit) -> None:
    """Ten denials are a figure, nine are not; none is a session."""
    tell(kit, *(quiet(f"q{n}") for n in range(K)))
    for n in range(K - 1):
        kit.put(kit.entry(0, [denial(f"n{n}")], node=REAL_NODE))
    kit.apply()
    assert shop(kit, "overview")["consent"] == {"granted": K}
    kit.put(kit.entry(0, [denial("last")], node=REAL_NODE))
    kit.put(kit.entry(0, [denial("forged", verified=False)], node=REAL_NODE))
    kit.apply()
    found = shop(kit, "overview")
    assert (found["consent"]["denied"], found["scope"]["sessions"]) == (K, K)


def test_evidence_needs_k_sessions_of_one_pattern(kit: HubKit) -> None:
    """Ten sessions share it, then it is shown, with times rounded to seconds and no id."""
    tell(kit, *(quiet(f"q{n}") for n in range(30)))
    tell(kit, *(main_job(f"shared{n}", SHOP, at=n * 0.37) for n in range(K)))
    odd = Visit("odd-one", SHOP).nav("/checkout", 1).signal("dead_click", 2, "div.only-here")
    tell(kit, odd)
    answer = shop(kit, "evidence")
    (pattern,) = answer["rows"]
    assert (pattern["sessions"], answer["hidden"]) == (K, 1)
    assert all(step["after"] % 1_000 == 0 for step in pattern["steps"])
    assert "only-here" not in str(answer)
    assert "shared" not in str(answer)


def test_the_name_of_a_page_that_few_have_seen_is_not_told(kit: HubKit) -> None:
    """A path could be one person's; it is counted as hidden, without its name."""
    tell(kit, *(quiet(f"q{n}") for n in range(40)))
    tell(kit, quiet("one", page="/letters/to-jane"))
    for path in ("hotspots", "journeys", "evidence", "overview"):
        assert "jane" not in str(shop(kit, path)), path
    assert shop(kit, "hotspots")["hidden"] == 2


def test_single_sessions_are_for_auditors(kit: HubKit) -> None:
    """Whether the session exists is not said either."""
    tell(kit, *(main_job(f"s{n}", SHOP) for n in range(20)))
    client = kit.client()
    answers = [client.get(f"/api/sessions/{name}?projectId=shop") for name in ("s1", "nobody")]
    assert [one.status_code for one in answers] == [403, 403]
    assert answers[0].text == answers[1].text


def test_insights_tell_only_what_may_be_shown(kit: HubKit) -> None:
    """A signal of nine sessions on a well-visited page makes no insight, of ten it does."""
    tell(kit, *(quiet(f"q{n}") for n in range(30)))
    tell(kit, *(quiet(f"c{n}", page="/checkout") for n in range(20)))
    tell(kit, *(main_job(f"s{n}", SHOP) for n in range(K - 1)))
    run = "/api/insights/run?projectId=shop"
    headers = {"content-type": "application/json"}
    assert kit.client().post(run, headers=headers).json()["insights"] == 0
    tell(kit, *(main_job(f"t{n}", SHOP) for n in range(K)))
    kit.client().post(run, headers=headers)
    (found,) = shop(kit, "insights")["rows"]
    assert found["pages"] == ["/checkout"]
    numbers = {number["name"]: number["value"] for number in found["numbers"]}
    assert numbers["sessions with a rage click"] >= K


def test_what_was_erased_cannot_be_had_by_subtraction(kit: HubKit) -> None:
    """A cell that lost a session is hidden until k new ones have come."""
    tell(kit, *(quiet(f"q{n}") for n in range(40)))
    tell(kit, *(main_job(f"s{n}", SHOP) for n in range(K + 2)))
    assert pages(kit)["/checkout"]["sessions"] == K + 2
    with kit.hub.store.transaction() as transaction:
        transaction.execute("delete from seen_page where page = '/checkout' and number = 41")
    assert pages(kit)["/checkout"]["hidden"] == "unchanged"
    tell(kit, *(main_job(f"t{n}", SHOP) for n in range(K)))
    assert pages(kit)["/checkout"]["sessions"] == 2 * K + 1


def test_days_are_those_of_the_projects_time_zone(kit: HubKit) -> None:
    """Berlin is two hours ahead in September: its day begins at 22:00 UTC."""
    tell(kit, *(main_job(f"s{n}", SHOP) for n in range(K)))
    (point,) = shop(kit, "sentiment", bucket="day")["rows"]
    assert point["thumbsDown"] == K
    assert (point["at"] // HOUR) % 24 == 22
