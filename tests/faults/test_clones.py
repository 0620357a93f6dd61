"""Fault 20 of edge-and-link.md, section 5: two machines with one key and one journal."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge import keys
from edge.collector.forwarder import Forwarder
from edge.events.entry import Group, Stamp
from edge.journal import epochs
from edge.journal.journal import Journal
from tests.integration.test_link import FAST, Site, wait_for


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    yield made
    for stop in ("stop_edge", "stop_hub"):
        with contextlib.suppress(AttributeError):
            getattr(made, stop)()


def write(journal: Journal, machine: str, number: int) -> None:
    """Commit an entry that only *machine* has."""
    group = Group(stamp=Stamp(project=f"{machine}/{number}", received_at=1), events=[None])
    journal.submit(lambda tx: tx.append(0, group)).result(10)


def seals(journal: Journal, epoch: int) -> dict[int, bytes]:
    """Return number → seal of lane 0 in *epoch*."""
    rows = journal.read(
        "select e.seq, e.hash from entry e join origin o on o.id = e.origin"
        " where o.epoch = ? and e.lane = 0",
        (epoch,),
    )
    assert len({row[0] for row in rows}) == len(rows)
    return {int(str(seq)): bytes(seal) for seq, seal in rows}  # type: ignore[arg-type]


@pytest.mark.fault(20)
def test_other_bytes_under_the_same_numbers_of_two_machines_never_mix(site: Site) -> None:
    """
    The copy goes on at the number at which the original does. Until the alarm stops both, what
    the hub holds of their common epoch is the history of one of them alone.
    """
    site.start_hub()
    site.start_edge()
    site.write(0, 3)
    site.wait_drained()
    epoch = site.origin.epoch
    site.stop_edge()
    copy = site.folder / "copy.db"
    copy.write_bytes((site.folder / "edge" / "journal.db").read_bytes())
    clone = Journal.open(copy, node=site.pair.edge.node)
    clone.submit(epochs.mark_opening).result(10)
    for number in range(4, 20):
        write(clone, "copy", number)
    written = seals(clone, epoch)
    site.start_edge()
    for number in range(4, 8):
        write(site.outbox, "original", number)
    site.wait_drained()
    assert site.at_hub(0) == 7
    second = Forwarder(clone, hub_address=site.bind, keys=site.pair.edge, timing=FAST)
    second.start()
    try:
        number = 8
        while not site.inlet.edges()[0].cloned:
            write(site.outbox, "original", number)
            hellos = second.status().hellos + site.forwarder.status().hellos
            wait_for(
                lambda: second.status().hellos + site.forwarder.status().hellos > hellos,  # noqa: B023
                60,
            )
            number += 1
        wait_for(lambda: site.forwarder.status().fatal and second.status().fatal)
        original = seals(site.outbox, epoch)
        assert all(original[seq] == written[seq] for seq in (1, 2, 3)), "one history"
        assert not any(original[seq] == written[seq] for seq in range(4, 8)), "and then two"
        held = seals(site.inbox, epoch)
        assert held == {seq: original.get(seq) for seq in range(1, len(held) + 1)}
        assert len(held) >= 7
        assert second.status().forks == 1, "the copy saw that the hub knows other bytes"
    finally:
        second.stop()
        clone.close()
    keys.Keyring(site.folder / "hub").pardon(site.pair.edge.node)
    site.wait_drained(30)
    assert seals(site.inbox, epoch) == seals(site.outbox, epoch)
