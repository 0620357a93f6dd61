"""Fault +c of edge-and-link.md, section 5: the wall clock jumps while somebody waits."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from edge import keys
from edge.collector.forwarder import Forwarder
from edge.journal.journal import Journal
from edge.protocol.me import Timing
from edge.testing import FaultProxy
from tests.integration.test_link import Site, wait_for

DAY = 86_400
PATIENT = Timing(silence=2.0, connect=2.0, backoff_first=2.0, backoff_most=2.0)
"""Waits that are long enough for a clock to jump within them; a back-off is 0.2 to 2 s."""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    yield made
    for stop in ("stop_edge", "stop_hub"):
        with suppress(AttributeError):
            getattr(made, stop)()


@pytest.fixture
def jump(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Set the clock of this process, edge and hub alike, so many seconds off."""
    real, shift = time.time, [0]
    monkeypatch.setattr(time, "time", lambda: real() + shift[0])
    monkeypatch.setattr(time, "time_ns", lambda: int((real() + shift[0]) * 1e9))

    def by(seconds: int) -> None:
        shift[0] = seconds

    return by


def start_edge(site: Site, address: str) -> None:
    site.outbox = Journal.open(site.folder / "edge" / "journal.db", node=site.pair.edge.node)
    site.forwarder = Forwarder(
        site.outbox, hub_address=address, keys=site.pair.edge, timing=PATIENT
    )
    site.forwarder.start()


@pytest.mark.parametrize("days", [-1, 1])
@pytest.mark.fault("+c")
def test_a_back_off_ends_in_time_whatever_the_wall_clock_does_in_it(
    site: Site, jump: Callable[[int], None], days: int
) -> None:
    """Put back by a day it would last a day; put forward it would be none."""
    site.start_hub()
    start_edge(site, site.bind)
    site.write(0, 3)
    site.wait_drained()
    site.stop_hub()  # it says good-bye, and that it is not to be asked within half a second
    wait_for(lambda: site.forwarder.status().phase == "away")
    until, sockets = site.forwarder._sender._until, site.forwarder.status().reconnects
    jump(days * DAY)
    site.forwarder._wake.ring()
    wait_for(lambda: site.forwarder.status().reconnects > sockets, 5)
    assert time.monotonic() >= until
    site.start_hub()
    site.write(0, 3)
    site.wait_drained()
    site.check_same()


@pytest.mark.parametrize("days", [-1, 1])
@pytest.mark.fault("+c")
def test_silence_is_noticed_in_time_whatever_the_wall_clock_does_in_it(
    site: Site, jump: Callable[[int], None], days: int
) -> None:
    """Not a day late and not at once: the edge's patience is two seconds here."""
    site.start_hub()
    with ExitStack() as stack:
        port = int(site.bind.rpartition(":")[2])
        proxy = stack.enter_context(FaultProxy("127.0.0.1", port))
        start_edge(site, proxy.address)
        stack.callback(site.stop_edge)
        site.write(0, 3)
        site.wait_drained()
        proxy.hold()
        began, sockets = time.monotonic(), site.forwarder.status().reconnects
        site.write(0, 1)
        wait_for(lambda: site.forwarder._sender._under_way() > 0)
        jump(days * DAY)
        site.forwarder._wake.ring()
        wait_for(lambda: site.forwarder.status().reconnects > sockets, 10)
        assert time.monotonic() - began > PATIENT.silence
        proxy.resume()
        site.wait_drained()
        site.check_same()


@pytest.mark.fault("+c")
def test_a_hub_whose_clock_is_put_back_still_looks_at_its_keys(
    site: Site, jump: Callable[[int], None]
) -> None:
    """Or a key that is revoked would go on for a day."""
    site.start_hub()
    start_edge(site, site.bind)
    site.write(0, 3)
    site.wait_drained()
    jump(-DAY)
    keys.Keyring(site.folder / "hub").revoke(site.pair.edge.node)
    wait_for(lambda: "revoked" in site.forwarder.status().last_error, 5)
