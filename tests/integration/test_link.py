"""The link on real sockets and disks: pyzmq with CURVE on loopback, SQLite, threads."""

import resource
import secrets
import socket as tcp
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import zmq

from edge import keys
from edge.collector.forwarder import Forwarder, forwarder
from edge.curve_sockets import LinkRefused, dealer, router
from edge.events import codec
from edge.events.entry import Group, Stamp
from edge.journal import account, epochs
from edge.journal.database import PAGE_BYTES
from edge.journal.entry import Entry, Origin
from edge.journal.journal import Journal
from edge.journal.transaction import Transaction
from edge.keys.curve import new_key
from edge.protocol.me import Timing
from edge.testing import FaultProxy
from hub.inlet import Inlet, Stored, inlet
from hub.inlet.zap import Zap

FAST = Timing(silence=0.6, connect=2.0, backoff_first=0.05, backoff_most=0.3)
HUB_NODE = "f" * 32


def wait_for(condition: Callable[[], bool], seconds: float = 15.0) -> None:
    """Wait until *condition* holds; the time is only how long a failure takes."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.002)


@dataclass
class Site:
    """An edge, a hub, and the folders that survive both."""

    folder: Path
    stack: ExitStack = field(default_factory=ExitStack)
    written: dict[int, int] = field(default_factory=lambda: {0: 0, 1: 0})

    def __post_init__(self) -> None:
        self.pair = keys.pair_demo(self.folder / "edge", self.folder / "hub")
        self.bind = "tcp://127.0.0.1:*"
        self.stored: list[Stored] = []
        self.heartbeat, self.timing = 0.2, FAST

    def start_hub(self, **options: object) -> None:
        self.inbox = Journal.open(self.folder / "hub" / "inbox.db", node=HUB_NODE)
        self.inlet = Inlet(
            self.inbox,
            bind=self.bind,
            keys=self.pair.hub,
            keyring=keys.Keyring(self.folder / "hub"),
            on_batch=self.stored.append,
            heartbeat=self.heartbeat,
            **options,  # type: ignore[arg-type]
        )
        self.inlet.start()
        self.bind = self.inlet.address

    def stop_hub(self) -> None:
        self.inlet.stop()
        self.inbox.close()

    def start_edge(self, address: str = "", edge: keys.EdgeKeys | None = None) -> None:
        own = edge or self.pair.edge
        self.outbox = Journal.open(self.folder / "edge" / "journal.db", node=own.node)
        self.forwarder = Forwarder(
            self.outbox, hub_address=address or self.bind, keys=own, timing=self.timing
        )
        self.forwarder.start()

    def stop_edge(self) -> None:
        self.forwarder.stop()
        self.outbox.close()

    def write(self, lane: int, count: int = 1, *, more: str = "") -> None:
        """Commit *count* entries, each with its own number in its bytes, and *more*."""
        for _ in range(count):
            self.written[lane] += 1
            stamp = Stamp(project=f"{lane}/{self.written[lane]}{more}", received_at=1)
            group = Group(stamp=stamp, events=[None])
            self.outbox.submit(lambda transaction, g=group: transaction.append(lane, g)).result(10)

    @property
    def origin(self) -> Origin:
        return self.outbox.own

    def at_hub(self, lane: int) -> int:
        return self.inbox.cursor("link", self.origin, lane)

    def wait_drained(self, seconds: float = 15.0) -> None:
        heads = [self.outbox.head(self.origin, lane) for lane in (0, 1)]
        wait_for(lambda: [self.at_hub(lane) for lane in (0, 1)] == heads, seconds)

    def check_same(self) -> None:
        """The inbox holds the very entries of the outbox, each once, and nothing else."""
        for lane in (0, 1):
            sent = self.outbox.entries(self.origin, lane, 0, max_bytes=2**30)
            got = self.inbox.entries(self.origin, lane, 0, max_bytes=2**30)
            assert [(e.seq, e.hash, e.body, e.count, e.at) for e in got] == [
                (e.seq, e.hash, e.body, e.count, e.at) for e in sent
            ]
            assert [entry.seq for entry in got] == list(range(1, self.written[lane] + 1))


def group_of(text: str) -> Group:
    return Group(stamp=Stamp(project=text, received_at=1), events=[None])


def sealed(origin: Origin, seq: int) -> Entry:
    """An entry of lane 1 that differs from every other."""
    body = codec.pack([group_of(f"entry {seq}")])
    return Entry(origin, 1, seq, 1, seq, codec.seal(body), body)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    yield made
    for stop in ("stop_edge", "stop_hub"):
        with suppress(AttributeError):
            getattr(made, stop)()


def test_an_entry_leaves_when_it_is_committed_and_waits_for_no_timer(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every timer of both ends is set to a minute and more: only bells bring it on."""
    monkeypatch.setattr(forwarder, "MAX_WAIT", 3600.0)
    monkeypatch.setattr(forwarder, "RECORD_EVERY", 3600.0)
    monkeypatch.setattr(inlet, "LOOK", 3600.0)
    site.heartbeat, site.timing = 60.0, Timing(silence=600.0)
    site.start_hub()
    site.start_edge()
    site.write(0)
    site.wait_drained()
    took = []
    for _ in range(40):
        head = site.outbox.head(site.origin, 0)
        site.write(0)
        begin = time.monotonic()
        wait_for(lambda head=head: site.at_hub(0) > head)  # type: ignore[misc]
        took.append(time.monotonic() - begin)
    assert sorted(took)[20] < 0.02, "the median of many: one slow fsync says nothing"
    site.check_same()


def test_a_backlog_of_both_lanes_arrives_whole_after_the_hub_comes(site: Site) -> None:
    """An edge that was alone for long sends everything, once."""
    site.start_edge("tcp://127.0.0.1:9")
    site.write(1, 300)
    site.write(0, 30)
    site.stop_edge()
    site.start_hub()
    site.start_edge()
    site.wait_drained()
    site.check_same()


def test_kill_and_return_of_either_end_loses_and_doubles_nothing(site: Site) -> None:
    """Stopped without a word in the middle of traffic, again and again."""
    site.start_hub()
    site.start_edge()
    for turn in range(6):
        site.write(turn % 2, 40)
        if turn % 2:
            site.stop_hub()
            site.write(1, 5)
            site.start_hub()
        else:
            site.stop_edge()
            site.start_edge()
    site.wait_drained()
    site.check_same()


def test_cuts_of_the_line_lose_and_double_nothing(site: Site) -> None:
    """A proxy breaks the TCP connection while batches are under way."""
    site.start_hub()
    port = int(site.bind.rpartition(":")[2])
    with FaultProxy("127.0.0.1", port) as proxy:
        site.start_edge(proxy.address)
        for _ in range(12):
            seen = proxy.passed
            site.write(1, 10)
            wait_for(lambda seen=seen: proxy.passed > seen)  # type: ignore[misc]
            proxy.cut()
            site.write(0, 2)
        site.wait_drained()
        assert proxy.connections >= 8
        site.stop_edge()
        site.outbox = Journal.open(site.folder / "edge" / "journal.db", node=site.pair.edge.node)
        site.check_same()


@pytest.mark.fault(27)
@pytest.mark.parametrize(
    "held",
    [{}, {"back": False}, {"to_target": False}],
    ids=["both ways", "to the hub", "from the hub"],
)
def test_a_half_open_line_is_noticed_and_what_was_under_way_comes_once(
    site: Site, held: dict[str, bool]
) -> None:
    """Nothing passes and nothing breaks: only the application's PING can tell."""
    site.start_hub()
    port = int(site.bind.rpartition(":")[2])
    with FaultProxy("127.0.0.1", port) as proxy:
        site.start_edge(proxy.address)
        site.write(0, 3)
        site.wait_drained()
        proxy.hold(**held)
        site.write(0, 20)
        wait_for(lambda: site.forwarder.status().reconnects >= 1)
        assert "silent" in site.forwarder.status().last_error or (
            not site.forwarder.status().connected
        )
        proxy.resume()
        site.wait_drained()
        site.check_same()
        site.stop_edge()
        site.start_edge(proxy.address)


@pytest.mark.fault(22)
def test_an_unknown_key_is_refused_and_works_once_it_is_enrolled(site: Site) -> None:
    """Without a restart of the edge: libzmq alone would never try again."""
    stranger = keys.EdgeKeys.make(site.folder / "stranger")
    stranger = keys.EdgeKeys.trust(site.folder / "stranger", site.pair.hub.card())
    site.start_hub()
    site.start_edge(edge=stranger)
    site.write(0, 5)
    wait_for(lambda: site.forwarder.status().reconnects >= 3)
    assert not site.forwarder.status().connected
    assert "does not admit" in site.forwarder.status().last_error
    assert site.stored == []
    out = site.folder / "berlin.enroll"
    asked = keys.request(site.folder / "stranger", out, name="berlin", site="shop")
    keys.enroll(keys.Keyring(site.folder / "hub"), asked, asked.fingerprint())
    site.wait_drained()
    site.check_same()


@pytest.mark.fault(21)
def test_a_key_revoked_while_connected_is_cut_off_and_loses_nothing(site: Site) -> None:
    """Within a second, on the open connection; enrolled again with a new key, all arrives."""
    site.start_hub()
    site.start_edge()
    site.write(0, 5)
    site.wait_drained()
    keyring = keys.Keyring(site.folder / "hub")
    keyring.revoke(site.pair.edge.node)
    begin = time.monotonic()
    wait_for(lambda: bool(site.forwarder.status().last_error))
    assert time.monotonic() - begin < 1.0
    site.write(0, 5)
    assert site.at_hub(0) == 5
    assert site.inlet.edges()[0].revoked
    site.stop_edge()
    folder = site.folder / "edge"
    rotated = keys.EdgeKeys.rotate(folder)
    asked = keys.request(folder, site.folder / "again.enroll", name="again")
    keys.enroll(keyring, asked, asked.fingerprint(), rotation=True, demo=True)
    site.start_edge(edge=rotated)
    site.wait_drained()
    site.check_same()


def test_a_rotated_key_takes_over_without_a_break_in_the_cursor(site: Site) -> None:
    """Until the hub knows the new key the edge goes on with the old one; the node stays."""
    site.start_hub()
    site.start_edge()
    site.write(1, 50)
    site.stop_edge()
    folder = site.folder / "edge"
    rotated = keys.EdgeKeys.rotate(folder)
    site.start_edge(edge=rotated)
    site.write(1, 50)
    site.wait_drained()
    asked = keys.request(folder, site.folder / "new.enroll", name="new")
    keyring = keys.Keyring(site.folder / "hub")
    keys.enroll(keyring, asked, asked.fingerprint(), rotation=True, demo=True)
    keyring.revoke(rotated.keys[1].public)
    site.write(1, 50)
    site.wait_drained()
    site.check_same()


def test_an_entry_that_can_never_be_stored_is_told_apart_from_a_full_disk(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The edge keeps it; the hub's log says that this does not heal by itself, and why."""
    site.start_hub()
    site.start_edge()

    def broken(*_: object) -> None:
        raise ValueError("no such entry can be")

    with monkeypatch.context() as patched:
        patched.setattr("edge.protocol.sessions.apply_batch", broken)
        site.write(0, 3)
        wait_for(lambda: site.forwarder.status().naks > 0)
    [record, *_] = [one for one in caplog.records if "please report this" in one.getMessage()]
    assert record.levelname == "ERROR"
    assert record.exc_info is not None
    assert "no such entry can be" in str(record.exc_info[1])
    assert site.origin.node in record.getMessage()
    site.wait_drained()
    site.check_same()


@pytest.mark.fault(12)
def test_a_full_disk_of_the_hub_holds_the_edge_back_and_heals(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    """The cursor stands, the edge keeps everything; with room again it arrives by itself."""
    site.start_hub()
    site.start_edge()
    site.write(0, 3)
    site.wait_drained()
    site.inbox.limit(int(str(site.inbox.read("pragma page_count")[0][0])) * PAGE_BYTES)
    for _ in range(40):  # each needs pages of its own, so that not one fits
        site.write(1, more=secrets.token_hex(8_000))
    for refusals in range(1, 5):
        wait_for(lambda most=refusals: site.forwarder.status().naks >= most)  # type: ignore[misc]
        assert site.at_hub(1) == site.forwarder.status().lanes[1].acked == 0
    assert "overload" in site.forwarder.status().last_error
    assert site.forwarder.status().lanes[1].backlog == 40
    assert "could not be stored" in caplog.text
    assert "please report" not in caplog.text
    site.inbox.limit(0)
    site.wait_drained()
    assert site.forwarder.status().reconnects == 0
    site.check_same()


def test_a_hub_restored_from_a_backup_gets_what_it_lacks(site: Site) -> None:
    """The edge keeps what it sent (decision 8) and starts again where the hub stands."""
    site.start_hub()
    site.start_edge()
    site.write(0, 10)
    site.wait_drained()
    site.stop_hub()
    backup = (site.folder / "hub" / "inbox.db").read_bytes()
    site.start_hub()
    site.write(0, 10)
    site.wait_drained()
    site.stop_hub()
    for tail in ("", "-wal", "-shm"):
        (site.folder / "hub" / f"inbox.db{tail}").unlink(missing_ok=True)
    (site.folder / "hub" / "inbox.db").write_bytes(backup)
    site.start_hub()
    site.write(0, 1)
    site.wait_drained()
    site.check_same()


@pytest.mark.fault(17)
def test_an_edge_put_back_from_a_backup_of_before_the_hub_got_its_entries_doubles_none(
    site: Site,
) -> None:
    """It asks the hub for the seals of thousands, and goes on in a new epoch behind them."""
    site.start_hub()
    site.start_edge("tcp://127.0.0.1:9")
    site.outbox.submit(epochs.mark_opening).result(10)
    first = site.origin

    def backlog(transaction: Transaction) -> None:
        entries = [sealed(first, seq) for seq in range(1, 2501)]
        transaction.store(*entries)

    site.outbox.submit(backlog).result(10)
    site.stop_edge()
    backup = (site.folder / "edge" / "journal.db").read_bytes()
    site.start_edge()
    site.wait_drained()
    site.outbox.submit(lambda tx: tx.append(1, group_of("after the backup"))).result(10)
    site.wait_drained()
    site.stop_edge()
    (site.folder / "edge" / "journal.db").write_bytes(backup)

    site.start_edge()
    site.outbox.submit(lambda tx: tx.append(1, group_of("after the return"))).result(10)
    wait_for(lambda: site.origin != first)
    wait_for(lambda: site.at_hub(1) == 1)
    assert site.forwarder.status().forks == 1
    found = site.inbox.follow(0, max_bytes=2**30)
    assert len(found) == len({entry.body for entry in found}) == 2502
    assert account.measure(site.outbox).unaccounted == 0


def test_a_hub_restored_from_a_backup_gets_former_epochs_too(site: Site) -> None:
    """They were acknowledged long ago, so the edge had no reason to offer them again."""
    site.start_hub()
    site.start_edge()
    site.write(0, 5)
    site.wait_drained()
    first = site.origin
    site.stop_edge()
    journal = Journal.open(site.folder / "edge" / "journal.db", node=site.pair.edge.node)
    journal.submit(epochs.begin).result(10)
    journal.close()
    site.start_edge()
    assert site.origin != first
    site.write(0, 5)
    wait_for(lambda: site.at_hub(0) == 5)
    wait_for(lambda: site.forwarder.status().lanes[0].acked == 5)
    site.stop_edge()
    site.stop_hub()
    for path in (site.folder / "hub").glob("inbox.db*"):
        path.unlink()
    site.start_edge()
    site.start_hub()
    wait_for(lambda: site.at_hub(0) == 5)
    wait_for(lambda: site.inbox.cursor("link", first, 0) == 5)
    for origin in (first, site.origin):
        sent = site.outbox.entries(origin, 0, 0)
        assert [(e.seq, e.hash) for e in site.inbox.entries(origin, 0, 0)] == [
            (e.seq, e.hash) for e in sent
        ]
        assert len(sent) == 5


def test_what_the_edge_no_longer_keeps_is_a_recorded_gap_of_a_restored_hub(site: Site) -> None:
    """Retention ended what was acknowledged; exactly that is declared, the rest comes."""
    site.start_hub()
    site.start_edge()
    site.write(0, 10)
    site.wait_drained()
    wait_for(lambda: site.forwarder.status().lanes[0].acked == 10)
    site.stop_edge()
    site.stop_hub()
    for path in (site.folder / "hub").glob("inbox.db*"):
        path.unlink()
    journal = Journal.open(site.folder / "edge" / "journal.db", node=site.pair.edge.node)
    end = "delete from entry where lane = 0 and seq between 3 and 6"
    journal.submit(lambda tx: tx.connection.execute(end)).result(10)
    journal.close()
    site.start_edge()
    site.start_hub()
    site.write(0, 1)
    wait_for(lambda: site.at_hub(0) == 11)
    assert [e.seq for e in site.inbox.entries(site.origin, 0, 0)] == [1, 2, 7, 8, 9, 10, 11]
    [gap] = site.inbox.gaps(site.origin, 0)
    assert (gap.lo, gap.hi, gap.why) == (3, 6, "retention")


@pytest.mark.fault(23)
def test_without_a_zap_handler_nobody_is_admitted(tmp_path: Path) -> None:
    """Fail closed: an enrolled key waits until the handler is there, and then connects."""
    pair = keys.pair_demo(tmp_path / "edge", tmp_path / "hub")
    hub: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    edge: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    listening = router(hub, pair.hub.current)
    listening.bind("tcp://127.0.0.1:*")
    address = listening.getsockopt_string(zmq.LAST_ENDPOINT).rstrip("\0")
    key = pair.edge.keys[0]
    socket = dealer(edge, key, pair.hub.current.public)
    monitor = socket.get_monitor_socket(zmq.Event.HANDSHAKE_SUCCEEDED)
    try:
        socket.connect(address)
        assert not monitor.poll(1500), "a key was admitted that nobody had looked at"
        zap = Zap(hub, pair.keyring)
        poller = zmq.Poller()
        poller.register(zap.socket, zmq.POLLIN)
        poller.register(monitor, zmq.POLLIN)

        def admitted() -> bool:
            poller.poll(50)
            zap.handle()
            return bool(monitor.poll(0))

        again = dealer(edge, key, pair.hub.current.public)
        again.connect(address)
        wait_for(lambda: admitted() or _can_send(again))
        again.close(linger=0)
        zap.close()
    finally:
        socket.disable_monitor()
        monitor.close(linger=0)
        socket.close(linger=0)
        listening.close(linger=0)
        hub.destroy(linger=0)
        edge.destroy(linger=0)


def _can_send(socket: "zmq.Socket[bytes]") -> bool:
    return bool(socket.poll(0, zmq.POLLOUT))


def test_a_hub_without_a_zap_domain_does_not_start(site: Site) -> None:
    """An empty domain makes libzmq admit every key, so it is refused at the start (E1)."""
    with pytest.raises(LinkRefused, match="domain"):
        site.start_hub(domain="")
    site.inbox.close()
    del site.inlet


@pytest.mark.fault(24)
def test_plain_curve_less_and_wrong_peers_do_not_disturb_an_edge(site: Site) -> None:
    """NULL sockets, hundreds of half handshakes and a wrong server key (fault 24)."""
    site.start_hub()
    host, port = "127.0.0.1", int(site.bind.rpartition(":")[2])
    with ExitStack() as stack:
        context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        stack.callback(context.destroy, linger=0)
        plain = context.socket(zmq.DEALER)
        plain.connect(site.bind)
        plain.send(b"hello", zmq.NOBLOCK)
        wrong = dealer(context, site.pair.edge.keys[0], new_key(0).public)
        wrong.connect(site.bind)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for _ in range(400):
            raw = stack.enter_context(tcp.create_connection((host, port)))
            raw.send(b"\xff\x00GET / HTTP/1.1\r\n\r\n")
        site.start_edge()
        site.write(0, 20)
        site.wait_drained()
        site.check_same()
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        assert grown < 64 * 1024, "KiB: what strangers send is bounded"
