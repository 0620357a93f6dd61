"""Fault 25 of edge-and-link.md, section 5: the hub's thread stands still, ZeroMQ's go on."""

import signal
from contextlib import ExitStack

import pytest
import zmq

from edge import keys
from edge.collector.forwarder import Forwarder
from edge.curve_sockets import dealer
from edge.journal.journal import Journal
from edge.protocol import frames
from edge.protocol.me import Timing
from edge.protocol.packing import encode
from edge.testing import FaultProxy
from tests.faults.links import drained, kill, start, wait_for, write

SILENCE = 0.5


@pytest.fixture
def stack():
    with ExitStack() as made:
        yield made


@pytest.fixture
def hub(tmp_path, stack):
    """The process, its address and the keys of both ends."""
    pair = keys.pair_demo(tmp_path / "edge", tmp_path / "hub")
    process, address = start("faults/wedged_hub.py", tmp_path / "hub")
    stack.callback(kill, process)
    return process, address, pair


@pytest.mark.parametrize("under_way", [1, 0], ids=["an entry under way", "idle"])
@pytest.mark.fault(25)
def test_fault_25_an_edge_notices_a_hub_whose_thread_stands_still(under_way, hub, tmp_path, stack):
    """
    ZeroMQ would answer heartbeats for it for ever: the link's own PING tells, also where no
    acknowledgement is missing.
    """
    process, address, pair = hub
    journal = Journal.open(tmp_path / "edge" / "journal.db", node=pair.edge.node)
    stack.callback(journal.close)
    timing = Timing(silence=SILENCE, connect=2.0, backoff_first=0.05, backoff_most=0.2)
    forwarder = Forwarder(journal, hub_address=address, keys=pair.edge, timing=timing)
    forwarder.start()
    stack.callback(forwarder.stop)
    write(journal, 1)
    wait_for(lambda: drained(forwarder))
    process.send_signal(signal.SIGUSR1)
    before = forwarder.status()
    if under_way:
        write(journal, 2)
    wait_for(lambda: forwarder.status().reconnects > before.reconnects)
    status = forwarder.status()
    assert not status.connected, "readiness and metrics show it"
    assert sum(lane.backlog for lane in status.lanes) == under_way
    process.send_signal(signal.SIGUSR2)
    write(journal, 3)
    wait_for(lambda: drained(forwarder))
    assert process.poll() is None


@pytest.mark.fault(25)
def test_fault_25_lines_that_break_meanwhile_do_not_end_the_hub(hub, stack):
    """
    Where a receive queue is full and its connection breaks, the timer of libzmq's heartbeats
    aborts the process (libzmq#3937, #4364, #4767); they stay off.
    """
    process, address, pair = hub
    proxy = stack.enter_context(FaultProxy("127.0.0.1", int(address.rpartition(":")[2])))
    context = zmq.Context()
    stack.callback(context.destroy, linger=0)
    socket = link(context, pair, proxy.address, stack)
    ping = encode(frames.Ping(session=1, n=1))
    socket.send_multipart(ping)
    assert socket.poll(10_000), "admitted"
    process.send_signal(signal.SIGUSR1)
    passed = proxy.passed
    for _ in range(2000):
        socket.send_multipart(ping)
    wait_for(lambda: proxy.passed > passed + 2000 * 20)
    proxy.cut()
    with pytest.raises(AssertionError, match="never happened"):
        wait_for(lambda: process.poll() is not None, seconds=6)  # heartbeats were 5 s apart
    process.send_signal(signal.SIGUSR2)
    again = link(context, pair, address, stack)
    again.send_multipart(ping)
    assert again.poll(10_000), "the hub still answers"


def link(context, pair, address, stack):
    """Return an edge's socket to *address* that queues without a bound."""
    socket = dealer(context, pair.edge.keys[0], pair.hub.current.public)
    stack.callback(socket.close, linger=0)
    socket.setsockopt(zmq.SNDHWM, 0)
    socket.setsockopt(zmq.SNDTIMEO, 10_000)
    socket.connect(address)
    return socket
