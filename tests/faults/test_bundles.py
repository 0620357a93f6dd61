"""
Files carried by hand between real processes (fault 36 of edge-and-link.md, section 5).

`flowback edge`, `flowback hub` and `flowback bundle` as an operator runs them: both ends
alive, killed in the middle, or stopped; a stick that is full or pulled out.
"""

import contextlib
import json
import os
import random
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

import pytest

from edge.control_book import ControlBook
from edge.events import codec
from edge.events.entry import Group, Stamp
from edge.journal.entry import Entry
from edge.journal.journal import Journal
from edge.journal.reading import beside
from edge.keys import EdgeKeys
from edge.protocol.frames import Errand
from hub.bundles.desk import Desk
from hub.inlet.inbox import open_inbox
from tests.faults.posting import browser_events, metrics, visitor
from tests.stack import PROGRAM, ROOT, Process, Stack, answers, wait_for


@pytest.fixture
def stack(tmp_path):
    made = Stack(tmp_path)
    made.stick = tmp_path / "stick"
    made.stick.mkdir()
    yield made
    for process in (made.edge, made.hub):
        if process.process is not None and process.process.poll() is None:
            process.stop()


def bundle(*arguments, code=0):
    """Run `flowback bundle` with --json and return what it says."""
    done = subprocess.run(
        [*PROGRAM, "bundle", *map(str, arguments), "--json"],
        capture_output=True,
        check=False,
        text=True,
        cwd=ROOT,
        timeout=60,
    )
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    assert done.stderr == "", "quiet where there is no terminal"
    return json.loads(done.stdout)


def start(process, url):
    process.start()
    wait_for(lambda: answers(f"{url}/health"), what=f"{url}; see {process.log}")


def without_a_line(stack):
    """Let the edge know no address of the hub."""
    given = list(stack.edge.arguments)
    at = given.index("--hub")
    stack.edge = Process(*given[:at], *given[at + 2 :], log=stack.edge.log)


def fill(stack, count, size):
    """Put *count* entries of *size* bytes that do not compress into the journal of the edge."""
    folder = stack.folder / "edge"
    journal = Journal.open(folder / "journal.db", node=EdgeKeys.load(folder).node)
    rng, bodies = random.Random(36), []
    moment = int(time.time() * 1000)
    for number in range(count):
        text = f"{number}-{rng.randbytes(size).hex()}"
        bodies.append(codec.pack([Group(stamp=Stamp(project=text, received_at=1), events=[None])]))

    def store(tx):
        for number, body in enumerate(bodies):
            seal = codec.seal(body)
            seq = number // 2 + 1
            tx.store(Entry(journal.own, number % 2, seq, 1, moment, seal, body))

    journal.submit(store).result(60)
    own = journal.own
    journal.close()
    return own, bodies


def at_hub(stack):
    """Return how often each body lies in the inbox, and check that no number is missing."""
    with beside(stack.folder / "hub" / "inbox.db") as inbox:
        cursors = inbox.read(
            "select o.epoch, c.lane, c.seq from cursor c join origin o on o.id = c.origin"
        )
        entries = inbox.follow(0, max_bytes=2**40)  # after the cursors: it may still grow
    for epoch, lane, cursor in cursors:
        mine = sorted(e.seq for e in entries if (e.origin.epoch, e.lane) == (epoch, lane))
        assert mine == list(range(1, len(mine) + 1)), "INV-4"
        assert len(mine) >= cursor, "INV-4"
    return Counter(entry.body for entry in entries)


def sticks(stack, end=".fbx"):
    return sorted(path for path in stack.stick.iterdir() if path.name.endswith(end))


def edge_row(stack):
    [row] = stack.get("/api/edges")["rows"]
    return row


def counted(stack):
    """Return the edge's metrics once it has counted its account after this moment."""
    moment = time.time()

    def fresh():
        found = metrics(stack.edge_url)
        return found if found["flowback_edge_account_timestamp_seconds"] > moment else None

    return wait_for(fresh, seconds=60)


def test_a_site_without_a_line_goes_by_hand_while_both_ends_run(stack):
    """Export, import, receipt, twice: every acknowledged event is at the hub once, none waits."""
    without_a_line(stack)
    start(stack.edge, stack.edge_url)
    start(stack.hub, stack.hub_url)
    someone = visitor(stack.edge_url, stack.project)
    someone.grant()
    for _ in range(2):
        for _ in range(3):
            assert someone.send().status_code == 202
        before = counted(stack)
        assert before["flowback_edge_pending_events"] > 0
        assert before["flowback_edge_unaccounted"] == 0
        [file] = bundle("export", "--data", stack.folder / "edge", "--out", stack.stick)["files"]
        taken = bundle("import", file["file"], "--data", stack.folder / "hub")["files"]
        assert taken[0]["stored"] == file["entries"]
        still = counted(stack)
        assert still["flowback_edge_pending_events"] == before["flowback_edge_pending_events"]
        receipt = taken[0]["receipt"]
        assert Path(receipt).parent == stack.stick
        moved = bundle("import", receipt, "--data", stack.folder / "edge")["files"][0]
        assert moved["entries"] == file["entries"]
        account = counted(stack)
        assert account["flowback_edge_pending_events"] == 0
        assert account["flowback_edge_delivered_events"] == account["flowback_edge_accepted_events"]
        assert account["flowback_edge_unaccounted"] == 0
    found = browser_events(stack.folder / "hub" / "inbox.db")
    assert {key for key in found if key[0] == someone.stream} == someone.acknowledged
    assert set(found.values()) == {1}
    nothing = bundle("export", "--data", stack.folder / "edge", "--out", stack.stick)
    assert nothing["files"] == []
    row = edge_row(stack)
    assert row["bundle"]["missing"] == []
    assert row["bundle"]["files"] == [1]
    assert wait_for(lambda: stack.get("/api/hotspots")["scope"]["sessions"] == 1)


@pytest.mark.fault(36)
def test_a_missing_file_shows_at_the_hub_and_heals(stack):
    """Named by its number and range, in the answer, over the API and in the metrics."""
    own, bodies = fill(stack, 60, 40_000)
    start(stack.hub, stack.hub_url)
    data = ("--data", stack.folder / "edge")
    bundle("export", *data, "--out", stack.stick, "--split", "1M")
    one, two, three = sticks(stack)
    hub = ("--data", stack.folder / "hub")
    answer = bundle("import", three, one, *hub, code=3)
    assert [taken["no"] for taken in answer["files"]] == [1, 3], "in their order"
    missing = {(m["no"], m["lane"], m["lo"], m["hi"]) for m in answer["files"][-1]["missing"]}
    spans = bundle("verify", two)["files"][0]["spans"]
    assert missing == {(2, one["lane"], one["from"], one["to"]) for one in spans}
    shown = edge_row(stack)["bundle"]
    assert {(m["file"], m["lane"], m["first"], m["last"]) for m in shown["missing"]} == missing
    assert (shown["files"], shown["early"]) == ([1, 3], [3])
    node = f'{{edge="demo",node="{own.node}"}}'
    count = sum(hi - lo + 1 for _, _, lo, hi in missing)
    figures = metrics(stack.hub_url)
    assert figures[f"flowback_hub_bundle_missing_entries{node}"] == count
    assert figures['flowback_hub_bundles_total{result="taken"}'] == 2
    held = answer["files"][0]["stored"]
    receipts = sticks(stack, ".fbr")
    moved = bundle("import", receipts[-1], *data)["files"][0]
    assert moved["entries"] == held
    assert {(m["no"], m["lane"], m["lo"], m["hi"]) for m in moved["missing"]} == missing
    (stack.folder / "second").mkdir()
    healed = bundle("export", *data, "--out", stack.folder / "second")["files"]
    assert bundle("import", *(file["file"] for file in healed), *hub)["exit"] == 0
    assert edge_row(stack)["bundle"]["missing"] == []
    assert at_hub(stack) == Counter(bodies)


@pytest.mark.fault(36)
def test_an_altered_file_and_an_unfinished_one_are_refused_by_a_running_hub(stack):
    """One line each, exit code 1, and nothing of them is in the inbox."""
    fill(stack, 6, 1000)
    start(stack.hub, stack.hub_url)
    bundle("export", "--data", stack.folder / "edge", "--out", stack.stick)
    [file] = sticks(stack)
    whole = file.read_bytes()
    file.write_bytes(whole[:-300] + bytes([whole[-300] ^ 1]) + whole[-299:])
    hub = ("--data", stack.folder / "hub")
    [answer] = bundle("import", file, *hub, code=1)["files"]
    assert answer["why"] == "altered"
    partial = file.with_name(file.name + ".partial")
    partial.write_bytes(whole)
    [answer] = bundle("import", partial, *hub, code=1)["files"]
    assert answer["why"] == "unfinished"
    [answer] = bundle("verify", file, code=1)["files"]
    assert answer["why"] == "altered"
    assert not at_hub(stack)
    file.write_bytes(whole)
    assert bundle("import", file, *hub)["files"][0]["stored"] == 6


@pytest.mark.fault(36)
def test_a_killed_export_leaves_nothing_that_can_be_imported(stack):
    """SIGKILL while a file is written: a stick that is pulled out. The next export is whole."""
    _, bodies = fill(stack, 150, 100_000)
    export = [*PROGRAM, "bundle", "export", "--data", str(stack.folder / "edge")]
    process = subprocess.Popen([*export, "--out", str(stack.stick)], cwd=ROOT)
    wait_for(lambda: any(path.stat().st_size > 2**20 for path in stack.stick.glob("*.partial")))
    process.send_signal(signal.SIGKILL)
    assert process.wait(10) == -signal.SIGKILL
    [left] = stack.stick.iterdir()
    assert left.name.endswith(".fbx.partial")
    hub = ("--data", stack.folder / "hub")
    [answer] = bundle("import", left, *hub, code=1)["files"]
    assert answer["why"] == "unfinished"
    cut = left.rename(left.with_suffix(""))
    [answer] = bundle("import", cut, *hub, code=1)["files"]
    assert answer["why"] == "torn"
    cut.rename(left)
    bundle("export", "--data", stack.folder / "edge", "--out", stack.stick)
    [file] = stack.stick.iterdir()
    bundle("import", file, *hub)
    assert at_hub(stack) == Counter(bodies)


def test_a_full_stick_keeps_the_files_that_are_whole(stack):
    """A real file system of 4 MiB: what fits may be carried, the rest goes with the next."""
    _, bodies = fill(stack, 120, 50_000)
    kept = stack.folder / "kept"
    kept.mkdir()
    script = (
        'mount -t tmpfs -o size=4m tmpfs "$1" || exit 99; "${@:3}"; code=$?;'
        ' cp -a "$1"/. "$2"/; exit $code'
    )
    private = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]
    export = [*PROGRAM, "bundle", "export", "--data", str(stack.folder / "edge")]
    done = subprocess.run(
        [
            *(*private, "bash", "-c", script, "bash", str(stack.stick), str(kept)),
            *(*export, "--out", str(stack.stick), "--split", "1M"),
        ],
        capture_output=True,
        check=False,
        text=True,
        cwd=ROOT,
        timeout=60,
    )
    assert done.returncode == 1, done.stderr
    assert "it is full" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    whole = sorted(kept.iterdir())
    assert {path.suffix for path in whole} == {".fbx"}
    assert 1 < len(whole) < 6, "the stick was not too small"
    assert f"{len(whole)} files are whole and may be carried" in done.stderr
    hub = ("--data", stack.folder / "hub")
    answer = bundle("import", *whole, *hub, code=3)
    assert answer["files"][-1]["more"] == len(whole) + 1
    bundle("import", answer["files"][-1]["receipt"], "--data", stack.folder / "edge")
    rest = bundle("export", "--data", stack.folder / "edge", "--out", stack.stick)["files"]
    assert sum(file["entries"] for file in rest) == 120 - sum(at_hub(stack).values())
    bundle("import", *(file["file"] for file in rest), *hub)
    assert at_hub(stack) == Counter(bodies)


def test_a_hub_that_is_killed_while_it_imports_goes_on_at_its_next_start(stack):
    """SIGKILL with a part of the file in the inbox: the whole is there afterwards, once."""
    _, bodies = fill(stack, 3000, 25_000)
    bundle("export", "--data", stack.folder / "edge", "--out", stack.stick)
    [file] = sticks(stack)
    start(stack.hub, stack.hub_url)
    command = subprocess.Popen(
        [*PROGRAM, "bundle", "import", str(file), "--data", str(stack.folder / "hub"), "--json"],
        stdout=subprocess.PIPE,
        cwd=ROOT,
    )
    inbox = stack.folder / "hub" / "inbox.db"

    def some() -> bool:
        with contextlib.suppress(Exception), beside(inbox) as reading:
            [(count,)] = reading.read("select count(*) from entry")
            return int(str(count)) > 0
        return False

    wait_for(some)
    stack.hub.kill()
    with beside(inbox) as reading:
        [(before,)] = reading.read("select count(*) from entry")
    assert 0 < int(str(before)) < 3000, "it was not killed in the middle"
    start(stack.hub, stack.hub_url)
    out, _ = command.communicate(timeout=60)
    assert command.returncode == 0
    [answer] = json.loads(out)["files"]
    assert answer["stored"] + answer["known"] == 3000
    assert answer["known"] >= int(str(before))
    assert at_hub(stack) == Counter(bodies)


@pytest.mark.fault(36)
def test_the_line_and_the_files_together_bring_everything_once(stack):
    """An export, then the line comes and brings all, then the files arrive; and the receipt."""
    _, bodies = fill(stack, 40, 2000)
    bundle("export", "--data", stack.folder / "edge", "--out", stack.stick)
    [file] = sticks(stack)
    stack.start()
    wait_for(lambda: sum(at_hub(stack).values()) == 40 if edge_row(stack)["held"] else False)
    [answer] = bundle("import", file, "--data", stack.folder / "hub")["files"]
    assert (answer["stored"], answer["known"]) == (0, 40)
    bundle("import", answer["receipt"], "--data", stack.folder / "edge")
    assert at_hub(stack) == Counter(bodies)
    account = counted(stack)
    assert account["flowback_edge_pending_events"] == 0
    assert account["flowback_edge_unaccounted"] == 0


def test_a_probe_after_all_faults_is_at_the_hub(stack):
    """INV-7: a half-imported, then lost export does not stand in the way of what comes later."""
    fill(stack, 60, 40_000)
    data, hub = ("--data", stack.folder / "edge"), ("--data", stack.folder / "hub")
    bundle("export", *data, "--out", stack.stick, "--split", "1M")
    bundle("import", sticks(stack)[2], *hub, code=3)
    without_a_line(stack)
    start(stack.edge, stack.edge_url)
    someone = visitor(stack.edge_url, stack.project)
    someone.grant()
    assert someone.send().status_code == 202
    (stack.folder / "again").mkdir()
    files = bundle("export", *data, "--out", stack.folder / "again")["files"]
    bundle("import", *(file["file"] for file in files), *hub)
    assert someone.acknowledged <= set(browser_events(stack.folder / "hub" / "inbox.db"))


def test_a_file_that_is_dropped_into_the_hubs_folder_is_taken(stack):
    """A diode's receiver knows no command: renamed into bundles/in, it comes within seconds."""
    _, bodies = fill(stack, 10, 1000)
    start(stack.hub, stack.hub_url)
    bundle("export", "--data", stack.folder / "edge", "--out", stack.stick)
    [file] = sticks(stack)
    inside = stack.folder / "hub" / "bundles" / "in"
    inside.mkdir(parents=True, exist_ok=True)
    bad = file.read_bytes()[:-7]
    (inside / "torn.part").write_bytes(bad)
    (inside / "torn.part").rename(inside / "torn.fbx")
    file.rename(inside / "good.fbx")
    wait_for(lambda: not list(inside.iterdir()))
    assert at_hub(stack) == Counter(bodies)
    refused = stack.folder / "hub" / "bundles" / "refused" / "torn.fbx"
    assert refused.read_bytes() == bad, "what nobody else may have is kept"
    figures = metrics(stack.hub_url)
    assert figures['flowback_hub_bundles_total{result="refused"}'] == 1


def test_a_receipt_brings_what_the_hub_tells_its_edges(stack):
    """Control goes by hand as by wire: a project that was added at the hub is there, once."""
    without_a_line(stack)
    start(stack.edge, stack.edge_url)
    start(stack.hub, stack.hub_url)
    added = [*PROGRAM, "site", "add", "news", "--origin", "https://news.example", "--demo"]
    subprocess.run([*added, "--data", str(stack.folder / "hub")], check=True, capture_output=True)
    someone = visitor(stack.edge_url, stack.project)
    someone.grant()
    data, hub = ("--data", stack.folder / "edge"), ("--data", stack.folder / "hub")

    def told() -> int:
        [file] = bundle("export", *data, "--out", stack.stick)["files"]
        receipt = bundle("import", file["file"], *hub)["files"][0]["receipt"]
        return bundle("import", receipt, *data)["files"][0]["control"]

    def send() -> bool:
        return someone.send().status_code == 202

    assert wait_for(lambda: send() and told())
    book = ControlBook(stack.folder / "edge")

    def holds() -> bool:
        book.reload()
        return "news" in book.holding("project")

    wait_for(holds)
    assert send()
    assert told() == 0, "what the edge says that it holds is not told again"


def test_a_receipt_brings_a_deletion_that_was_asked_for_elsewhere(stack):
    """The session's events at this edge are erased by the edge that runs, and stay counted."""
    without_a_line(stack)
    start(stack.edge, stack.edge_url)
    someone = visitor(stack.edge_url, stack.project)
    someone.grant()
    assert someone.send().status_code == 202
    journal = stack.folder / "edge" / "journal.db"
    assert browser_events(journal)
    inbox = open_inbox(stack.folder / "hub" / "inbox.db", node="hub")
    errand = Errand(stack.project.id, someone.session, someone.receipt)
    desk = Desk(inbox, stack.folder / "hub", errands=lambda _node: [errand])
    bundle("export", "--data", stack.folder / "edge", "--out", stack.stick)
    [file] = sticks(stack)
    receipt = desk.take(file).receipt
    inbox.close()
    bundle("import", receipt, "--data", stack.folder / "edge")
    wait_for(lambda: not browser_events(journal))
