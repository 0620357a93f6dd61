"""Entries of a newer schema: durable, acknowledged, and applied once the hub can read them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.events import codec
from edge.journal.entry import Entry
from hub.projections import events
from tests.hub.hubkit import REAL_NODE, SHOP, HubKit, dump, entry_of, quiet, tombstone

VISIT = "a-newer-visitor-000000"


@pytest.fixture
def kit(tmp_path: Path) -> Iterator[HubKit]:
    made = HubKit(tmp_path)
    yield made
    made.close()


def newer(visit: str, seq: int) -> Entry:
    """Return an entry in which one event is of a type that this version does not know."""
    plain = entry_of(REAL_NODE, 1, seq, quiet(visit).groups(1))
    data = codec.inflate(plain.body).replace(b"signal.raw", b"signal.new")
    body = codec.zstandard.compress(data)
    return Entry(plain.origin, 1, seq, plain.count, plain.at, codec.seal(body), body)


def upgrade(kit: HubKit, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this process understand the newer schema, and start the hub again."""
    old = codec._lenient

    def newer_reader(data: bytes, *rest: object) -> object:
        return old(bytes(data).replace(b"signal.new", b"signal.raw"), *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(codec, "_lenient", newer_reader)
    kit.hub.stop()
    kit.hub = kit.make_hub()
    kit.apply()


@pytest.mark.fault(32)
def test_what_is_too_new_waits_and_holds_nothing_up(kit: HubKit) -> None:
    """The position goes on, neighbours count, and nothing counts as lost."""
    kit.put(newer(VISIT, 1), entry_of(REAL_NODE, 1, 2, quiet("b-visitor").groups(1)))
    kit.apply()
    assert events.parked(kit.hub.store) == [1]
    assert (kit.hub.worker.position, kit.hub.worker.problem) == (2, None)
    assert events.dropped(kit.hub.store) == {}
    assert {row[1] for row in dump(kit.hub)["event"]} == {"b-visitor"}
    assert b"flowback_hub_entries_parked 1.0" in kit.hub.metrics.text()


@pytest.mark.fault(32)
def test_an_upgraded_hub_applies_what_was_parked_as_if_it_had_come_today(
    kit: HubKit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once: the tables are those of a hub that could read it from the first."""
    rest = [entry_of(REAL_NODE, 1, seq, quiet(f"visitor-{seq}").groups(1)) for seq in (2, 3)]
    kit.put(newer(VISIT, 1), *rest)
    kit.apply()
    upgrade(kit, monkeypatch)
    assert events.parked(kit.hub.store) == []
    assert kit.hub.worker.position == 3
    (tmp_path / "other").mkdir()
    other = HubKit(tmp_path / "other")
    other.put(newer(VISIT, 1), *rest)
    other.apply()
    assert dump(other.hub) == dump(kit.hub)
    assert any(row[1] == VISIT for row in dump(kit.hub)["event"])
    before = dump(kit.hub)
    kit.hub.stop()
    kit.hub = kit.make_hub()
    kit.apply()
    assert dump(kit.hub) == before, "twice"
    other.close()


@pytest.mark.fault(32)
def test_what_a_restart_still_cannot_read_stays_parked_once(kit: HubKit) -> None:
    """However often the same version starts."""
    kit.put(newer(VISIT, 1))
    for _ in range(3):
        kit.apply()
        kit.hub.stop()
        kit.hub = kit.make_hub()
    kit.apply()
    assert events.parked(kit.hub.store) == [1]


def test_a_session_erased_meanwhile_does_not_come_back(
    kit: HubKit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its events are blanked where they are parked, and dropped when they are read."""
    kit.put(newer(VISIT, 1), entry_of(REAL_NODE, 0, 1, [tombstone(VISIT, SHOP)]))
    kit.apply()
    [parked, _] = kit.inbox.follow(0)
    assert VISIT.encode() not in codec.inflate(parked.body)
    upgrade(kit, monkeypatch)
    assert events.parked(kit.hub.store) == []
    assert dump(kit.hub)["event"] == []


def test_bytes_that_are_no_entry_are_counted_and_not_parked(kit: HubKit) -> None:
    """No upgrade will ever read them."""
    plain = entry_of(REAL_NODE, 1, 1, quiet(VISIT).groups(1))
    body = codec.zstandard.compress(b"\xff" * 50)
    kit.put(Entry(plain.origin, 1, 1, plain.count, plain.at, codec.seal(body), body))
    kit.apply()
    assert events.parked(kit.hub.store) == []
    assert events.dropped(kit.hub.store) == {"unreadable": plain.count}
