"""A hub is killed again and again while a custom agent works: it says each thing once."""

import contextlib
import signal
import subprocess
import sys
from pathlib import Path

from edge.journal.reading import Reading
from hub.custom.book import FILE, AgentBook
from tests.hub.hubkit import HubKit, main_job
from tests.stack import wait_for

CODE = """
import time
from pathlib import Path
topics = ("flowback.context.enriched",)
here = Path({folder!r})
def handle(state, topic, messages):
    for one in messages:
        state["n"] = state.get("n", 0) + 1
        if state["n"] == int((here / "stop").read_text()):
            (here / "reached").touch()
            time.sleep(600)
        yield "mine.heard", [state["n"], one["event"]]
"""
CHILD = """
import sys, time
from pathlib import Path
from hub.app import Hub
from hub.custom import runner
from hub.settings import HubSettings
from tests.hub.hubkit import DEMO_NODE, HubKit
runner.BATCH_BYTES = 1
folder = Path(sys.argv[1])
kit = HubKit(folder)
kit.hub.stop()
settings = HubSettings(data=str(folder), agents=sys.argv[2])
kit.hub = Hub(settings, kit.inbox, kit.book, list, lambda node: node == DEMO_NODE)
kit.hub.room.clock = lambda: kit.now
kit.hub.start()
time.sleep(600)
"""
VISITS = 12


def position(folder: Path) -> int:
    """Return how far the agent is, as it is on disk."""
    if not (folder / FILE).exists():
        return 0
    with contextlib.closing(Reading(folder / FILE)) as book:
        tables = book.read("select 1 from sqlite_schema where name = 'agent'")
        rows = book.read("select position from agent") if tables else []
        return int(str(rows[0][0])) if rows else 0


def test_a_killed_hub_goes_on_where_its_agent_was(tmp_path: Path) -> None:
    """Killed twice in the middle of a batch, then at the end: no hole and no repeat."""
    folder, code = tmp_path / "hub", tmp_path / "mine.py"
    code.write_text(CODE.format(folder=str(tmp_path)))
    kit = HubKit(folder)
    for number in range(VISITS):
        kit.put(kit.entry(0, main_job(f"one-{number}").groups(0)))
    kit.close()
    for stop in (17, 40, 0):
        (tmp_path / "stop").write_text(str(stop))
        child = subprocess.Popen([sys.executable, "-c", CHILD, str(folder), str(code)])
        try:
            wait_for((tmp_path / "reached").exists if stop else lambda: position(folder) == VISITS)
        finally:
            child.send_signal(signal.SIGKILL)
            assert child.wait() == -signal.SIGKILL
        assert (position(folder) < VISITS) == bool(stop)
        (tmp_path / "reached").unlink(missing_ok=True)
    with contextlib.closing(AgentBook(folder)) as book:
        said = [body for _, _, body in book.words("mine", most=10_000)]
    assert [n for n, _ in said] == [*range(1, len(said) + 1)]
    assert len({event for _, event in said}) == len(said) > 40
