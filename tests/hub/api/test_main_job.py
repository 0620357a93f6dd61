"""The main job as the API answers it (the house plan's own example)."""

import pytest

from tests.hub.hubkit import T0, HubKit, main_job

JSON = {"content-type": "application/json"}


@pytest.fixture
def client(kit: HubKit):
    """A client of a hub that has heard the main job."""
    kit.tell(main_job())
    return kit.client()


def test_hotspots_rank_the_page_with_its_signals(client) -> None:
    """One rage click, one hesitation and one backtrack on /checkout give 0.65."""
    row = client.get("/api/hotspots?projectId=demo").json()["rows"][0]
    assert row["page"] == "/checkout"
    assert row["signals"] == {"backtrack": 1, "hesitation": 1, "rage_click": 1}
    assert row["sessionScore"] == pytest.approx(0.65, abs=0.001)
    assert row["contributions"] == {"backtrack": 0.3, "hesitation": 0.25, "rage_click": 0.5}
    assert row["reactions"] == {"thumbs_down": 1}
    score = row["score"]
    assert score["low"] <= score["value"] <= score["high"]


def test_hotspots_by_element_name_the_broken_one(client) -> None:
    """Elements have their own rows; a tap counts where its question came from."""
    rows = client.get("/api/hotspots?projectId=demo&by=element").json()["rows"]
    assert [(row["target"], row["name"]) for row in rows] == [
        ("button.broken", None),
        ("button.pay", "Pay"),
        ("button.continue", "Continue"),
    ]
    assert rows[0]["signals"] == {"rage_click": 1}
    assert rows[0]["reactions"] == {"thumbs_down": 1}


def test_the_session_shows_journey_and_consent(client) -> None:
    """The session's score, path, steps in order and consent as recorded."""
    found = client.get("/api/sessions/main-job-visit-0000000?projectId=demo").json()
    assert found["score"] == pytest.approx(0.65, abs=0.001)
    assert found["path"] == ["/checkout", "/cart"]
    assert [(step["what"], step["count"]) for step in found["steps"]] == [
        ("consent", 1),
        ("nav", 1),
        ("click", 1),
        ("hesitation", 1),
        ("rage_click", 1),
        ("click", 5),
        ("thumbs_down", 1),
        ("backtrack", 1),
    ]
    assert found["steps"][-1]["page"] == "/checkout"
    assert found["consent"]["state"] == "granted"
    assert found["reactions"] == ["thumbs_down"]


def test_evidence_shows_steps_without_ids(client) -> None:
    """The anonymised steps of the page that hurt, with times relative to the first."""
    response = client.get("/api/evidence?projectId=demo")
    (pattern,) = response.json()["rows"]
    assert [(step["after"], step["what"]) for step in pattern["steps"]] == [
        (0, "nav"),
        (2_000, "click"),
        (8_000, "hesitation"),
        (9_000, "rage_click"),
        (11_000, "thumbs_down"),
        (14_000, "backtrack"),
    ]
    assert "main-job-visit" not in response.text
    assert str(T0)[:8] not in response.text.partition('"rows"')[2]


def test_sentiment_counts_the_tap_in_its_minute(client) -> None:
    """A demo project is told by the minute."""
    found = client.get("/api/sentiment?projectId=demo").json()
    assert found["bucket"] == "minute"
    (point,) = found["rows"]
    assert (point["at"], point["thumbsDown"], point["thumbsUp"]) == (T0, 1, 0)
    assert found["total"]["thumbsDown"] == 1
    assert found["asked"] == 1


def test_journeys_show_the_way_back(client) -> None:
    """A step back is a way of its own."""
    found = client.get("/api/journeys?projectId=demo").json()
    (link,) = found["links"]
    assert (link["source"], link["target"], link["back"]) == ("/checkout", "/cart", True)
    assert {node["page"] for node in found["nodes"]} == {"/checkout", "/cart"}


def test_the_overview_says_it_in_one_answer(client) -> None:
    """Score, taps, choices and the worst page."""
    found = client.get("/api/overview?projectId=demo").json()
    assert found["score"]["value"] == pytest.approx(0.65, abs=0.001)
    assert found["worst"]["page"] == "/checkout"
    assert found["consent"] == {"granted": 1}
    assert found["dataUntil"] == T0 + 15_000


def test_an_insight_run_names_the_page(client) -> None:
    """Asked for through the API: one clear insight, whose numbers stand in its words."""
    assert client.get("/api/insights?projectId=demo").json()["ran"] is None
    ran = client.post("/api/insights/run?projectId=demo", headers=JSON)
    assert (ran.status_code, ran.json()["insights"]) == (202, 1)
    (found,) = client.get("/api/insights?projectId=demo").json()["rows"]
    assert found["title"] == "Rage clicks on /checkout"
    assert found["pages"] == ["/checkout"]
    assert found["hypothesis"].startswith("Not proven")
    assert (found["trend"], found["madeBy"], found["decision"]) == ("new", "rules", "open")
    (pattern,) = client.get("/api/evidence?projectId=demo").json()["rows"]
    assert found["evidence"] == [pattern["id"]]


def test_the_same_rows_give_the_same_insight(kit: HubKit) -> None:
    """Running again changes neither words nor revision; new evidence counts it up."""
    kit.tell(main_job("one"))
    client = kit.client()
    project = kit.book.get("demo")
    assert project is not None
    kit.hub.insight.run(project)
    (first,) = client.get("/api/insights?projectId=demo").json()["rows"]
    kit.now += 1_000
    kit.hub.insight.run(project)
    assert client.get("/api/insights?projectId=demo").json()["rows"] == [first]
    kit.tell(main_job("two"))
    kit.hub.insight.run(project)
    (second,) = client.get("/api/insights?projectId=demo").json()["rows"]
    assert (second["id"], second["revision"]) == (first["id"], first["revision"] + 1)


def test_a_decision_survives_a_rebuild(kit: HubKit) -> None:
    """The analytics are thrown away and built anew; what a person decided stands."""
    kit.tell(main_job())
    client = kit.client()
    client.post("/api/insights/run?projectId=demo", headers=JSON)
    (found,) = client.get("/api/insights?projectId=demo").json()["rows"]
    path = f"/api/insights/{found['id']}/decision?projectId=demo"
    assert client.post(path, json={"decision": "dismissed"}).status_code == 200
    kit.hub.stop()
    (kit.folder / "analytics.duckdb").unlink()
    kit.hub = kit.make_hub()
    kit.apply()
    client = kit.client()
    client.post("/api/insights/run?projectId=demo", headers=JSON)
    (again,) = client.get("/api/insights?projectId=demo").json()["rows"]
    assert (again["id"], again["decision"]) == (found["id"], "dismissed")


def test_what_was_dismissed_comes_back_when_its_evidence_doubles(kit: HubKit) -> None:
    """Not before; and what was accepted stays so."""
    for name in ("one", "two"):
        kit.tell(main_job(name))
    client = kit.client()
    project = kit.book.get("demo")
    assert project is not None

    def decision() -> str:
        kit.hub.insight.run(project)
        return page()["decision"]

    def page() -> dict:
        rows = client.get("/api/insights?projectId=demo").json()["rows"]
        (found,) = [row for row in rows if row["kind"] == "page"]
        return found

    def decide(what: str) -> None:
        path = f"/api/insights/{page()['id']}/decision?projectId=demo"
        assert client.post(path, json={"decision": what}).status_code == 200

    assert decision() == "open"
    decide("dismissed")
    assert decision() == "dismissed"
    kit.tell(main_job("three"))
    assert decision() == "dismissed"
    kit.tell(main_job("four"))
    assert decision() == "open"
    decide("dismissed")
    assert decision() == "dismissed"
    decide("accepted")
    for number in range(5, 10):
        kit.tell(main_job(f"visit {number}"))
    assert decision() == "accepted"
