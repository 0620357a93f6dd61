"""The forwarder's shell: its sockets' options, its start, its stop, its silence when idle."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import zmq

from edge import keys
from edge.collector.forwarder import Forwarder
from edge.curve_sockets import LinkRefused, dealer, router
from edge.journal.journal import Journal
from edge.keys import EdgeKeys
from tests.stack import wait_for


@pytest.fixture
def pair(tmp_path: Path) -> keys.Pair:
    return keys.pair_demo(tmp_path / "edge", tmp_path / "hub")


@pytest.fixture
def journal(pair: keys.Pair, tmp_path: Path) -> Iterator[Journal]:
    made = Journal.open(tmp_path / "journal.db", node=pair.edge.node)
    yield made
    made.close()


@pytest.fixture
def context() -> Iterator["zmq.Context[zmq.Socket[bytes]]"]:
    made: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    yield made
    made.destroy(linger=0)


def test_no_dangerous_default_of_zeromq_is_left(
    context: "zmq.Context[zmq.Socket[bytes]]", pair: keys.Pair
) -> None:
    """LINGER -1, no limit, 30 s handshakes, dead peers for hours (edge-and-link.md, App. A)."""
    edge = dealer(context, pair.edge.keys[0], pair.hub.current.public)
    hub = router(context, pair.hub.current)
    for socket in (edge, hub):
        assert socket.getsockopt(zmq.LINGER) == 0
        assert socket.getsockopt(zmq.MAXMSGSIZE) == 8 * 2**20
        assert socket.getsockopt(zmq.HEARTBEAT_IVL) == 0, "its timer may abort: libzmq#4364"
        assert socket.getsockopt(zmq.TCP_KEEPALIVE_IDLE) == 5
        assert socket.getsockopt(zmq.TCP_MAXRT) == 30_000
        assert socket.getsockopt(zmq.HANDSHAKE_IVL) == 10_000
        assert socket.getsockopt(zmq.MECHANISM) == zmq.CURVE
    assert edge.getsockopt(zmq.IMMEDIATE) == 1
    assert edge.getsockopt(zmq.SNDHWM) == 8
    assert hub.getsockopt(zmq.ZAP_ENFORCE_DOMAIN) == 1
    assert hub.getsockopt(zmq.RCVHWM) == 100
    edge.close()
    hub.close()


def test_an_edge_that_knows_no_hub_does_not_start(tmp_path: Path, journal: Journal) -> None:
    """It would have nobody to trust."""
    alone = EdgeKeys.make(tmp_path / "alone")
    with pytest.raises(LinkRefused, match="enroll it"):
        Forwarder(journal, hub_address="tcp://127.0.0.1:1", keys=alone)


def test_keys_of_another_node_do_not_forward_this_journal(
    tmp_path: Path, journal: Journal, pair: keys.Pair
) -> None:
    """Else its entries would arrive under another name."""
    EdgeKeys.make(tmp_path / "other")
    other = EdgeKeys.trust(tmp_path / "other", pair.hub.card())
    with pytest.raises(LinkRefused, match="different nodes"):
        Forwarder(journal, hub_address="tcp://127.0.0.1:1", keys=other)


def test_it_stops_at_once_without_a_hub_and_burns_no_processor_while_it_waits(
    journal: Journal, pair: keys.Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An edge alone is a normal state. It turns a few times a second."""
    forwarder = Forwarder(journal, hub_address="tcp://127.0.0.1:9", keys=pair.edge)
    turn, turns = forwarder._turn, []

    def counted() -> None:
        turns.append(time.monotonic())
        turn()

    monkeypatch.setattr(forwarder, "_turn", counted)
    forwarder.start()
    before = time.process_time()
    wait_for(lambda: turns and time.monotonic() > turns[0] + 1, what="a second")
    used = time.process_time() - before
    assert used < 0.2
    assert len(turns) < 30 * (time.monotonic() - turns[0])
    assert not forwarder.status().connected
    begin = time.monotonic()
    forwarder.stop()
    assert time.monotonic() - begin < 1.0
    assert not forwarder._thread.is_alive()


def test_an_address_that_is_none_is_said_in_the_status_and_ends_nothing(
    journal: Journal, pair: keys.Pair
) -> None:
    """The edge goes on collecting; the operator sees why nothing leaves."""
    forwarder = Forwarder(journal, hub_address="nonsense", keys=pair.edge)
    forwarder.start()
    end = time.monotonic() + 5
    while not forwarder.status().last_error:
        assert time.monotonic() < end
        time.sleep(0.01)
    forwarder.stop()
    assert "Invalid" in forwarder.status().last_error
