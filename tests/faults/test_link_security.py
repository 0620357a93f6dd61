"""
Whoever is not an edge, or not this edge, gets nothing and disturbs nobody: real sockets and
processes (faults 20, 23 and 24; rows E1, E4 and E5 of the security tests).
"""

import contextlib
import os
import pickle
import socket as tcp
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgpack
import pytest
import zmq

from edge import keys
from edge.collector.forwarder import Forwarder
from edge.curve_sockets import dealer
from edge.journal.database import open_reader
from edge.journal.journal import Journal
from edge.protocol import frames, parting
from edge.protocol.packing import MAX_MESSAGE, Parts, decode, encode
from tests.integration.test_link import FAST, Site, wait_for

ROOT = Path(__file__).resolve().parent.parent.parent
HANDSHAKES = 10_000


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    yield made
    for stop in ("stop_edge", "stop_hub"):
        with contextlib.suppress(AttributeError):
            getattr(made, stop)()


@contextlib.contextmanager
def spoken(site: Site, own: keys.EdgeKeys) -> "Iterator[zmq.Socket[bytes]]":
    """Return a socket with an edge's key and nothing of an edge behind it."""
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    socket = dealer(context, own.keys[0], site.pair.hub.current.public)
    socket.connect(site.bind)
    try:
        assert socket.poll(5000, zmq.POLLOUT)
        yield socket
    finally:
        socket.close(linger=0)
        context.destroy(linger=0)


def say(socket: "zmq.Socket[bytes]", parts: Parts) -> frames.Frame:
    """Send one message and return the answer."""
    socket.send_multipart(parts)
    assert socket.poll(5000, zmq.POLLIN), "no answer"
    return decode(socket.recv_multipart())[0]


def hello(own: keys.EdgeKeys, node: str = "", boot: int = 5) -> Parts:
    lanes = [frames.LaneState(0, 9, 1, 0), frames.LaneState(1, 0, 1, 0)]
    return encode(
        frames.Hello(
            versions=[1],
            node=node or own.node,
            epoch=7,
            boot=boot,
            n=1,
            schema=[1, 1],
            lanes=lanes,
            maxmsg=MAX_MESSAGE,
        )
    )


def second_edge(site: Site) -> keys.EdgeKeys:
    """Enrol another edge."""
    folder = site.folder / "second"
    keys.EdgeKeys.make(folder)
    asked = keys.request(folder, site.folder / "second.asked", name="second")
    keys.enroll(keys.Keyring(site.folder / "hub"), asked, asked.fingerprint())
    wait_for(lambda: len(site.inlet.edges()) == 2)
    return keys.EdgeKeys.trust(folder, site.pair.hub.card())


def captured(site: Site) -> list[Parts]:
    """Let the edge send five entries, and return the very batches that the hub took."""
    taken: list[Parts] = []
    receive = site.inlet._receiver.receive

    def listen(peer: bytes, key: str, parts: Parts, now: float) -> object:
        if parts[0] == b"FB1\x02":
            taken.append([*parts])
        return receive(peer, key, parts, now)

    site.inlet._receiver.receive = listen  # type: ignore[method-assign,assignment]
    site.write(0, 5)
    site.wait_drained()
    return taken


def test_an_edge_cannot_speak_for_another_and_captured_frames_say_nothing(site: Site) -> None:
    """Row E4: replayed by their own edge in a later session, and by another edge, reordered."""
    site.start_hub()
    site.start_edge()
    batches = captured(site)
    assert batches
    site.stop_edge()
    second = second_edge(site)
    with spoken(site, second) as socket:
        refused = say(socket, hello(second, site.pair.edge.node))
        assert isinstance(refused, frames.ErrorFrame)
        assert refused.code == "node"
        assert isinstance(say(socket, hello(second)), frames.Welcome)
        for parts in reversed(batches):
            bye = say(socket, parts)
            assert isinstance(bye, frames.Bye)
    with spoken(site, site.pair.edge) as socket:
        welcome = say(socket, hello(site.pair.edge, boot=6))
        assert isinstance(welcome, frames.Welcome)
        bye = say(socket, batches[0])
        assert isinstance(bye, frames.Bye), "its session is over"
    nodes = {row[0] for row in site.inbox.read("select distinct node from origin")}
    assert second.node not in nodes
    site.start_edge()
    site.write(0, 1)
    site.wait_drained()
    site.check_same()


def test_no_payload_is_more_than_data(site: Site) -> None:
    """Row E5: a pickle, YAML, msgpack with extensions or endless nesting, by an enrolled key."""
    site.start_hub()
    site.start_edge()
    second = second_edge(site)

    class Runs:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.system, (f"touch {site.folder}/ran",)

    with spoken(site, second) as socket:
        for header in (
            pickle.dumps(Runs()),
            b"!!python/object/apply:os.system ['true']",
            msgpack.packb({"versions": msgpack.ExtType(5, b"x")}),
            msgpack.packb({"node": {"a": 1}, "pv": [1]}),
            b"\x91" * 60_000,
            b"\xc1",
        ):
            for kind in (b"FB1\x01", b"FB1\x02", b"FB1\x04", b"FB1\xff", b"no"):
                answer = say(socket, [kind, header])
                assert isinstance(answer, frames.ErrorFrame)
                assert (answer.code, answer.fatal) == ("malformed", False)
        assert isinstance(say(socket, hello(second)), frames.Welcome)
    assert not (site.folder / "ran").exists()
    site.write(0, 3)
    site.wait_drained()
    site.check_same()


@pytest.mark.fault(23)
def test_edges_come_back_once_the_zap_handler_does(site: Site) -> None:
    """Fault 23: nobody is admitted while it is dead, known or not; then the known one is."""
    site.start_hub()
    alive = site.inlet._zap.handle
    site.inlet._zap.handle = lambda: None  # type: ignore[method-assign]
    site.start_edge()
    site.write(0, 3)
    wait_for(lambda: site.forwarder.status().reconnects >= 1, 30)
    assert not site.forwarder.status().connected
    assert site.at_hub(0) == 0
    site.inlet._zap.handle = alive  # type: ignore[method-assign]
    site.wait_drained(30)
    site.check_same()


@pytest.mark.fault(20)
def test_a_clone_is_refused_even_while_it_is_the_only_one_there(site: Site) -> None:
    """Fault 20: both stay out until a person decides; no number is held with two bodies."""
    site.start_hub()
    site.start_edge()
    site.write(0, 3)
    site.wait_drained()
    copy = site.folder / "copy.db"
    site.stop_edge()
    copy.write_bytes((site.folder / "edge" / "journal.db").read_bytes())
    site.start_edge()
    clone = Journal.open(copy, node=site.pair.edge.node)
    second = Forwarder(clone, hub_address=site.bind, keys=site.pair.edge, timing=FAST)
    second.start()
    try:
        wait_for(lambda: site.inlet.edges()[0].cloned, 60)
        assert site.inlet.edges()[0].refused.startswith("cloned: ")
    finally:
        second.stop()
        clone.close()
    wait_for(lambda: site.forwarder.status().fatal, 30)
    keys.Keyring(site.folder / "hub").pardon(site.pair.edge.node)
    site.write(0, 3)
    site.wait_drained(60)
    assert site.inlet.edges()[0].refused == ""
    site.check_same()


def hub_process(folder: Path) -> "tuple[subprocess.Popen[str], str]":
    """Start a hub's inlet as a process; return it and where it listens."""
    hub = subprocess.Popen(
        [sys.executable, "tests/integration/link_hub.py", folder, "tcp://127.0.0.1:*"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert hub.stdout is not None
    return hub, hub.stdout.readline().strip()


@pytest.mark.parametrize("state", ["admitted", "revoked"])
@pytest.mark.fault(30)
def test_a_message_of_many_parts_takes_no_memory_of_the_hub(tmp_path: Path, state: str) -> None:
    """64 parts of nearly 8 MiB by a key that was admitted; an honest edge goes on meanwhile."""
    pair = keys.pair_demo(tmp_path / "edge", tmp_path / "hub")
    keys.EdgeKeys.make(tmp_path / "second")
    asked = keys.request(tmp_path / "second", tmp_path / "second.asked", name="second")
    keys.enroll(pair.keyring, asked, asked.fingerprint())
    second = keys.EdgeKeys.load(tmp_path / "second")
    hub, address = hub_process(tmp_path / "hub")
    journal = Journal.open(tmp_path / "edge" / "journal.db", node=pair.edge.node)
    forwarder = Forwarder(journal, hub_address=address, keys=pair.edge, timing=FAST)
    forwarder.start()
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    socket = dealer(context, second.keys[0], pair.hub.current.public)
    monitor = socket.get_monitor_socket(zmq.EVENT_DISCONNECTED)
    try:
        drained = Drain(journal, forwarder)
        drained.one_more()
        socket.connect(address)
        assert socket.poll(5000, zmq.POLLOUT)
        assert isinstance(say(socket, hello(second)), frames.Welcome)
        if state == "revoked":
            pair.keyring.revoke("second")
            wait_for(lambda: isinstance(say(socket, hello(second)), frames.ErrorFrame))
        before = peak(hub.pid)
        part = bytes(MAX_MESSAGE - 100)
        socket.send_multipart([b"FB1\x02", *[part] * 64], copy=False)
        assert monitor.poll(20_000), "the connection was not cut"
        drained.one_more()
        grown = peak(hub.pid) - before
        print(f"{grown / 2**20:.0f} MiB")
        assert grown < 64 * 2**20
        assert forwarder.status().reconnects == 0
    finally:
        socket.disable_monitor()
        context.destroy(linger=0)
        forwarder.stop()
        journal.close()
        hub.kill()
        hub.communicate(timeout=10)


def test_a_peer_that_asks_without_end_and_reads_nothing_takes_little_memory_of_the_hub(
    tmp_path: Path,
) -> None:
    """The longest answers there are, each to a key that is admitted; what it sent last comes."""
    pair = keys.pair_demo(tmp_path / "edge", tmp_path / "hub")
    hub, address = hub_process(tmp_path / "hub")
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    socket = dealer(context, pair.edge.keys[0], pair.hub.current.public)
    socket.setsockopt(zmq.RCVHWM, 1)
    try:
        socket.connect(address)
        assert socket.poll(5000, zmq.POLLOUT)
        welcome = say(socket, hello(pair.edge))
        assert isinstance(welcome, frames.Welcome)
        before = peak(hub.pid)
        ask = frames.Ask(session=welcome.session, epoch=7, lane=0, lo=1, hi=parting.MOST)
        last = frames.GapFrame(
            session=welcome.session, epoch=7, lane=0, lo=1, hi=1, why="retention"
        )
        for frame in [*[ask] * 1500, last]:
            assert socket.poll(20_000, zmq.POLLOUT)
            socket.send_multipart(encode(frame))
        wait_for(lambda: _gaps(tmp_path / "hub" / "inbox.db") == [(1, 1)], 20)
        grown = peak(hub.pid) - before
        print(f"{grown / 2**20:.0f} MiB")
        assert grown < 16 * 2**20
    finally:
        context.destroy(linger=0)
        hub.kill()
        hub.communicate(timeout=10)


def _gaps(path: Path) -> list[tuple[int, int]]:
    with contextlib.closing(open_reader(path)) as inbox:
        return inbox.execute("select lo, hi from gap").fetchall()


@pytest.mark.fault(24)
def test_ten_thousand_half_handshakes_cost_a_hub_little_and_no_edge_anything(
    tmp_path: Path,
) -> None:
    """Fault 24: opened and left, with random bytes, a greeting, or nothing; all at one hub."""
    pair = keys.pair_demo(tmp_path / "edge", tmp_path / "hub")
    hub, address = hub_process(tmp_path / "hub")
    journal = Journal.open(tmp_path / "edge" / "journal.db", node=pair.edge.node)
    forwarder = Forwarder(journal, hub_address=address, keys=pair.edge, timing=FAST)
    forwarder.start()
    drained = Drain(journal, forwarder)
    try:
        drained.one_more()
        before = resident(hub.pid)
        greeting = b"\xff" + bytes(8) + b"\x7f\x03\x01CURVE".ljust(55, b"\0")
        port = int(address.rpartition(":")[2])
        open_now: list[tcp.socket] = []
        for number in range(HANDSHAKES):
            raw = tcp.create_connection(("127.0.0.1", port), timeout=10)
            raw.send([b"", os.urandom(64), greeting][number % 3] or b"\xff")
            open_now.append(raw)
            if len(open_now) == 500:  # as many at once
                drained.one_more()
                for each in open_now:
                    each.close()
                open_now.clear()
        drained.one_more()
        assert hub.poll() is None
        assert resident(hub.pid) - before < 64 * 2**20
        wait_for(lambda: len([*Path(f"/proc/{hub.pid}/fd").iterdir()]) < 200)
        assert forwarder.status().reconnects == 0
    finally:
        forwarder.stop()
        journal.close()
        hub.kill()
        hub.communicate(timeout=10)


class Drain:
    """Writes an entry and waits until the hub holds it."""

    def __init__(self, journal: Journal, forwarder: Forwarder) -> None:
        self._journal = journal
        self._forwarder = forwarder

    def one_more(self) -> None:
        from edge.events.entry import Group, Stamp

        group = Group(stamp=Stamp(project="x", received_at=1), events=[None])
        self._journal.submit(lambda tx: tx.append(0, group)).result(10)
        lanes = self._forwarder.status
        wait_for(lambda: not any(lane.backlog for lane in lanes().lanes), 20)


def resident(pid: int) -> int:
    """Return the bytes of memory of a process."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def peak(pid: int) -> int:
    """Return the most bytes of memory that a process ever had."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024
