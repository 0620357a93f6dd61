"""What is over goes from inbox, events and projections; what is left counts and names nobody."""

import contextlib
import random
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from edge.events import codec
from hub.disclosure.answers import Answers, Ask
from hub.inlet import ending
from hub.projections import events, exposure, sealing
from hub.projections.scope import Scope
from hub.projections.sealing import SEALED
from hub.rebuild import NotTakenOver, rebuild
from hub.retention import Retention
from hub.stores.analytics import AnalyticsUnavailable
from tests.hub.hubkit import (
    HOUR,
    REAL_NODE,
    SHOP,
    T0,
    HubKit,
    Visit,
    denial,
    dump,
    entry_of,
    main_job,
    quiet,
    tombstone,
)
from tests.hub.projections.test_rollup import answers, scopes, visit

DAY = 24 * HOUR
MIDNIGHT = T0 - T0 % DAY
AT_NIGHT = (MIDNIGHT + DAY - HOUR / 2 - T0) / 1000
"""Seconds from T0 to half an hour before the next midnight."""
STRICT = "UNKNOWN"
"""Has 30 raw days, and DE 90."""


def end(kit: HubKit, *, days: float) -> Retention:
    """Let *days* go by since T0, and one night with them."""
    kit.now = int(T0 + days * DAY)
    kit.hub.worker.retention = kit.hub._make_retention()
    kit.apply()
    retention = kit.hub.worker.retention
    assert retention.problem is None
    assert retention.done == kit.now - kit.now % DAY, "the night is not over"
    return retention


def count(kit: HubKit, table: str, where: str = "true") -> int:
    """Return how many rows *table* has."""
    return int(kit.hub.store.read(f"select count(*) from {table} where {where}")[0][0])


def period(kit: HubKit, **more: Any) -> Scope:
    """Return all time of the shop."""
    return Scope(project=SHOP, start=0, end=kit.now + DAY, **more)


def test_sealed_sessions_count_as_before_and_name_nobody(kit: HubKit) -> None:
    """Answers of the days stay; ids, events, comments and the inbox's entries are gone."""
    visits = [main_job(f"secret-session-{n:02}", SHOP) for n in range(12)]
    visits[0].tap("thumbs_down", 30, "button.pay", comment="my card number fails")
    kit.tell(*visits, node=REAL_NODE)
    kit.tell(quiet("of-today", at=100 * 86_400), node=REAL_NODE)
    asks = [Ask(project_id=SHOP, start=MIDNIGHT, end=MIDNIGHT + DAY)]
    asked = kit.hub.room

    def told() -> list[Any]:
        every = Answers(asked, insight_every=120)
        return [
            [every.hotspots(ask, by) for by in ("page", "element")]
            + [every.sentiment(ask, "hour"), every.journeys(ask), every.evidence(ask)]
            for ask in asks
        ]

    kit.now = T0 + 100 * DAY
    before = told()
    entries = int(str(kit.inbox.read("select count(*) from entry")[0][0]))
    end(kit, days=100)
    assert told() == before
    assert count(kit, "event", "session <> 'of-today'") == 0
    assert kit.hub.store.read("select session from visit") == [("of-today",)]
    assert count(kit, "comment") == 0
    assert count(kit, "seen", f"number <= {SEALED}") == 12
    assert count(kit, "seen", f"number > {SEALED}") == 1
    kit.hub.stop()
    for name in ("analytics.duckdb", "inbox.db"):
        data = (kit.folder / name).read_bytes()
        assert b"secret-session" not in data, name
        assert b"my card number fails" not in data, name
    left = kit.inbox.read("select count(*), sum(generation) from entry")
    assert entries == 4
    assert left == [(2, 0)]  # the newest of each lane, which is of today
    kit.hub = kit.make_hub()


def test_entries_go_but_for_the_newest_of_a_lane(kit: HubKit) -> None:
    """What is left keeps no hole between two numbers, and the newest keeps its seal."""
    for n in range(4):
        kit.tell(quiet(f"s{n}"), node=REAL_NODE)
    late = entry_of(REAL_NODE, 0, 5, quiet("late", at=95 * 86_400).groups(0))
    kit.put(structs.replace(late, at=T0 + 95 * DAY))
    came = kit.inbox.read("select hash from entry where lane = 1 and seq = 4")
    end(kit, days=95)
    rows = kit.inbox.read("select lane, seq, generation from entry order by lane, seq")
    assert rows == [(0, 5, 0), (1, 4, 1)]
    assert kit.inbox.read("select hash from came") == came
    assert count(kit, "visit") == 1


def test_nobody_is_counted_twice_around_the_watermark(kit: HubKit) -> None:
    """Who was there around its midnight is left until the next night, then sealed as one."""
    over = Visit("over-midnight", SHOP, at=AT_NIGHT).consent(0).nav("/a", 1).nav("/b", 3_000)
    kit.tell(over, quiet("before"), node=REAL_NODE)
    end(kit, days=90)  # the watermark is the midnight
    assert sealing.untils(kit.hub.store) == {"DE": MIDNIGHT + DAY}
    assert exposure.sessions(kit.hub.store, period(kit)) == 2
    assert kit.hub.store.read("select session from visit") == [("over-midnight",)]
    end(kit, days=91)
    assert exposure.sessions(kit.hub.store, period(kit)) == 2
    assert count(kit, "visit") == count(kit, "event") == 0
    assert count(kit, "seen") == 3


@pytest.mark.parametrize("seed", range(3))
def test_any_night_changes_no_answer(tmp_path: Path, seed: int) -> None:
    """Night after night, sums of days or not, all questions of rows are answered alike."""
    chance = random.Random(seed)
    kit, plain = HubKit(tmp_path / "ends"), HubKit(tmp_path / "keeps")
    with contextlib.closing(kit), contextlib.closing(plain):
        kit.hub.worker._roller.quiet = 0.0  # type: ignore[union-attr]
        for n in range(30):
            one = visit(chance, n)
            for each in (kit, plain):
                each.tell(one, node=REAL_NODE)
        for night in (89, 90, 91, 92, 95):
            end(kit, days=night)
            for scope in scopes(chance):
                for one, other in zip(answers(kit, scope), answers(plain, scope), strict=True):
                    wanted = pytest.approx(other, abs=1e-9) if isinstance(one, float) else other
                    assert one == wanted, (night, scope)
        assert count(kit, "event") == count(kit, "visit") == 0
        assert count(plain, "event") > 0


def test_each_region_has_its_own_days(kit: HubKit) -> None:
    """In one entry what is over is blanked, and what another region still may keep stays."""
    kit.tell(quiet("strict", region=STRICT), quiet("german"), node=REAL_NODE)
    kit.tell(quiet("today", at=39.9 * 86_400), node=REAL_NODE)
    end(kit, days=40)
    assert sealing.untils(kit.hub.store)[STRICT] == MIDNIGHT + 11 * DAY
    names = kit.hub.store.read("select session from visit order by session")
    assert names == [("german",), ("today",)]
    data = b"".join(codec.inflate(entry.body) for entry in kit.inbox.follow(0))
    assert b"german" in data
    assert b"strict" not in data
    assert exposure.sessions(kit.hub.store, period(kit)) == 3


def test_a_clock_that_was_wrong_makes_nobody_unheard(kit: HubKit) -> None:
    """A night in a far future ends what there is; what comes at the right time counts."""
    kit.tell(quiet("before"), node=REAL_NODE)
    end(kit, days=3_000)
    kit.now = T0 + 2 * DAY
    kit.tell(quiet("after", at=2 * 86_400), node=REAL_NODE)
    assert kit.hub.store.read("select session from visit") == [("after",)]
    assert exposure.sessions(kit.hub.store, period(kit)) == 1
    assert kit.hub.worker.retention.done == kit.now - kit.now % DAY  # type: ignore[union-attr]


def test_what_comes_late_is_not_heard(kit: HubKit) -> None:
    """An edge that brings events of before the watermark changes nothing, and it is counted."""
    kit.tell(quiet("old"), node=REAL_NODE)
    end(kit, days=95)
    before = dump(kit.hub)
    kit.tell(quiet("old"), quiet("other"), node=REAL_NODE)
    assert dump(kit.hub) == before
    assert kit.hub.store.read("select reason, sum(events) from dropped group by reason") == [
        ("ended", 6)
    ]


def test_a_rebuild_leaves_sealed_sessions_as_they_are(kit: HubKit) -> None:
    """Those sealed, those that wait, and those of the inbox: all as before."""
    kit.tell(
        *(main_job(f"s{n}", SHOP) for n in range(3)),
        Visit("waits", SHOP, at=AT_NIGHT).consent(0).nav("/a", 1).nav("/b", 3_000),
        node=REAL_NODE,
    )
    kit.put(kit.entry(0, [denial("no")], node=REAL_NODE))
    kit.tell(quiet("today", at=89.9 * 86_400), node=REAL_NODE)
    end(kit, days=90)
    wanted = dump(kit.hub)
    assert count(kit, "seen", f"number <= {SEALED}") == 3
    sealed = kit.hub.worker.retention.sealed  # type: ignore[union-attr]
    assert sealed == 4  # the denial counts as one
    kit.close()
    assert rebuild(kit.folder).sealed == sealed
    again = HubKit(kit.folder, now=kit.now)
    with contextlib.closing(again):
        assert dump(again.hub) == wanted
        end(again, days=91)
        assert exposure.sessions(again.hub.store, period(again)) == 5
        again.tell(quiet("tomorrow", at=91 * 86_400), node=REAL_NODE)
        assert exposure.sessions(again.hub.store, period(again)) == 6


def test_a_session_of_days_or_of_two_regions_loses_what_is_over(kit: HubKit) -> None:
    """It is never counted twice: what lies before the watermark goes."""
    kit.tell(Visit("long", SHOP).nav("/a", 0).nav("/b", 3 * 86_400), node=REAL_NODE)
    kit.tell(Visit("moves", SHOP).nav("/a", 0), node=REAL_NODE)
    kit.tell(Visit("moves", SHOP, region=STRICT).nav("/c", 60), node=REAL_NODE)
    end(kit, days=33)
    assert exposure.sessions(kit.hub.store, period(kit)) == 1
    assert count(kit, "event", f"region = '{STRICT}'") == 0
    assert kit.hub.store.read("select session from visit") == [("long",)]
    assert kit.hub.store.read("select distinct page from seen_page order by page") == [
        ("/a",),
        ("/b",),
    ]
    end(kit, days=92)
    assert exposure.sessions(kit.hub.store, period(kit)) == 1
    assert kit.hub.store.read("select session from visit") == [("long",)]
    assert kit.hub.store.read("select distinct page from seen_page") == [("/b",)]


def test_a_rebuild_keeps_who_waits_where_the_inbox_was_emptied(kit: HubKit) -> None:
    """What retention blanked in the newest entry of a lane takes nothing from who waits."""
    over = Visit("over-midnight", SHOP, at=AT_NIGHT).consent(0).nav("/a", 1).nav("/b", 3_000)
    kit.tell(over.click("a.more", 2), node=REAL_NODE)
    end(kit, days=90)
    blanked = kit.inbox.read("select sum(generation) from entry")
    assert blanked == [(2,)], "nothing was blanked"
    wanted = dump(kit.hub)
    assert {page for *_, page, _ in wanted["seen_page"]} == {"/a", "/b"}
    kit.close()
    rebuild(kit.folder)
    again = HubKit(kit.folder, now=kit.now)
    with contextlib.closing(again):
        assert dump(again.hub) == wanted


def test_an_erasure_takes_no_region_from_who_is_sealed(kit: HubKit) -> None:
    """The region's k holds for sealed rows too, and their days end them."""
    kit.tell(quiet("old", region=STRICT), node=REAL_NODE)
    kit.tell(quiet("new", region=STRICT, at=40 * 86_400), node=REAL_NODE)
    end(kit, days=40)
    assert count(kit, "seen", f"number <= {SEALED}") == 1
    kit.put(kit.entry(0, [tombstone("new", SHOP)], node=REAL_NODE))
    kit.apply()
    assert count(kit, "event") == 0
    assert events.regions_seen(kit.hub.store, SHOP) == {STRICT}


def test_a_night_that_is_cut_off_is_gone_on_with(
    kit: HubKit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever it ends, the next start makes it up, and the file is written anew all the same."""
    for n in range(3):
        kit.tell(quiet(f"secret-session-{n}", at=n * 86_400), node=REAL_NODE)
    kit.tell(quiet("today", at=100 * 86_400), node=REAL_NODE)
    kit.now = T0 + 100 * DAY
    cuts = 0

    def cut() -> None:
        nonlocal cuts
        cuts += 1
        raise KeyboardInterrupt

    for _ in range(20):
        kit.hub.stop()
        kit.hub = kit.make_hub()
        kit.hub.worker.retention = retention = kit.hub._make_retention()
        with monkeypatch.context() as patch, contextlib.suppress(KeyboardInterrupt):
            patch.setattr(kit.hub.store, "purge", cut)
            kit.hub.worker.step()
        if cuts == 2:
            break
    assert cuts == 2, "it was not cut off before the file was written anew"
    assert count(kit, "event", "session <> 'today'") == 0
    assert retention.done == 0
    assert b"secret-session" in (kit.folder / "analytics.duckdb").read_bytes()
    end(kit, days=100)
    assert exposure.sessions(kit.hub.store, period(kit)) == 4
    assert count(kit, "seen", f"number <= {SEALED}") == 3
    kit.hub.stop()
    assert b"secret-session" not in (kit.folder / "analytics.duckdb").read_bytes()
    kit.hub = kit.make_hub()


def test_a_rebuild_that_cannot_take_over_what_is_sealed_changes_nothing(
    kit: HubKit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stands nowhere else: the message names what helps, and the old file stays."""
    kit.tell(quiet("old"), node=REAL_NODE)
    kit.tell(quiet("today", at=95 * 86_400), node=REAL_NODE)
    end(kit, days=95)
    wanted = dump(kit.hub)
    kit.close()
    with monkeypatch.context() as patch, pytest.raises(NotTakenOver, match="Nothing was changed"):
        patch.setattr(sealing, "carried", lambda: ["insert into sealed select * from old.nothing"])
        rebuild(kit.folder)
    again = HubKit(kit.folder, now=kit.now)
    with contextlib.closing(again):
        assert dump(again.hub) == wanted
        assert again.hub.store.read("select count(*) from dropped") == [(0,)]


def test_sessions_of_one_day_are_sealed_in_bounded_pieces(
    kit: HubKit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a crash leaves of a piece of a day is sealed by the next start, and counted once."""
    monkeypatch.setattr(sealing, "MOST", 3)
    kit.tell(*(quiet(f"s{n}") for n in range(8)), node=REAL_NODE)
    kit.now = T0 + 95 * DAY
    for left in (5, 2):
        kit.hub.worker.retention = kit.hub._make_retention()
        kit.hub.worker.step()
        assert count(kit, "visit") == left
        kit.hub.stop()
        kit.hub = kit.make_hub()
    end(kit, days=95)
    assert count(kit, "visit") == count(kit, "event") == 0
    assert exposure.sessions(kit.hub.store, period(kit)) == 8
    assert kit.hub.worker.retention.sealed == 8  # type: ignore[union-attr]


def test_the_inbox_is_ended_in_bounded_pieces(kit: HubKit, monkeypatch: pytest.MonkeyPatch) -> None:
    """By number and by bytes; and what ends in one lane ends in all."""
    monkeypatch.setattr(ending, "CHUNK", 3)
    monkeypatch.setattr(ending, "CHUNK_BYTES", 1)
    monkeypatch.setattr(ending, "LOOKED", 2)
    for n in range(5):
        kit.tell(quiet(f"s{n}"), node=REAL_NODE)
    commits = kit.inbox.commits
    end(kit, days=95)
    rows = kit.inbox.read("select lane, seq, generation from entry order by lane, seq")
    assert rows == [(0, 5, 1), (1, 5, 1)]
    assert kit.inbox.commits - commits >= 8


def test_rows_end_after_their_days(kit: HubKit) -> None:
    """After 760 days the sums go too."""
    kit.hub.worker._roller.quiet = 0.0  # type: ignore[union-attr]
    kit.tell(*(main_job(f"s{n}", SHOP) for n in range(3)), node=REAL_NODE)
    end(kit, days=95)
    assert count(kit, "seen") == 3
    assert count(kit, "seen_day") > 0
    end(kit, days=761)
    for table in ("seen", "seen_page", "signal", "tap", "way", "verdict", "seen_day", "rolled"):
        assert count(kit, table) == 0, table


def test_the_oldest_of_everything_is_a_metric(kit: HubKit) -> None:
    """Beside the age at which it ends, by region and project."""
    kit.tell(quiet("a"), node=REAL_NODE)
    kit.now = T0 + 5 * DAY
    kit.hub.worker.retention = kit.hub._make_retention()
    found = figures(kit)
    assert found['event_limit_seconds{region="DE"}'] == 90 * 86_400
    assert found['row_limit_seconds{project="shop"}'] == 760 * 86_400
    # T0 is a minute past the hour.
    assert found['oldest_event_seconds{region="DE"}'] == pytest.approx(5 * 86_400, abs=60)
    assert found['oldest_row_seconds{project="shop"}'] == 5 * 86_400 + 60
    assert found["oldest_entry_seconds"] == 5 * 86_400
    assert found["sessions_sealed"] == 0
    end(kit, days=100)
    found = figures(kit)
    assert 'oldest_event_seconds{region="DE"}' not in found
    assert found["sessions_sealed"] == 1
    assert found["retention_timestamp_seconds"] * 1000 == kit.now - kit.now % DAY


def figures(kit: HubKit) -> dict[str, float]:
    """Return the hub's metrics by name and labels."""
    lines = kit.hub.metrics.text().decode().splitlines()
    told = [line.rpartition(" ") for line in lines if line.startswith("flowback_hub_")]
    return {name.removeprefix("flowback_hub_"): float(value) for name, _, value in told}


def test_a_full_disk_is_said_and_the_night_is_made_up_for(
    kit: HubKit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waits a minute, says so in /ready, and what comes meanwhile is applied."""
    kit.tell(quiet("a"), node=REAL_NODE)
    kit.now = T0 + 100 * DAY
    kit.hub.worker.retention = kit.hub._make_retention()

    def full(*_: Any) -> int:
        raise AnalyticsUnavailable("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(sealing, "seal", full)
        kit.apply()
        assert kit.hub.probes()["retention"] == "disk full"
        kit.tell(quiet("b", at=100 * 86_400), node=REAL_NODE)
        assert count(kit, "visit") == 2
    kit.now += 61_000
    kit.apply()
    assert kit.hub.probes()["retention"] is None
    assert kit.hub.store.read("select session from visit") == [("b",)]
