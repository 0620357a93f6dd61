"""Comments become insights once k sessions share what they say; nothing of fewer is told."""

import json

import pytest

from ai.vectors.table import Table
from hub.bus.bus import Agent
from hub.insights.summary import TOPIC
from tests.hub.hubkit import DEMO, REAL_NODE, SHOP, HubKit, quiet, tombstone
from tests.hub.insights.saying import (
    BLANK,
    DEAD,
    ODD,
    K,
    blank,
    dead,
    insights,
    odd,
    project,
    reopen,
    run,
    tell,
    wrote,
)

ONLY = f"{DEAD[0]} either"
GROUP = "/api/insights/{}/group?projectId=shop"


@pytest.fixture
def crowd(kit: HubKit) -> HubKit:
    """A shop in which thirty sessions write nothing, and nine about something else each."""
    tell(kit, *(quiet(f"q{n}") for n in range(30)), *odd())
    return kit


def everything(kit: HubKit) -> str:
    """Return all that the API says of insights."""
    client, said = kit.client(), str(insights(kit))
    for row in insights(kit)["rows"]:
        for more in ("history", "explanation"):
            said += client.get(f"/api/insights/{row['id']}/{more}?projectId=shop").text
    return said


def test_what_nine_sessions_say_is_not_told_and_what_ten_say_is(crowd: HubKit) -> None:
    """k of the region; one session that writes nine times is one."""
    flood = [wrote("flood", DEAD[n % 4], at=n) for n in range(9)]
    tell(crowd, *dead(K - 2, 10), *flood)
    assert run(crowd) == []
    assert not any(text in everything(crowd) for text in DEAD)
    tell(crowd, *dead(1, 40))
    (found,) = run(crowd)
    assert (found["sessions"], found["level"], found["pages"]) == (K, 1, ["/save"])
    assert found["quote"] in DEAD
    assert f"“{found['quote']}”" in found["description"]
    numbers = {number["name"]: number["value"] for number in found["numbers"]}
    assert numbers["sessions with a comment"] == K


def test_five_sessions_are_enough_in_a_demo(kit: HubKit) -> None:
    """Not four."""
    tell(kit, *odd(4, DEMO), project=DEMO)
    tell(kit, *(wrote(f"v{n}", DEAD[n], project=DEMO) for n in range(4)), project=DEMO)
    assert run(kit, DEMO) == []
    tell(kit, wrote("v4", DEAD[0], project=DEMO), project=DEMO)
    (found,) = run(kit, DEMO)
    assert found["sessions"] == 5


def test_a_page_on_which_few_of_them_wrote_is_not_named(crowd: HubKit) -> None:
    """Nor is its count to be had by subtraction."""
    tell(crowd, *dead(K), *(wrote(f"few{n}", DEAD[n], "/of-few") for n in range(3)))
    (found,) = run(crowd)
    assert found["sessions"] == K + 3
    assert "of-few" not in everything(crowd)
    assert "Sessions that wrote on" not in found["description"]


def test_ids_stay_from_run_to_run_over_restarts_and_a_rebuild(crowd: HubKit) -> None:
    """Whatever is said besides."""
    tell(crowd, *dead(K))
    (first,) = run(crowd)
    tell(crowd, *blank(K))
    ids = {row["pages"][0]: row["id"] for row in run(crowd)}
    assert ids["/save"] == first["id"]
    reopen(crowd)
    assert {row["pages"][0]: row["id"] for row in run(crowd)} == ids
    reopen(crowd, (crowd.folder / "analytics.duckdb").unlink)
    assert {row["pages"][0]: row["id"] for row in run(crowd)} == ids


def test_people_merge_split_and_name_and_it_holds(crowd: HubKit) -> None:
    """Over further runs, a restart, and analytics that were built anew from the inbox."""
    tell(crowd, *dead(K + 2), *blank(K + 2))
    one, other = (row["id"] for row in run(crowd))
    client = crowd.client()
    assert (
        client.post(GROUP.format(one), json={"name": "Save does\u202e nothing"}).status_code == 202
    )
    assert client.post(GROUP.format(other), json={"into": one}).status_code == 202

    def merged() -> None:
        (found,) = run(crowd)
        assert (found["id"], found["sessions"]) == (one, 2 * K + 4)
        assert (found["title"], found["named"]) == ("Save does nothing", True)

    merged()
    tell(crowd, *(quiet(f"more{n}") for n in range(3)))
    merged()
    reopen(crowd)
    merged()
    reopen(crowd, (crowd.folder / "analytics.duckdb").unlink)
    merged()
    crowd.hub.insight._themes[SHOP].memory.clusters.consolidate()
    merged()
    client = crowd.client()
    why = client.get(f"/api/insights/{one}/explanation?projectId=shop").json()
    assert {line["kind"] for line in why["cluster"]["history"]} == {"merged_into"}
    assert [json.loads(line["said"]) for line in why["people"]] == [{"named": "Save does nothing"}]
    apart = [row["text"] for row in why["rows"].values() if row.get("text") in BLANK]
    assert apart
    assert client.post(GROUP.format(one), json={"apart": apart}).status_code == 202
    crowd.now += 3_600_000  # what lost sessions is hidden within the hour
    rows = {row["id"]: row["sessions"] for row in run(crowd)}
    assert rows[one] < 2 * K + 4
    reopen(crowd, (crowd.folder / "analytics.duckdb").unlink)
    assert {row["id"]: row["sessions"] for row in run(crowd)} == rows


@pytest.mark.parametrize(
    "body", [{}, {"into": "nothing"}, {"apart": ["what nobody wrote"]}, {"into": "itself"}]
)
def test_what_cannot_be_done_to_a_group_is_refused(crowd: HubKit, body: dict) -> None:
    """With the reason."""
    tell(crowd, *dead(K))
    (found,) = run(crowd)
    body = {name: found["id"] if value == "itself" else value for name, value in body.items()}
    answer = crowd.client().post(GROUP.format(found["id"]), json=body)
    assert (answer.status_code, answer.json()["title"]) == (400, "Not so")


def test_a_quote_of_an_erased_session_goes_with_it(crowd: HubKit) -> None:
    """At once, without a run: from the insight, what explains it, and what it said before."""
    tell(crowd, *dead(5 * len(DEAD)))
    (found,) = run(crowd)
    quoted = DEAD.index(found["quote"])
    said = f'"{found["quote"]}"'
    assert said in everything(crowd)
    for n in range(quoted, 5 * len(DEAD), len(DEAD)):
        crowd.put(crowd.entry(0, [tombstone(f"dead{n}", SHOP)], node=REAL_NODE))
    crowd.apply()
    assert said not in everything(crowd)
    for table in ("insight", "insight_why", "insight_history", "comment", "event"):
        assert said not in str(crowd.hub.store.read(f"select * from {table}")).replace("'", '"')
    crowd.now += 3_600_000  # the differencing guard holds within the hour
    (again,) = run(crowd)
    assert again["id"] == found["id"]
    assert again["quote"] != found["quote"]


def test_who_is_erased_while_a_run_is_at_work_is_not_quoted(
    crowd: HubKit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the run has read before counts for nothing."""
    tell(crowd, *dead(K - 1), wrote("only", ONLY))
    agent = crowd.hub.insight
    make = agent._make

    def interrupted(*asked):
        found = make(*asked)
        crowd.put(crowd.entry(0, [tombstone("only", SHOP)], node=REAL_NODE))
        crowd.apply()
        return found

    monkeypatch.setattr(agent, "_make", interrupted)
    assert run(crowd) == []
    assert ONLY not in str(crowd.hub.store.read("select body from insight_why"))


def test_another_level_groups_anew_and_ids_follow(crowd: HubKit) -> None:
    """The level is in each insight; vectors of two levels never meet."""
    tell(crowd, *dead(K), *blank(K))
    before = {row["id"] for row in run(crowd)}
    assert {row["level"] for row in insights(crowd)["rows"] if row["kind"] == "comments"} == {1}
    agent = crowd.hub.insight
    agent._encoder = None
    agent._themes.clear()
    found = run(crowd)
    assert {row["level"] for row in found} == {0}
    assert {row["id"] for row in found} & before
    memory = agent._themes[SHOP].memory
    assert memory.clusters._known().vectors.shape[1] != _width(1, memory.ledger.base)


def _width(level: int, texts: list[str]) -> int:
    from ai.clusters.group import group

    return group(texts, Table() if level else None).vectors.shape[1]


def test_a_model_that_is_away_leaves_the_comments_as_they_were(
    crowd: HubKit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are not grouped by another level meanwhile, and the other insights are made."""
    from ai.vectors.errors import ModelUnusable

    class Away:
        level, own = 3, 0.5

        def vectors(self, texts):
            raise ModelUnusable("no vectors: nobody answers")

    tell(crowd, *dead(K))
    (before,) = run(crowd)
    agent = crowd.hub.insight
    monkeypatch.setattr(agent, "_encoder", Away())
    agent._themes.clear()
    tell(crowd, *dead(K, 20))
    assert run(crowd) == [before]


class Listener(Agent):
    """Hears what insights say on the bus."""

    name = "listener"
    topics = (TOPIC,)

    def __init__(self) -> None:
        self.heard: list = []

    def handle(self, tick, batch) -> None:
        self.heard += batch[TOPIC]


def test_each_news_is_said_on_the_bus_and_kept(crowd: HubKit) -> None:
    """A summary when it is new or says something else, a void when it goes; nothing twice."""
    listener = Listener()
    crowd.hub.bus.agents.append(listener)
    crowd.hub.bus.handled[listener.name] = 0
    tell(crowd, *dead(K))
    (found,) = run(crowd)
    run(crowd)
    (fact,) = listener.heard
    assert (fact.stamp.project, fact.event.id, fact.event.revision) == (SHOP, found["id"], 0)
    assert (fact.event.payload.title, fact.event.payload.level) == (found["title"], 1)
    tell(crowd, *dead(K, 20))
    run(crowd)
    assert [fact.event.revision for fact in listener.heard] == [0, 1]
    path = f"/api/insights/{found['id']}/history?projectId=shop"
    history = crowd.client().get(path).json()["rows"]
    assert [row["revision"] for row in history] == [1, 0]
    assert [row["sessions"] for row in history] == [2 * K, K]
    crowd.now += 3 * 24 * 3_600_000
    tell(crowd, *(quiet(f"later{n}", at=3 * 24 * 3_600) for n in range(30)))
    assert run(crowd) == []
    assert listener.heard[-1].event.void
    assert crowd.client().get(path).json()["rows"] == history


def test_rising_is_an_alert_until_people_decide(crowd: HubKit) -> None:
    """Ten of sixty who wrote the day before, thirty of sixty now."""
    day = 24 * 3_600.0
    tell(crowd, *(wrote(f"o{n}", BLANK[n % 4], "/export", at=-day) for n in range(50)))
    tell(crowd, *(wrote(f"d{n}", DEAD[n % 4], at=-day) for n in range(10)))
    tell(crowd, *(wrote(f"p{n}", BLANK[n % 4], "/export") for n in range(30)))
    tell(crowd, *(wrote(f"e{n}", DEAD[n % 4]) for n in range(30)))
    (found,) = [row for row in run(crowd) if row["pages"] == ["/save"]]
    assert (found["trend"], found["alert"], insights(crowd)["alerts"]) == ("rising", True, 1)
    path = f"/api/insights/{found['id']}/decision?projectId=shop"
    assert crowd.client().post(path, json={"decision": "dismissed"}).status_code == 200
    assert insights(crowd)["alerts"] == 0


def test_groups_that_are_near_share_a_coarser_theme(crowd: HubKit) -> None:
    """By the same tree, cut higher; a group that is alone has none."""
    from hub.insights.memory import Memory

    memory = Memory(SHOP, Table(), None, keep=1)
    texts = [*DEAD, *BLANK]
    memory.group([*texts, "delivery was late", "the parcel was late"])
    coarse, names = memory.coarse()
    assert set(coarse) == set(memory.ledger.ids.values())
    assert len(set(coarse.values())) <= len(coarse)
    assert all(names[wider] for wider in coarse.values())
    fine = memory.ledger.ids
    assert len({coarse[fine[text]] for text in DEAD}) <= len({fine[text] for text in DEAD})


def test_ungrouped_comments_are_counted(crowd: HubKit) -> None:
    """Where k sessions wrote them; fewer are not told."""
    tell(crowd, *dead(K))
    run(crowd)
    assert insights(crowd)["ungrouped"] is None
    tell(crowd, wrote("tenth", ODD[0], "/odd"))
    (told,) = run(crowd)
    assert insights(crowd)["ungrouped"] in (0, K)  # they may be alike enough to be told
    assert told["pages"] == ["/save"]


def test_the_ledger_on_disk_holds_no_text(crowd: HubKit) -> None:
    """It names texts by keyed hashes: nothing of an erased comment stays in the records."""
    tell(crowd, *dead(K))
    run(crowd)
    saved = crowd.hub.records.themes.ledger(project(crowd).id)
    assert saved is not None
    assert len(json.loads(saved)["ids"]) == len(DEAD) + len(ODD)
    assert not any(word in saved for text in DEAD for word in text.split() if len(word) > 5)
