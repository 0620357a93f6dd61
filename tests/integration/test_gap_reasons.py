"""The hub is told why a number never comes, and it is the reason that the edge has on record."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from edge.collector.operations import retention, space
from edge.journal import account, salvage
from edge.journal.journal import Journal
from edge.journal.transaction import Transaction
from tests.integration.test_link import Site, wait_for

NOW = 2**41


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    yield made
    for stop in ("stop_edge", "stop_hub"):
        with suppress(AttributeError):
            getattr(made, stop)()


def end(tx: Transaction, why: str, *seqs: int) -> None:
    """Let entries of lane 1 leave as housekeeping does."""
    marks = ", ".join("?" * len(seqs))
    rows = tx.connection.execute(
        f"select position, origin, seq from entry where lane = 1 and seq in ({marks})", seqs
    ).fetchall()
    assert len(rows) == len(seqs)
    retention.remove(tx, 1, rows, why=why, now=NOW)


def declare(tx: Transaction, why: str, seq: int) -> None:
    """Let an entry of lane 1 leave as whoever mends a journal does."""
    account.declare_gap(tx, tx.own, 1, seq, seq, why, at=NOW)
    tx.connection.execute("delete from entry where lane = 1 and seq = ?", (seq,))


def break_seal(tx: Transaction, seq: int) -> None:
    tx.connection.execute("update entry set body = zeroblob(9) where lane = 1 and seq = ?", (seq,))


def forget(tx: Transaction, seq: int) -> None:
    """Delete without a word, as only a fault can."""
    tx.connection.execute("delete from entry where lane = 1 and seq = ?", (seq,))


def test_each_gap_has_at_the_hub_the_reason_that_it_has_at_the_edge(site: Site) -> None:
    """By wire: law, space, salvage, a person, a broken seal; and one that nobody declared."""
    site.start_edge("tcp://127.0.0.1:9")
    site.write(1, 16)
    site.stop_edge()
    journal = Journal.open(site.folder / "edge" / "journal.db", node=site.pair.edge.node)
    for work in (
        lambda tx: end(tx, retention.RETENTION, 2),
        lambda tx: end(tx, space.WHY, 4, 5),
        lambda tx: declare(tx, salvage.WHY, 7),
        lambda tx: declare(tx, "operator", 9),
        lambda tx: declare(tx, "salvage", 10),  # no entry between two reasons
        lambda tx: break_seal(tx, 12),
        lambda tx: forget(tx, 14),
    ):
        journal.submit(work).result(10)
    journal.close()
    site.start_hub()
    site.start_edge()
    wait_for(lambda: site.at_hub(1) == 16)
    told = [(gap.lo, gap.hi, gap.why) for gap in site.inbox.gaps(site.origin, 1)]
    assert told == [
        (2, 2, "retention"),
        (4, 5, "disk_policy"),
        (7, 7, "salvage"),
        (9, 9, "operator"),
        (10, 10, "salvage"),
        (12, 12, "quarantine"),
        (14, 14, "missing"),
    ]
    recorded = [(gap.lo, gap.hi, gap.why) for gap in site.outbox.gaps(site.origin, 1)]
    aside = site.outbox.read("select seq, seq, why from quarantine where lane = 1")
    assert sorted([*recorded, *aside, (14, 14, "missing")]) == told
    held = [entry.seq for entry in site.inbox.entries(site.origin, 1, 0, max_bytes=2**30)]
    assert held == [1, 3, 6, 8, 11, 13, 15, 16]
