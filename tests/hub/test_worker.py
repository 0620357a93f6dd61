"""The worker: whatever the order and whatever stops it, the tables follow from the inbox."""

import contextlib
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.events.entry import Group
from edge.journal.entry import Entry
from hub.bus.bus import Agent, Batch, InProcessBus, Tick
from hub.bus.messages import ENRICHED
from hub.projections import positions
from hub.stores.analytics import Transaction
from hub.stores.analytics.duck import DuckStore
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
)


def day(node: str = REAL_NODE, project: str = SHOP) -> list[Entry]:
    """A day's entries: several sessions, revisions, a void, taps, denials, over both lanes."""
    visits = [main_job(f"s{n}-main-job", project, at=n * 40) for n in range(4)]
    visits += [quiet(f"q{n}-quiet", project, at=n * 7, device="phone") for n in range(3)]
    late = Visit("late-and-revised", project, at=3590).consent(0).nav("/checkout", 1)
    late.signal("dead_click", 5, "a", id="d1").signal("dead_click", 6, "a", id="d2")
    late.signal("dead_click", 5, "b", id="d1", revision=1)
    late.signal("dead_click", 6, "a", id="d2", revision=1, void=True)
    late.signal("rage_click", 5, "a", id="r1", count=3)
    late.signal("rage_click", 5, "a", id="r1", revision=2, count=6)
    forged = Visit("q1-quiet", project, verified=False).nav("/forged", 1)
    forged.signal("rage_click", 2, "x")
    bot = quiet("a-bot", project, device="bot")
    entries = []
    groups: dict[int, list[Group]] = {0: [denial("n1", project), denial("n2", project)], 1: []}
    for visit in [*visits, late, forged, bot]:
        for lane in (0, 1):
            for group in visit.groups(lane):
                half = len(group.events) // 2
                groups[lane] += [
                    Group(stamp=group.stamp, events=part)
                    for part in (group.events[:half], group.events[half:])
                    if part
                ]
    for lane, of_lane in groups.items():
        entries += [entry_of(node, lane, seq, [group]) for seq, group in enumerate(of_lane, 1)]
    return entries


def fresh(folder: Path) -> HubKit:
    """Return a hub in a new folder beneath *folder*."""
    return HubKit(folder / secrets.token_hex(8))


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    order=st.permutations(range(len(day()))),
    cuts=st.lists(st.integers(1, 9), min_size=1, max_size=30),
)
def test_any_order_of_arrival_gives_equal_projections(
    tmp_path: Path, order: Sequence[int], cuts: list[int]
) -> None:
    """Entries of all lanes in any order, in ticks of any size, make the same tables."""
    straight, mixed = fresh(tmp_path), fresh(tmp_path)
    with contextlib.closing(straight), contextlib.closing(mixed):
        straight.put(*day())
        straight.apply()
        entries = day()
        rest = [entries[place] for place in order]
        for place in range(len(rest)):
            cut = cuts[place % len(cuts)]
            if rest:
                mixed.put(*rest[:cut])
                mixed.apply()
                del rest[:cut]
        assert dump(mixed.hub) == dump(straight.hub)
        assert any(dump(straight.hub)["signal"])


def state(kit: HubKit) -> list[tuple[Any, ...]]:
    """Return the worker's own numbers: events, newest, and each agent's position."""
    store = kit.hub.store
    return [*store.read("select * from meta order by name"), *positions.of_all(store).items()]


class Killed(BaseException):
    """Stands for the end of the process: nothing in the hub may catch it."""


class MortalStore(DuckStore):
    """Dies at step *fatal* of all that its transactions do, the commit included."""

    fatal = 0
    steps = 0

    def step(self) -> None:
        """Count; die."""
        self.steps += 1
        if self.steps == self.fatal:
            raise Killed

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Wrap the real one."""
        with super().transaction() as inner:
            yield MortalTransaction(inner, self)
            self.step()
        self.step()


class MortalTransaction:
    """Counts each statement before and after it."""

    def __init__(self, inner: Transaction, store: MortalStore) -> None:
        self.inner, self.store = inner, store

    def __getattr__(self, name: str) -> Any:
        def call(*arguments: Any) -> Any:
            self.store.step()
            return getattr(self.inner, name)(*arguments)

        return call


def test_a_death_at_any_step_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """The worker dies at each step of applying in turn; after a restart all is as undisturbed."""
    entries = day()
    half = len(entries) // 2
    undisturbed = fresh(tmp_path)
    with contextlib.closing(undisturbed):
        undisturbed.put(*entries)
        undisturbed.apply()
        wanted, settled = dump(undisturbed.hub), state(undisturbed)
    fatal, died = 0, True
    while died:
        fatal += 1
        folder = tmp_path / f"fatal-{fatal}"
        kit = HubKit(folder)
        kit.put(*entries[:half])
        kit.apply()
        kit.put(*entries[half:])
        kit.hub.stop()
        died = _die(kit, fatal)
        kit.hub = kit.make_hub()
        with contextlib.closing(kit):
            kit.apply()
            assert dump(kit.hub) == wanted, f"after a death at step {fatal}"
            assert state(kit) == settled, f"after a death at step {fatal}"
    assert fatal > 20


def test_each_agent_has_its_position_with_its_rows(kit: HubKit) -> None:
    """Those of the bus stand at one place; the insight agent at what its last run could see."""
    chain = ["context", "correlator", "feedback", "live", "storage"]
    assert positions.of_all(kit.hub.store) == dict.fromkeys([*chain, "insight"], 0)
    entries = day(DEMO_NODE, DEMO)
    kit.put(*entries[:-1])
    kit.apply()
    [demo] = [project for project in kit.book.list() if project.id == DEMO]
    kit.hub.insight.run(demo)
    kit.put(entries[-1])
    kit.apply()
    reached = dict.fromkeys(chain, len(entries)) | {"insight": len(entries) - 1}
    assert positions.of_all(kit.hub.store) == reached
    text = kit.hub.metrics.text().decode()
    for agent, position in reached.items():
        assert f'flowback_hub_agent_position{{agent="{agent}"}} {position}.0' in text


def test_an_agent_that_is_new_hears_what_comes_from_now_on(kit: HubKit) -> None:
    entries = day()
    kit.put(*entries[:3])
    kit.apply()
    with kit.hub.store.transaction() as transaction:
        assert positions.join(transaction, ["storage", "new"]) == 3
        positions.join(transaction, ["of another chain"])
    assert positions.of_all(kit.hub.store)["new"] == 3
    assert positions.of_all(kit.hub.store)["of another chain"] == 0


def test_the_one_position_of_an_older_version_is_each_agent_s(tmp_path: Path) -> None:
    entries = day()
    kit = HubKit(tmp_path / "older")
    kit.put(*entries)
    kit.apply()
    wanted, settled = dump(kit.hub), state(kit)
    with kit.hub.store.transaction() as transaction:
        transaction.execute("drop table positions")
        transaction.execute("insert into meta values ('position', ?)", [len(entries)])
    kit.hub.stop()
    kit.hub = kit.make_hub()
    with contextlib.closing(kit):
        kit.apply()
        assert (dump(kit.hub), state(kit)) == (wanted, settled)


def _die(kit: HubKit, fatal: int) -> bool:
    store = MortalStore(kit.folder / "analytics.duckdb")
    bus = InProcessBus(kit.make_agents())
    stones = kit.hub.records.tombstones
    worker = Worker(kit.inbox, store, bus, lambda _node, _project: None, stones)
    store.steps, store.fatal = 0, fatal
    try:
        while worker.step():
            pass
    except Killed:
        return True
    finally:
        store.close()
    return False


CHILD = """
import sys, time
from pathlib import Path
from tests.hub.hubkit import HubKit
kit = HubKit(Path(sys.argv[1]))
kit.hub.worker.start()
print("up", flush=True)
time.sleep(60)
"""


def test_sigkill_in_the_middle_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """A real process is killed again and again while it applies; the end is the same."""
    kit = HubKit(tmp_path / "killed")
    kit.hub.stop()
    entries = [entry for n in range(40) for entry in day(f"{n:032x}", f"shop-{n}")]
    kit.put(*entries)
    kit.inbox.close()
    for pause in (0.0, 0.15, 0.3, 0.05):
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(kit.folder)], stdout=subprocess.PIPE
        )
        assert child.stdout is not None
        assert child.stdout.readline() == b"up\n"
        time.sleep(pause)
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
    killed, undisturbed = HubKit(tmp_path / "killed"), fresh(tmp_path)
    with contextlib.closing(killed), contextlib.closing(undisturbed):
        killed.apply()
        undisturbed.put(*entries)
        undisturbed.apply()
        assert dump(killed.hub) == dump(undisturbed.hub)


def test_a_start_reads_only_what_is_new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However much is applied, a hub that starts asks the inbox for what lies behind it alone."""
    kit = fresh(tmp_path)
    kit.put(*day())
    kit.apply()
    kit.hub.stop()
    applied, follow, asked = kit.hub.worker.position, kit.inbox.follow, []

    def watched(position: int, **more: int) -> list[Entry]:
        asked.append(position)
        return follow(position, **more)

    monkeypatch.setattr(kit.inbox, "follow", watched)
    kit.hub = kit.make_hub()
    with contextlib.closing(kit):
        assert kit.hub.worker.position == applied == len(day())
        assert kit.hub.worker.step() == 0
        assert asked == [applied]
        kit.put(kit.entry(0, quiet("new").groups(0), node="f" * 32))
        kit.apply()
        assert set(asked) == {applied, applied + 1}


def test_sessions_come_back_from_the_disk(tmp_path: Path) -> None:
    """With no room in memory for a single session, the tables are the same."""
    kit, small = fresh(tmp_path), fresh(tmp_path)
    with contextlib.closing(kit), contextlib.closing(small):
        small.shrink_memory()
        for entry in day():
            for one in (kit, small):
                one.put(entry)
                one.apply()
        assert small.hub.bus.agents[2].hot == 0  # type: ignore[attr-defined]
        assert dump(small.hub) == dump(kit.hub)


def test_an_entry_that_comes_again_with_erased_events_takes_them_out(kit: HubKit) -> None:
    """Decision 9: a higher generation blanks events; their rows go, the others stay."""
    visit, other = main_job("erased"), main_job("stays")
    kit.tell(visit)
    kit.tell(other)
    origin = kit.inbox.follow(0)[0].origin
    for lane in (0, 1):
        blank = [
            Group(stamp=group.stamp, events=[None] * len(group.events))
            for group in visit.groups(lane)
        ]
        again = entry_of(DEMO_NODE, lane, 1, blank, generation=1)
        assert again.origin == origin
        _replace(kit, again)
    kit.apply()
    tables = dump(kit.hub)
    for table in ("seen", "seen_page", "signal", "tap", "pattern", "way", "choice"):
        assert {row[0] for row in tables[table]} == {"demo stays"}, table
    assert {row[1] for row in tables["event"]} == {"stays"}


def _replace(kit: HubKit, entry: Entry) -> None:
    """Put a later generation in the place of an entry, at a new position."""

    def work(tx: Any) -> None:
        tx.connection.execute("delete from entry where lane = ? and seq = 1", (entry.lane,))
        tx.store(entry)

    kit.inbox.submit(work).result()


def test_demo_and_real_data_stay_apart(kit: HubKit) -> None:
    """Decision 12: a real edge cannot feed a demo project, nor a demo edge a real one."""
    kit.tell(quiet("real-edge", DEMO), node=REAL_NODE)
    kit.tell(quiet("demo-edge", SHOP), node=DEMO_NODE)
    kit.tell(quiet("unknown", "not-here"), node=DEMO_NODE)
    assert dump(kit.hub)["event"] == []
    rows = kit.hub.store.read("select reason, project, sum(events) from dropped group by all")
    assert sorted(rows) == [
        ("demo_edge", "not-here", 3),
        ("demo_edge", SHOP, 3),
        ("demo_project", DEMO, 3),
    ]


def test_bytes_that_are_no_entry_are_counted_and_passed_over(kit: HubKit) -> None:
    """An entry whose body cannot be read costs only itself."""
    good = kit.entry(0, main_job().groups(0))
    bad = Entry(good.origin, 0, 2, 5, 0, b"x" * 16, b"no zstd")
    last = entry_of(DEMO_NODE, 0, 3, main_job("other").groups(0))
    kit.put(good, bad, last)
    kit.apply()
    assert len({row[0] for row in dump(kit.hub)["seen"]}) == 2
    assert kit.hub.store.read("select reason, events from dropped") == [("unreadable", 5)]


class Broken(Agent):
    """Fails at one session."""

    name = "broken"
    topics = (ENRICHED,)

    def handle(self, tick: Tick, batch: Batch) -> None:
        """Fail."""
        del tick
        if any(item.session == "poison" for item in batch[ENRICHED]):
            raise ValueError("this agent has a fault")


def test_an_entry_that_no_agent_can_take_is_put_aside(kit: HubKit) -> None:
    """The others in its tick are applied; what was put aside is on record."""
    bus = InProcessBus([*kit.make_agents(), Broken()])
    stones = kit.hub.records.tombstones
    worker = Worker(kit.inbox, kit.hub.store, bus, lambda _node, _project: None, stones)
    for name in ("before", "poison", "after"):
        kit.put(kit.entry(0, main_job(name).groups(0)))
    while worker.step():
        pass
    assert {row[0] for row in dump(kit.hub)["seen"]} == {"demo before", "demo after"}
    rows = kit.hub.store.read("select position, why from quarantine")
    assert rows == [(2, "ValueError: this agent has a fault")]
    assert worker.position == 3


def test_events_are_visible_once_they_are_stored(kit: HubKit) -> None:
    """From the inbox's commit to the API by itself; `make bench ONLY=hub` says how soon."""
    kit.hub.start()
    client = kit.client()
    for n in range(5):
        kit.put(kit.entry(0, main_job(f"visit-{n}").groups(0)))
        end = time.monotonic() + 30
        while client.get("/api/hotspots?projectId=demo").json()["scope"]["sessions"] != n + 1:
            assert time.monotonic() < end, "it never came"


@pytest.mark.parametrize("what", ["worker", "store"])
def test_stopping_twice_is_harmless(kit: HubKit, what: str) -> None:
    """Stop and close may be repeated."""
    kit.hub.start()
    for _ in range(2):
        kit.hub.worker.stop() if what == "worker" else kit.hub.stop()
