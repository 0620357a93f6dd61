"""A tombstone: its session is gone from every store, whatever came first (decision 9)."""

import contextlib
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.events import codec
from edge.events.entry import Group
from edge.journal.database import JournalUnavailable
from edge.journal.entry import Entry
from edge.journal.verify import verify
from hub.bus.bus import Agent, Batch, InProcessBus, Tick
from hub.bus.messages import ENRICHED
from hub.stores.analytics import AnalyticsUnavailable
from hub.worker import Worker
from tests.hub.hubkit import (
    DEMO,
    DEMO_NODE,
    REAL_NODE,
    SHOP,
    HubKit,
    Visit,
    denial,
    dump,
    entry_of,
    main_job,
    quiet,
    tombstone,
)
from tests.hub.test_worker import Killed, MortalStore, fresh

GONE = "gone-visit-00000000000"
PAGE = "/a-page-that-only-the-gone-one-saw"
TABLES = ("event", "visit", "seen", "seen_page", "seen_element", "signal", "tap", "pattern")
TABLES += ("way", "choice")


def gone(project: str = SHOP, **more: Any) -> Visit:
    """The session that will be erased: friction, taps, a region and a page of its own."""
    visit = main_job(GONE, project, region="FR", site="paris", **more)
    return visit.nav(PAGE, 20).signal("dead_click", 22, "a", id="gone-dead")


def others(project: str = SHOP) -> list[Visit]:
    """Who stays: a session in the same minutes, one of the same friction, a bot, a quiet one."""
    return [
        main_job("stays-main-job", project),
        quiet("stays-quiet", project, device="phone"),
        quiet("stays-bot", project, device="bot"),
    ]


def day(*, erased: bool) -> list[list[Entry]]:
    """
    A day of two edges, as runs in which order may not change: entries of many sessions,
    with the one to be erased on both edges, and its tombstone. Not *erased*: the same
    day without that session.
    """
    found: list[list[Entry]] = []
    for node in (REAL_NODE, "f" * 32):
        visits = others() if node == REAL_NODE else [quiet("stays-elsewhere")]
        visits += [gone(), gone(at=300)] if erased else []
        for lane in (0, 1):
            groups = [
                part for visit in visits for whole in visit.groups(lane) for part in _cut(whole)
            ]
            shared = [groups[place::3] for place in range(3)]
            if lane == 0 and node == REAL_NODE:
                shared.append([denial("n1")])
                shared += (
                    [[tombstone(GONE, SHOP), *quiet("stays-beside").groups(0)]] if erased else []
                )
                shared += [] if erased else [quiet("stays-beside").groups(0)]
            found += [[entry_of(node, lane, seq, some)] for seq, some in enumerate(shared, 1)]
    return found


def _cut(group: Group) -> list[Group]:
    half = len(group.events) // 2
    parts = (group.events[:half], group.events[half:])
    return [Group(stamp=group.stamp, events=part) for part in parts if part]


def tables(kit: HubKit) -> dict[str, Any]:
    """Return all tables, without the place of an event in its entry: neighbours are fewer."""
    found = dump(kit.hub)
    found["event"] = sorted((*row[:8], row[10]) for row in found["event"])
    found["visit"] = sorted(kit.hub.store.read("select project, session from visit"))
    return found


def in_inbox(kit: HubKit, session: str = GONE) -> int:
    """Count the events of a session that the inbox still holds, tombstones aside."""
    return sum(
        event is not None and not getattr(event.payload, "erased", False)
        for entry in kit.inbox.follow(0, max_bytes=2**40)
        for group in codec.unpack(entry.body)
        if group.stamp.session == session
        for event in group.events
    )


def on_disk(kit: HubKit) -> bytes:
    """Every byte of the hub's files, and what each entry of the inbox inflates to."""
    whole = b"".join(codec.inflate(e.body) for e in kit.inbox.follow(0, max_bytes=2**40))
    for file in sorted(kit.folder.rglob("*")):
        if file.is_file():
            whole += file.read_bytes()
    return whole


def bury(kit: HubKit, session: str = GONE, project: str = SHOP, node: str = REAL_NODE) -> None:
    kit.put(kit.entry(0, [tombstone(session, project)], node=node))
    kit.apply()


def dropped(kit: HubKit) -> dict[str, int]:
    rows = kit.hub.store.read("select reason, sum(events) from dropped group by reason")
    return {str(reason): int(count) for reason, count in rows}


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    order=st.permutations(range(len(day(erased=True)))),
    cuts=st.lists(st.integers(1, 9), min_size=1, max_size=30),
    memory=st.sampled_from(["hot", "cold"]),
)
def test_any_order_of_arrival_ends_as_if_it_never_was(
    tmp_path: Path, order: Sequence[int], cuts: list[int], memory: str
) -> None:
    """Tombstone first, last or in between, in ticks of any size, hot or cold: equal tables."""
    never, mixed = fresh(tmp_path), fresh(tmp_path)
    with contextlib.closing(never), contextlib.closing(mixed):
        if memory == "cold":
            mixed.shrink_memory()
        never.put(*(entry for run in day(erased=False) for entry in run))
        never.apply()
        runs = day(erased=True)
        rest = [entry for place in order for entry in runs[place]]
        for cut in cuts * len(rest):
            if rest:
                mixed.put(*rest[:cut])
                mixed.apply()
                del rest[:cut]
        assert tables(mixed) == tables(never)
        assert in_inbox(mixed) == 0
        assert mixed.hub.records.tombstones.waiting == 0


def test_the_session_leaves_every_table_and_the_api(kit: HubKit) -> None:
    """Its rows go in the tick of its tombstone; of it the API knows nothing; a change is told."""
    kit.tell(gone(DEMO))
    client = kit.client()
    address = f"/api/sessions/{GONE}?projectId=demo"
    assert client.get(address).status_code == 200
    before = kit.hub.changes.version(DEMO)[0]
    kit.put(kit.entry(0, [tombstone(GONE)]))
    assert kit.hub.worker.step() > 0
    assert [kit.hub.store.read(f"select count(*) from {name}")[0][0] for name in TABLES] == [
        0
    ] * len(TABLES)
    assert kit.hub.store.read("select * from region_seen") == []
    assert client.get(address).status_code == 404
    assert client.get("/api/hotspots?projectId=demo").json()["rows"] == []
    assert kit.hub.changes.version(DEMO)[0] > before
    _, _, correlator, storage, _ = kit.hub.bus.agents
    assert not correlator._hot  # type: ignore[attr-defined]
    assert not storage._written  # type: ignore[attr-defined]
    assert (correlator._size, storage._size) == (0, 0)  # type: ignore[attr-defined]


def test_insights_of_it_are_gone_with_the_next_run(kit: HubKit) -> None:
    """No insight tells of its page any more, listed or remembered."""
    for name in (GONE, "second-visit"):
        kit.tell(main_job(name))
    client, run = kit.client(), "/api/insights/run?projectId=demo"
    headers = {"content-type": "application/json"}
    assert client.post(run, headers=headers).json()["insights"] > 0
    for name in (GONE, "second-visit"):
        bury(kit, name, DEMO, DEMO_NODE)
    assert client.post(run, headers=headers).json()["insights"] == 0
    rows = kit.hub.store.read("select body from insight")
    assert rows
    assert all("/checkout" not in body for (body,) in rows)


def test_late_events_are_dropped_counted_and_blanked(kit: HubKit) -> None:
    """From whichever edge they come, and whatever they are."""
    bury(kit)
    late, elsewhere = gone(), gone()
    counts = [len(late.groups(0)[0].events), len(elsewhere.groups(1)[0].events)]
    kit.put(kit.entry(0, late.groups(0), node=REAL_NODE))
    kit.put(kit.entry(1, elsewhere.groups(1), node="f" * 32))
    kit.apply()
    assert dropped(kit) == {"erased": sum(counts)}
    assert dump(kit.hub)["event"] == []
    assert in_inbox(kit) == 0
    assert [(e.count, e.generation) for e in kit.inbox.follow(0)] == [
        (1, 0),
        (counts[0], 1),
        (counts[1], 1),
    ]
    text = kit.hub.metrics.text().decode()
    assert f'flowback_hub_events_dropped_total{{reason="erased"}} {sum(counts):.1f}' in text
    assert "flowback_hub_tombstones 1.0" in text
    assert "flowback_hub_erasures_waiting 0.0" in text


def test_only_the_sessions_own_project_is_affected(kit: HubKit) -> None:
    """The same session id in another project is another session."""
    kit.tell(gone(SHOP), gone("bank"), node=REAL_NODE)
    bury(kit)
    assert {row[0] for row in dump(kit.hub)["event"]} == {"bank"}
    assert in_inbox(kit) == len([e for lane in (0, 1) for e in gone().groups(lane)[0].events])


@pytest.mark.parametrize(("node", "project"), [(DEMO_NODE, SHOP), (REAL_NODE, DEMO)])
def test_an_edge_cannot_erase_where_it_may_not_speak(kit: HubKit, node: str, project: str) -> None:
    """A demo edge erases nothing real, and the other way round (decision 12)."""
    own = REAL_NODE if project == SHOP else DEMO_NODE
    kit.tell(gone(project), node=own)
    before = dump(kit.hub)
    bury(kit, GONE, project, node)
    assert dump(kit.hub) == before
    assert len(kit.hub.records.tombstones) == 0
    assert in_inbox(kit) > 0


def test_analytics_built_anew_bring_nothing_back(kit: HubKit) -> None:
    """From the inbox, with the records or, should these be lost, without them."""
    kit.tell(gone(), *others(), node=REAL_NODE)
    bury(kit)
    wanted = tables(kit)
    for lost in (["analytics.duckdb"], ["analytics.duckdb", "records.sqlite"]):
        kit.hub.stop()
        for name in lost:
            (kit.folder / name).unlink()
        kit.hub = kit.make_hub()
        kit.apply()
        assert tables(kit) == wanted
        assert kit.hub.records.tombstones.waiting == 0
        assert (SHOP, GONE) in kit.hub.records.tombstones


def test_files_of_a_backup_are_erased_before_anything_else(kit: HubKit) -> None:
    """Analytics and inbox from before the deletion, the list of tombstones from after it."""
    kit.tell(gone(), *others(), node=REAL_NODE)
    kit.close()
    for name in ("analytics.duckdb", "inbox.db"):
        shutil.copy(kit.folder / name, kit.folder / f"{name}.backup")
    again = HubKit(kit.folder)
    again.put(entry_of(REAL_NODE, 0, 9, [tombstone(GONE, SHOP)]))
    again.apply()
    wanted = tables(again)
    again.close()
    for name in ("analytics.duckdb", "inbox.db"):
        (kit.folder / f"{name}.backup").replace(kit.folder / name)
    with contextlib.closing(HubKit(kit.folder)) as restored:
        assert in_inbox(restored) > 0
        restored.apply()
        assert tables(restored) == wanted
        assert in_inbox(restored) == 0
        assert PAGE.encode() not in on_disk(restored)


def test_no_byte_stays_in_any_file(kit: HubKit) -> None:
    """Database, log, inbox and records; the neighbours' entries are whole and verified."""
    kit.tell(gone(), *others(), node=REAL_NODE)
    kit.tell(*(quiet(f"more-{n}") for n in range(300)), node=REAL_NODE)
    assert on_disk(kit).count(PAGE.encode()) > 1
    before = [(e.lane, e.seq, e.count) for e in kit.inbox.follow(0)]
    bury(kit)
    found = on_disk(kit)
    for trace in (PAGE, "gone-dead", "paris"):
        assert trace.encode() not in found, trace
    assert [(e.lane, e.seq, e.count) for e in kit.inbox.follow(0)][: len(before)] == before
    assert verify(kit.folder / "inbox.db").problems == []


class Broken(Agent):
    """Fails at one session."""

    name = "broken"
    topics = (ENRICHED,)

    def handle(self, tick: Tick, batch: Batch) -> None:
        """Fail."""
        del tick
        if any(item.session == "poison" for item in batch[ENRICHED]):
            raise ValueError("this agent has a fault")


def test_a_tombstone_holds_in_an_entry_that_is_put_aside(kit: HubKit) -> None:
    """Its neighbour in the entry breaks an agent; the erasure is done all the same."""
    kit.tell(gone(), node=REAL_NODE)
    bus = InProcessBus([*kit.make_agents(), Broken()])
    stones = kit.hub.records.tombstones
    worker = Worker(kit.inbox, kit.hub.store, bus, lambda _node, _project: None, stones)
    poison = quiet("poison").groups(0)
    kit.put(kit.entry(0, [*poison, tombstone(GONE, SHOP)], node=REAL_NODE))
    while worker.step():
        pass
    assert kit.hub.store.read("select count(*) from quarantine") == [(1,)]
    assert dump(kit.hub)["event"] == []
    assert in_inbox(kit) == 0


def test_a_tombstone_holds_beside_events_of_a_newer_schema(kit: HubKit) -> None:
    """An entry that this hub cannot read as a whole still says who is erased."""
    kit.tell(gone(), node=REAL_NODE)
    newer = codec.inflate(codec.pack([tombstone(GONE, SHOP), *quiet("q").groups(1)]))
    body = codec.zstandard.compress(newer.replace(b"signal.raw", b"signal.new"))
    one = entry_of(REAL_NODE, 0, 9, [tombstone(GONE, SHOP), *quiet("q").groups(1)])
    kit.put(Entry(one.origin, 0, 9, one.count, one.at, codec.seal(body), body))
    kit.apply()
    assert dropped(kit) == {}
    assert kit.hub.store.read("select node, events from parked") == [(REAL_NODE, one.count)]
    assert dump(kit.hub)["event"] == []
    assert in_inbox_bytes(kit, b"signal.new")
    assert not in_inbox_bytes(kit, PAGE.encode())


def in_inbox_bytes(kit: HubKit, text: bytes) -> bool:
    return any(text in codec.inflate(entry.body) for entry in kit.inbox.follow(0))


def test_a_death_at_any_step_leaves_no_erasure_half_done(tmp_path: Path) -> None:
    """The process ends at each step in turn; the next one completes it, and counts the same."""
    entries = [entry for run in day(erased=True) for entry in run]
    wanted = None
    for fatal in range(200):
        kit = HubKit(tmp_path / f"fatal-{fatal}")
        kit.put(*entries[:9])
        kit.apply()
        kit.put(*entries[9:])
        died = _die(kit, fatal)
        kit.hub.stop()
        kit.hub = kit.make_hub()
        with contextlib.closing(kit):
            kit.apply()
            wanted = wanted or (tables(kit), dropped(kit))
            assert (tables(kit), dropped(kit)) == wanted, f"after a death at step {fatal}"
            assert in_inbox(kit) == 0
            assert kit.hub.records.tombstones.waiting == 0
        if fatal and not died:
            break
    assert fatal > 20
    assert PAGE not in str(wanted)


class MortalInbox:
    """An inbox whose process ends before, or right after, its next commit."""

    def __init__(self, kit: HubKit, store: MortalStore) -> None:
        self.kit, self.store = kit, store

    def __getattr__(self, name: str) -> Any:
        return getattr(self.kit.inbox, name)

    def submit(self, work: Any) -> Any:
        """Commit, unless it is time."""
        self.store.step()
        done = self.kit.inbox.submit(work)
        done.result()
        self.store.step()
        return done


def _die(kit: HubKit, fatal: int) -> bool:
    kit.hub.store.close()
    store = MortalStore(kit.folder / "analytics.duckdb")
    bus = InProcessBus(kit.make_agents())
    inbox: Any = MortalInbox(kit, store)
    stones = kit.hub.records.tombstones
    worker = Worker(inbox, store, bus, lambda _node, _project: None, stones)
    store.steps, store.fatal = 0, fatal
    try:
        while worker.step():
            pass
    except Killed:
        return True
    finally:
        store.close()
    return False


def test_a_disk_that_fails_costs_no_entry_and_no_erasure(
    kit: HubKit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list cannot be written: the worker waits, nothing is put aside, nothing half done."""
    kit.tell(gone(), node=REAL_NODE)
    kit.put(kit.entry(0, [tombstone(GONE, SHOP)], node=REAL_NODE))

    def full(*_: Any, **__: Any) -> None:
        raise JournalUnavailable

    monkeypatch.setattr(kit.hub.records.tombstones, "bury", full)
    with pytest.raises(JournalUnavailable):
        kit.hub.worker.step()
    assert dump(kit.hub)["event"] != []
    monkeypatch.undo()
    kit.apply()
    assert dump(kit.hub)["event"] == []
    assert kit.hub.store.read("select * from quarantine") == []


def test_an_erasure_that_cannot_be_completed_holds_up_nothing(
    kit: HubKit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No room to write the file anew: rows are gone, others are applied, a metric says so."""
    kit.tell(gone(), node=REAL_NODE)
    now = [1_000.0]
    kit.hub.worker.eraser._clock = lambda: now[0]

    def full() -> None:
        raise AnalyticsUnavailable

    monkeypatch.setattr(kit.hub.store, "purge", full)
    bury(kit)
    kit.tell(quiet("after"), node=REAL_NODE)
    assert {row[1] for row in dump(kit.hub)["event"]} == {"after"}
    assert "flowback_hub_erasures_waiting 1.0" in kit.hub.metrics.text().decode()
    monkeypatch.undo()
    now[0] += 61
    kit.apply()
    assert kit.hub.records.tombstones.waiting == 0
    assert PAGE.encode() not in on_disk(kit)


def test_the_file_is_not_written_anew_for_each_of_many(
    kit: HubKit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may take 2 % of the time; what waits goes together."""
    now, purges = [0.0], []

    def slow() -> None:
        now[0] += 10
        purges.append(now[0])

    kit.hub.worker.eraser._clock = lambda: now[0]
    monkeypatch.setattr(kit.hub.store, "purge", slow)
    for n in range(5):
        bury(kit, f"visit-{n}")
    assert purges == [10]
    now[0] += 500
    kit.apply()
    assert len(purges) == 2
    assert kit.hub.records.tombstones.waiting == 0
