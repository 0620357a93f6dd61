"""
Faults 3 to 5, 26, 29 to 31, +c and +d of edge-and-link.md, section 5.

On real processes where one must die or be flooded; else on forwarder, inlet and journals as
``linkworld`` moves them by hand.
"""

import signal
import sqlite3
import time
from collections import Counter
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
import zmq

from edge import keys
from edge.collector.forwarder import Forwarder
from edge.curve_sockets import dealer
from edge.events import codec
from edge.journal import account, reading
from edge.journal.journal import Journal
from edge.protocol import batch, frames
from edge.protocol.batch import Item
from edge.protocol.me import Timing
from edge.protocol.packing import MAX_MESSAGE, decode, encode
from edge.testing import FaultProxy
from tests.faults.links import drained, kill, start, wait_for, write
from tests.integration.linkworld import World
from tests.oracle import AtHub

FAST = Timing(silence=0.6, connect=2.0, backoff_first=0.05, backoff_most=0.3)


@pytest.fixture
def stack():
    with ExitStack() as made:
        yield made


@pytest.fixture
def world():
    made = World()
    yield made
    made.close()


def edge_of(folder, address, stack):
    """Start a forwarder over the journal in *folder*; return both."""
    own = keys.EdgeKeys.load(folder)
    journal = Journal.open(folder / "journal.db", node=own.node)
    stack.callback(journal.close)
    forwarder = Forwarder(journal, hub_address=address, keys=own, timing=FAST)
    forwarder.start()
    stack.callback(forwarder.stop)
    return journal, forwarder


def projects(path: Path) -> Counter[str]:
    """Return how often each entry lies in the inbox at *path*."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as file:
        bodies = file.execute("select body from entry").fetchall()
    return Counter(codec.unpack(body)[0].stamp.project for (body,) in bodies)


@pytest.mark.fault(3)
def test_fault_3_an_edge_killed_before_it_noted_an_ack_sends_nothing_again(world):
    """The WELCOME says what the hub holds; the cursor and the account follow it."""
    world.ingest(0, 5)
    world.settle()
    world.ingest(0, 5)
    world.settle()
    journal = world.edge._journal
    noted = journal.cursor(account.HUB, journal.own, 0)
    assert noted < world.edge._sender.lanes[0].acked == 10, "an ack that is not noted"
    before = world.seen["commits"]
    world.crash_edge()
    world.settle()
    world.now += 1.0
    world.settle()
    assert world.edge._sender.lanes[0].acked == 10
    assert world.seen["commits"] == before, "nothing was sent again"
    assert account.measure(world.edge._journal).pending == 0
    world.drain()


@pytest.mark.parametrize(("mode", "number"), [("before", 4), ("after", 5)])
@pytest.mark.fault(4, 5)
def test_faults_4_and_5_a_hub_killed_at_its_commit_holds_each_entry_once(
    mode, number, tmp_path, stack
):
    """Before it: nothing of the batch is there. After it: all is, and nobody was told."""
    keys.pair_demo(tmp_path / "edge", tmp_path / "hub")
    hub, address = start("faults/killed_hub.py", tmp_path / "hub", mode)
    journal, forwarder = edge_of(tmp_path / "edge", address, stack)
    for each in range(10):
        write(journal, each)
    wait_for(lambda: drained(forwarder))
    hub.send_signal(signal.SIGUSR1)
    wait_for((tmp_path / "hub" / "armed").exists)
    write(journal, 10)
    assert hub.wait(20) == -signal.SIGKILL
    hub.stdout.close()
    assert sum(lane.backlog for lane in forwarder.status().lanes) == 1, "no acknowledgement came"
    inbox = tmp_path / "hub" / "inbox.db"
    assert ("10" in projects(inbox)) == (mode == "after")
    hub, _ = start("integration/link_hub.py", tmp_path / "hub", address=address)
    stack.callback(kill, hub)
    write(journal, 11)
    wait_for(lambda: drained(forwarder))
    assert projects(inbox) == {str(each): 1 for each in range(12)}
    seen = AtHub(inbox)
    seen.look()
    assert seen.gaps == 0


def stop(process) -> None:
    """Let *process* stand still, and see that it does."""
    process.send_signal(signal.SIGSTOP)
    state = Path(f"/proc/{process.pid}/stat")
    wait_for(lambda: state.read_text().rpartition(")")[2].split()[0] == "T")


@pytest.mark.parametrize("cut", [False, True], ids=["the line lives", "the line breaks meanwhile"])
@pytest.mark.fault(26)
def test_fault_26_an_edge_that_stood_still_goes_on_by_itself(cut, tmp_path, stack):
    """
    Where its line broke meanwhile, in a new session with a greater fence each time; else in the
    one that it had, which nobody else took.
    """
    from tests.integration.test_link import Site

    site = Site(tmp_path)
    site.start_hub()
    stack.callback(site.stop_hub)
    proxy = stack.enter_context(FaultProxy("127.0.0.1", int(site.bind.rpartition(":")[2])))
    inbox = AtHub(tmp_path / "hub" / "inbox.db")

    def entries():
        inbox.look()
        return inbox.entries

    def written():
        with reading.beside(tmp_path / "edge" / "journal.db") as found:
            return found.read("select sum(seq) from head")[0][0]

    def fence():
        session = site.inlet._receiver.known[site.pair.edge.node].session
        return session.fence if session is not None else 0

    edge, _ = start(
        "integration/link_edge.py", tmp_path / "edge", "0", "3.0", address=proxy.address
    )
    stack.callback(kill, edge)
    for _ in range(2):
        before = entries()
        wait_for(lambda before=before: entries() > before + 20)
        stop(edge)
        kept, old = written(), fence()
        until = time.monotonic() + 4.0  # longer than the edge's patience of 3 s
        if cut:
            proxy.cut()
        wait_for(lambda until=until: time.monotonic() > until)
        assert written() == kept, "it stands still"
        assert entries() <= kept
        edge.send_signal(signal.SIGCONT)
        if cut:
            wait_for(lambda old=old: fence() > old)
        before = entries()
        wait_for(lambda before=before: entries() > before + 20)
        assert (fence() > old) == cut
    assert inbox.doubled == []


@pytest.mark.fault(26)
def test_fault_26_a_hub_that_stood_still_gets_a_new_session_with_a_greater_fence(tmp_path, stack):
    """Its edge gave it up meanwhile; what was sent into the old session counts once."""
    keys.pair_demo(tmp_path / "edge", tmp_path / "hub")
    hub, address = start("integration/link_hub.py", tmp_path / "hub")
    stack.callback(kill, hub)
    journal, forwarder = edge_of(tmp_path / "edge", address, stack)
    write(journal, 0)
    wait_for(lambda: drained(forwarder))
    for number in range(1, 4):
        fence, sessions = forwarder._sender._session.fence, forwarder._sender.sessions
        reconnects = forwarder.status().reconnects
        stop(hub)
        write(journal, number)
        wait_for(lambda before=reconnects: forwarder.status().reconnects > before)
        assert not drained(forwarder)
        hub.send_signal(signal.SIGCONT)
        wait_for(lambda: drained(forwarder))
        assert forwarder._sender._session.fence > fence
        assert forwarder._sender.sessions > sessions
    assert projects(tmp_path / "hub" / "inbox.db") == {str(each): 1 for each in range(4)}


@pytest.mark.fault(29)
def test_fault_29_a_hole_brings_one_refusal_and_no_storm(world):
    """Batches behind a lost one are refused without the disk, and once."""
    world.ingest(0, 2)
    world.settle()
    for _ in range(6):
        world.ingest(0, 1)
        world.edge.turn()
    assert len(world.line.to_hub) >= 4
    world.drop(0)
    while world.line.to_hub:
        world.to_hub(0)
    node = world.pair.edge.node
    assert world.hub._receiver.known[node].counts["naks"] == 1
    assert world.inbox.waiting == []
    world.drain()
    assert world.hub._receiver.known[node].counts["naks"] == 1


@pytest.mark.fault(31)
def test_fault_31_a_poisoned_entry_alone_is_put_aside_at_both_ends(world):
    """After at most three tries, and its neighbours arrive."""
    world.ingest(0, 3)
    world.settle()
    world.ingest(0, 3)
    world.poison(0)
    poisoned = world.issued
    world.ingest(0, 3)
    world.drain()
    journal = world.edge._journal
    rows = journal.read("select lane, seq, why from quarantine")
    assert rows == [(0, 6, "hash")]
    gaps = [(gap.lo, gap.hi, gap.why) for gap in world.inbox.gaps(journal.own, 0)]
    assert gaps == [(6, 6, "hash")]
    assert world.edge._sender.naks <= 3
    assert set(world.at_hub()) == set(range(1, world.issued + 1)) - {poisoned}
    assert account.measure(journal).unaccounted == 0


def bomb() -> Item:
    """200 MiB of zeros in some kilobytes."""
    import zstandard

    body = zstandard.ZstdCompressor(level=3).compress(bytes(200 * 2**20))
    return Item(1, 0, 1, 1, codec.seal(body), body)


def item(body: bytes, *, seal: bytes = b"") -> Item:
    return Item(1, 0, 1, 1, seal or codec.seal(body), body)


@pytest.mark.fault(30)
def test_fault_30_what_is_altered_inflated_or_too_large_is_refused_with_a_reason(tmp_path, stack):
    """Nothing of it is stored, the hub's memory stays where it was, and an edge goes on."""
    pair = keys.pair_demo(tmp_path / "edge", tmp_path / "hub")
    hub, address = start("integration/link_hub.py", tmp_path / "hub")
    stack.callback(kill, hub)
    journal, forwarder = edge_of(tmp_path / "edge", address, stack)
    write(journal, 1)
    wait_for(lambda: drained(forwarder))
    forwarder.stop()
    before = peak(hub.pid)
    good = codec.pack([])
    context = zmq.Context()
    stack.callback(context.destroy, linger=0)
    for what, expected in (
        (batch.pack(0, 1, 0, [item(good, seal=b"x" * 16)]), "hash"),
        (batch.pack(0, 1, 0, [item(b"no zstd at all")]), "decode"),
        (batch.pack(0, 1, 0, [bomb()]), "too_big"),
        ((batch.pack(0, 1, 0, [item(good)])[0], good[:-1]), "malformed"),
        (batch.pack(0, 1, 0, [item(bytes(9 * 2**20))]), "disconnect"),
    ):
        assert answer(context, pair, address, what) == expected, expected
    assert peak(hub.pid) - before < 64 * 1024, "KiB"
    assert projects(tmp_path / "hub" / "inbox.db") == {"1": 1}
    again = Forwarder(journal, hub_address=address, keys=pair.edge, timing=FAST)
    again.start()
    stack.callback(again.stop)
    write(journal, 2)
    wait_for(lambda: drained(again))


def answer(context, pair, address, what) -> str:
    """Send a batch in a session of its own; return the reason of the refusal."""
    with ExitStack() as stack:
        socket = dealer(context, pair.edge.keys[0], pair.hub.current.public)
        stack.callback(socket.close, linger=0)
        socket.setsockopt(zmq.SNDTIMEO, 10_000)
        monitor = socket.get_monitor_socket(zmq.Event.DISCONNECTED)
        stack.callback(monitor.close, linger=0)
        stack.callback(socket.disable_monitor)
        socket.connect(address)
        epoch = 1
        lanes = [frames.LaneState(lane, 9, 1, 0) for lane in (0, 1)]
        socket.send_multipart(
            encode(
                frames.Hello(
                    versions=[1],
                    node=pair.edge.node,
                    epoch=epoch,
                    boot=time.time_ns(),
                    n=1,
                    schema=[1, 1],
                    lanes=lanes,
                    maxmsg=MAX_MESSAGE,
                )
            )
        )
        welcome = heard(socket, frames.Welcome)
        header, body = what
        header = frames.Batch(session=welcome.session, epoch=epoch, lane=0, lines=header.lines)
        socket.send_multipart(encode(header, body))
        if len(body) > MAX_MESSAGE:
            assert monitor.poll(10_000)
            return "disconnect"
        refused = heard(socket, frames.Nak, frames.ErrorFrame)
        return refused.why if isinstance(refused, frames.Nak) else refused.code


def heard(socket, *kinds):
    """Return the first frame of one of *kinds*."""
    while True:
        assert socket.poll(10_000), f"no {kinds}"
        frame, _ = decode(socket.recv_multipart())
        if isinstance(frame, kinds):
            return frame


def peak(pid: int) -> int:
    """Return the most memory that a process ever had, in KiB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    [line] = [line for line in lines if line.startswith("VmHWM")]
    return int(line.split()[1])


DAY = 86_400


@pytest.mark.fault("+c")
def test_fault_c_a_clock_that_jumps_by_a_day_delays_and_reorders_nothing(
    tmp_path, stack, monkeypatch
):
    """Order is by number, waits are on the monotonic clock; the hub notes the difference."""
    from tests.integration.test_link import Site

    site = Site(tmp_path)
    real, shift = time.time, [0]
    monkeypatch.setattr(time, "time", lambda: real() + shift[0])
    site.start_hub()
    stack.callback(site.stop_hub)
    site.start_edge()
    stack.callback(site.stop_edge)
    for jump in (0, DAY, -DAY):
        shift[0] = jump
        site.write(0, 10)
        site.write(1, 10)
        site.wait_drained()
    site.check_same()
    moments = [e.at for e in site.inbox.entries(site.origin, 0, 0, max_bytes=2**30)]
    assert moments[10] - moments[9] > DAY * 900 > moments[20] - moments[19], "the clock jumped"
    assert site.forwarder.status().reconnects == 0
    shift[0] = 0
    site.forwarder._sender._clock_ms = lambda: int((real() + DAY) * 1000)
    site.inlet.stop()
    site.inbox.close()
    site.start_hub()
    site.write(0, 1)
    site.wait_drained()
    assert abs(site.inlet.edges()[0].skew_ms - DAY * 1000) < 60_000


@pytest.mark.fault("+d")
def test_fault_d_one_connection_alone_writes_and_checkpoints(tmp_path, stack, monkeypatch):
    """Two that checkpoint at once may lose a log's reset in older releases of SQLite."""
    from tests.integration.test_link import Site

    writers: dict[str, set[int]] = {}
    writing = {sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_DELETE}
    real = sqlite3.connect
    opened: list[str] = []

    def connect(database, *arguments, **options):
        made = real(database, *arguments, **options)
        name = str(database).partition("?")[0].removeprefix("file:")
        opened.append(name)

        def authorize(action, first, *_):
            if action in writing or (action == sqlite3.SQLITE_PRAGMA and first == "wal_checkpoint"):
                writers.setdefault(name, set()).add(id(made))
            return sqlite3.SQLITE_OK

        made.set_authorizer(authorize)
        return made

    monkeypatch.setattr(sqlite3, "connect", connect)
    site = Site(tmp_path)
    site.start_hub()
    stack.callback(site.stop_hub)
    site.start_edge()
    stack.callback(site.stop_edge)
    for lane in (0, 1):
        site.write(lane, 50)
    site.wait_drained()
    for journal in (site.outbox, site.inbox):
        journal.submit(lambda tx: setattr(tx, "checkpoint", True)).result(10)
        assert opened.count(str(journal.path)) > 1, "others read it"
        assert len(writers[str(journal.path)]) == 1
        reader = journal._local.reader._connection
        with pytest.raises(sqlite3.OperationalError, match="attempt to write"):
            reader.execute("insert into meta values ('x', 1)")
        assert reader.execute("pragma wal_autocheckpoint").fetchone() == (0,)
    site.check_same()
