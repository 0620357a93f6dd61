"""Custom agents, each in a real process: what they may do, and that they harm only themselves."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hub.app import Hub
from hub.custom.book import AgentBook
from hub.custom.feed import Source
from hub.custom.found import BadAgent, find
from hub.custom.runner import FAILURES, Runner
from hub.custom.wishes import Wish, Wishes
from hub.settings import HubSettings
from tests.hub.hubkit import DEMO_NODE, HubKit, Visit, main_job, tombstone
from tests.stack import wait_for

README = Path(__file__).parents[3] / "hub" / "README.md"
COUNTS = """
topics = ("flowback.context.enriched",)
def handle(state, topic, messages):
    for one in messages:
        state[one["session"]] = state.get(one["session"], 0) + 1
    yield "mine.counted", {"sessions": sorted(state), "events": sum(state.values())}
"""
ERASES = "def erase(state, project, session):\n    state.pop(session, None)\n"


class World:
    """A hub, and runners made of code, that end with the test."""

    def __init__(self, kit: HubKit) -> None:
        self.kit = kit
        self.book = AgentBook(kit.folder)
        self.wishes = Wishes(kit.folder)
        self.runners: list[Runner] = []

    def runner(self, code: str, name: str = "mine", **more: Any) -> Runner:
        """Return a runner of *code*, not started: tests step it."""
        path = self.kit.folder / f"{name}.py"
        path.write_text(code)
        (found,) = find(str(path))
        hub = self.kit.hub
        more = {"pauses": (0.0,), **more}
        source = Source(
            inbox=self.kit.inbox,
            reader=hub.store,
            refuse=lambda _node, _project: None,
            erased=hub.records.tombstones,
            applied=lambda: hub.worker.position,
        )
        runner = Runner(found, self.book, self.wishes, source, **more)
        self.runners.append(runner)
        return runner

    def said(self, name: str = "mine") -> list[tuple[str, Any]]:
        """Return what an agent said."""
        return [(topic, body) for _, topic, body in self.book.words(name)]


@pytest.fixture
def world(kit: HubKit) -> Iterator[World]:
    """A world whose processes end with the test."""
    world = World(kit)
    yield world
    for runner in world.runners:
        runner.stop()
    world.book.close()


def run(runner: Runner) -> None:
    """Step until there is nothing to do."""
    while runner.step():
        pass


def example() -> str:
    """Return the agent that the README shows."""
    found = re.search(r'```python\n("""alarm\.py.*?)```', README.read_text(), re.DOTALL)
    assert found is not None
    return found[1]


def disliked(session: str, reaction: str = "thumbs_down") -> Visit:
    """A visit with one tap on one element."""
    return Visit(session).consent(0).nav("/cart", 1).tap(reaction, 5, "button.pay")


def test_the_example_of_the_readme_does_what_it_says(world: World) -> None:
    """Three in a row are told once; a 👍 between begins anew; a new process goes on as it was."""
    runner = world.runner(example(), "alarm")
    world.kit.tell(disliked("a"), disliked("b"), disliked("c", "thumbs_up"), disliked("d"))
    run(runner)
    assert world.said("alarm") == []
    runner.stop()
    again = world.runner(example(), "alarm")
    world.kit.tell(disliked("e"), disliked("f"))
    run(again)
    ((topic, body),) = world.said("alarm")
    assert (topic, body["place"]) == ("alarm.disliked", "demo /cart button.pay")
    assert again.kept.position == world.kit.hub.worker.position
    assert again.kept.taken == 6


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("raise ImportError('no module of mine')", "ImportError: no module of mine (mine.py:1)"),
        ("topics = ('x',)", "AttributeError"),
        ("topics = ('x',)\ndef handle(s, t, m): pass", "there is no topic 'x'"),
        ("{h}    raise ValueError('a fault of mine')", "ValueError: a fault of mine (mine.py:3)"),
        ("{h}    while True: pass", "it gave no answer within 1 s"),
        ("{h}    while True: yield 'x.y', 1", "it says more than 1000 messages of one batch"),
        ("{h}    yield 'x.y', 'z' * 9_000_000", "its answer is longer than 4194304 bytes"),
        ("{h}    import os; os._exit(3)", "its process ended with code 3"),
        ("{h}    import os; print('last words'); os.abort()", "last words"),
        ("{h}    yield 'flowback.insight.summary', {{}}", "are the hub's own"),
        ("{h}    yield 'no pair'", "no pair of a topic and a message"),
        ("{h}    bytearray(2**31)", "MemoryError"),
        ("{h}    state['x'] = object()", "TypeError"),
    ],
)
def test_whatever_an_agent_does_it_is_counted_and_parked_with_the_reason(
    world: World, code: str, reason: str
) -> None:
    """After some failures in a row; its position has not moved, and the hub's work has."""
    head = "topics = ('flowback.context.enriched',)\ndef handle(state, topic, messages):\n"
    more = {"seconds": 1.0} if "within" in reason else {}
    runner = world.runner(code.replace("{h}", head).replace("{{}}", "{}"), failures=2, **more)
    world.kit.tell(main_job())
    run(runner)
    assert runner.state == "parked"
    assert reason in runner.kept.reason
    assert runner.kept.failures == 2
    assert runner.kept.position == 0
    assert runner.pid is None
    assert world.said() == []
    assert world.kit.hub.worker.position == 2


def test_a_parked_agent_runs_again_with_other_code_or_when_told(world: World) -> None:
    """`start` tries the same code once more; a mended file is tried at the next start."""
    bad = world.runner("raise ImportError")
    world.kit.tell(main_job())
    run(bad)
    assert bad.state == "parked"
    world.wishes.add(Wish(agent="mine", do="start"))
    bad.step()
    assert (bad.state, bad.kept.failures) == ("runs", FAILURES + 1)
    run(bad)
    assert world.runner("raise ImportError").state == "parked"
    good = world.runner(COUNTS)
    run(good)
    assert good.state == "runs"
    assert world.said()[-1][1]["sessions"] == [main_job().session]


def test_a_failure_begins_anew_with_the_state_from_before_the_batch(world: World) -> None:
    """It changes its state and then fails, once: nothing of that stays."""
    once = world.kit.folder / "once"
    code = COUNTS + f"    import os\n    if not os.path.exists({str(once)!r}):\n"
    runner = world.runner(code + f"        open({str(once)!r}, 'w').close(); 1 / 0\n")
    world.kit.tell(main_job("one"))
    run(runner)
    count = runner.kept.taken
    assert runner.kept.failures == 1
    assert world.said() == [("mine.counted", {"sessions": ["one"], "events": count})]


def test_it_can_be_stopped_replayed_and_rebuilt(world: World) -> None:
    """Stopped it takes nothing; rebuilt it says the same as at first."""
    runner = world.runner(COUNTS)
    for name in ("one", "two", "three"):
        world.kit.tell(main_job(name))
    run(runner)
    first, state = world.said(), world.book.state("mine")
    assert len(first) > 0
    world.wishes.add(Wish(agent="mine", do="stop"))
    world.kit.tell(main_job("four"))
    run(runner)
    assert (runner.state, world.said(), runner.behind) == ("stopped", first, 2)
    world.wishes.add(Wish(agent="mine", do="rebuild"))
    run(runner)
    assert world.said()[-1][1]["sessions"] == ["four", "one", "three", "two"]
    rebuilt, events = world.book.state("mine"), sum(world.book.state("mine").values())
    assert {name: rebuilt[name] for name in state} == state
    world.wishes.add(Wish(agent="mine", do="replay", position=6))
    run(runner)
    assert sum(world.book.state("mine").values()) == events + rebuilt["four"]
    assert world.wishes.all() == []


@pytest.mark.parametrize("more", [ERASES, ""])
def test_an_erased_session_is_in_neither_state_nor_words(world: World, more: str) -> None:
    """With `erase()` it is called; without it the agent is built anew."""
    runner = world.runner(COUNTS + more)
    world.kit.tell(main_job("stays"))
    world.kit.tell(main_job("goes-away"))
    run(runner)
    assert "goes-away" in world.book.state("mine")
    world.kit.put(world.kit.entry(0, [tombstone("goes-away")], node=DEMO_NODE))
    world.kit.apply()
    run(runner)
    assert set(world.book.state("mine")) == {"stays"}
    assert "goes-away" not in str(world.said())
    raw = b"".join(one.read_bytes() for one in world.kit.folder.glob("agents.sqlite*"))
    assert b"stays" in raw


def test_a_journey_is_heard_as_it_is_now(world: World) -> None:
    """Sessions that are touched, with path and score."""
    code = "topics = ('flowback.session.friction',)\ndef handle(state, topic, messages):\n"
    runner = world.runner(code + "    return [('mine.seen', one) for one in messages]\n")
    world.kit.tell(main_job("one"))
    run(runner)
    body = world.said()[-1][1]
    assert (body["path"], body["counted"]) == (["/checkout", "/cart"], True)
    assert body["score"] == pytest.approx(0.65, abs=0.005)


def test_a_hub_runs_them_beside_its_own_and_shows_them(tmp_path: Path) -> None:
    """One agent fails, one works; the API and the metrics tell both; the hub goes on."""
    folder = tmp_path / "agents"
    folder.mkdir()
    (folder / "counts.py").write_text(COUNTS)
    (folder / "broken.py").write_text("raise SystemExit('not today')")
    kit = HubKit(tmp_path / "hub")
    kit.hub.stop()
    settings = HubSettings(data=str(kit.folder), names="hub.example", agents=str(folder))
    kit.hub = Hub(settings, kit.inbox, kit.book, list, lambda node: node == DEMO_NODE)
    kit.hub.room.clock = lambda: kit.now
    kit.hub.start()
    try:
        kit.put(kit.entry(0, main_job().groups(0)))
        client = kit.client()

        def shown() -> dict[str, Any]:
            return {row["name"]: row for row in client.get("/api/agents").json()["rows"]}

        wait_for(lambda: shown()["counts"]["position"] == 1 and shown()["broken"]["failures"] > 0)
        assert [name for name in shown() if not shown()[name]["custom"]] == [
            "context", "feedback", "correlator", "storage", "live", "insight",
        ]  # fmt: skip
        assert "not today" in shown()["broken"]["reason"]
        assert shown()["storage"]["position"] == 1
        text = client.get("/metrics").text
        assert 'flowback_hub_custom_agent_up{agent="counts"} 1.0' in text
        assert 'flowback_hub_custom_agent_up{agent="broken"} 0.0' in text
    finally:
        kit.close()


@pytest.mark.parametrize(
    ("names", "says"),
    [(["Bad-Name.py"], "lower case"), ([], "neither a Python file nor a folder")],
)
def test_a_wrong_setting_is_told(tmp_path: Path, names: list[str], says: str) -> None:
    """The error names the file and what would be right."""
    for name in names:
        (tmp_path / name).write_text("")
    with pytest.raises(BadAgent, match=says):
        find(str(tmp_path if names else tmp_path / "nothing"))
