"""Blanking: what an erased session said is gone from an entry, all else stays as it was."""

import asyncio
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from edge.collector.consent import rights
from edge.events import codec
from edge.journal.entry import Entry, Origin
from edge.journal.erase import blank, blank_entries, decisions
from edge.journal.journal import Journal
from edge.journal.verify import verify

GONE = "g" * 22
STAYS = "s" * 22


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    schema = resources.files("edge.collector").joinpath("schema.sql").read_text()
    made = Journal.open(tmp_path / "journal.db", node="a" * 32, schema=schema)
    yield made
    made.close()


def event(**more: Any) -> dict[str, Any]:
    return {"type": "signal.raw", "timestamp": 5, "n": 1, "payload": {"action": "idle"}, **more}


def group(session: str | None, *events: Any, **stamp: Any) -> dict[str, Any]:
    of = {} if session is None else {"session": session}
    return {"stamp": {"project": "shop", "receivedAt": 9, **of, **stamp}, "events": [*events]}


def stone(session: str) -> dict[str, Any]:
    payload = {"allow": False, "reason": "consent_withdrawn", "erased": True}
    told = {"type": "policy.updated", "timestamp": 9, "id": "x", "payload": payload}
    return group(session, told)


def body(*groups: Any) -> bytes:
    return zstandard.compress(msgspec.msgpack.encode(groups))


def plain(data: bytes) -> Any:
    return msgspec.msgpack.decode(codec.inflate(data))


def is_gone(project: str, session: str) -> bool:
    return (project, session) == ("shop", GONE)


def entry(seq: int, data: bytes, *, lane: int = 0) -> Entry:
    count = sum(len(one["events"]) for one in plain(data))
    return Entry(Origin("b" * 32, 1), lane, seq, count, 0, codec.seal(data), data)


def test_only_the_sessions_own_events_go() -> None:
    """Its stamp loses what describes it; places stay; another project's namesake is another."""
    other = group(GONE, event(), project="bank")
    found = blank(body(group(GONE, event(), None, event(), device="phone"), other), is_gone)
    assert found is not None
    assert found[1] == 2
    assert plain(found[0]) == [group(None, None, None, None), other]


def test_neighbours_of_a_newer_schema_pass_unharmed() -> None:
    """Fields and event types that this node does not know stay (decision 11)."""
    newer = group(STAYS, event(type="signal.future", depth=3), tenant="t")
    found = blank(body(group(GONE, event(type="signal.future")), newer), is_gone)
    assert found is not None
    assert plain(found[0]) == [group(None, None), newer]


def test_a_tombstone_stays_with_its_session() -> None:
    """Whoever reads the log later hears it; what lies beside it in its group goes."""
    told = stone(GONE)
    mixed = {"stamp": {**told["stamp"], "device": "phone"}, "events": [event(), *told["events"]]}
    found = blank(body(mixed), is_gone)
    assert found is not None
    assert plain(found[0]) == [{**told, "events": [None, *told["events"]]}]
    assert [named[:2] for named in decisions(found[0])] == [("shop", GONE)]
    assert blank(body(told), is_gone) is None


@given(st.lists(st.tuples(st.sampled_from([GONE, STAYS, None]), st.integers(0, 3)), max_size=6))
def test_blanking_again_changes_nothing(told: list[tuple[str | None, int]]) -> None:
    """So that a generation counts up only where something went."""
    data = body(*(group(session, *[event()] * count) for session, count in told))
    found = blank(data, is_gone)
    assert (found is None) == (GONE not in [session for session, _ in told])
    if found is not None:
        assert blank(found[0], is_gone) is None
        assert sum(len(one["events"]) for one in plain(found[0])) == sum(n for _, n in told)


@pytest.mark.parametrize(
    "data",
    [
        b"no zstd",
        zstandard.compress(b"\xc1"),
        zstandard.compress(msgspec.msgpack.encode({"a": 1})),
        zstandard.compress(msgspec.msgpack.encode([{"stamp": 1, "events": []}])),
        zstandard.compress(b"\x91" * 100_000),
    ],
)
def test_bytes_that_are_no_entry_are_left_alone(journal: Journal, data: bytes) -> None:
    """They raise BadEvent, and cost no neighbour its erasure."""
    with pytest.raises(codec.BadEvent):
        blank(data, is_gone)
    bad = Entry(Origin("b" * 32, 1), 0, 1, 1, 0, codec.seal(data), data)
    good = entry(2, body(group(GONE, event())))
    journal.submit(lambda tx: [tx.store(one) for one in (bad, good)]).result()
    assert journal.submit(lambda tx: blank_entries(tx, [1, 2, 3], is_gone)).result() == 1
    assert [one.generation for one in journal.follow(0)] == [0, 1]
    assert journal.follow(0)[0].body == data


def test_an_entry_that_came_is_known_by_the_seal_it_came_with(journal: Journal) -> None:
    """However often it is blanked here; of this node's own entries no seal is kept."""
    first = entry(1, body(group(GONE, event()), group(STAYS, event())))
    journal.submit(lambda tx: tx.store(first)).result()
    for session in (GONE, STAYS):
        journal.submit(
            lambda tx, s=session: blank_entries(tx, [1], lambda _p, found: found == s)
        ).result()
    now = journal.follow(0)[0]
    assert (now.generation, now.count) == (2, first.count)
    assert now.hash == codec.seal(now.body) != first.hash
    assert journal.came(now) == (0, first.hash)
    assert verify(journal.path).problems == []


def test_two_deletions_at_once_do_not_undo_each_other(journal: Journal) -> None:
    """Both sessions lie in one entry and both look for it before either writes."""
    shared = entry(1, body(group(GONE, event()), group(STAYS, event())))
    journal.submit(lambda tx: tx.store(shared)).result()

    async def both() -> list[int]:
        blanks = (rights.blank(journal, session, 0) for session in (GONE, STAYS))
        return await asyncio.gather(*blanks)

    assert asyncio.run(both()) == [1, 1]
    assert plain(journal.follow(0)[0].body) == [group(None, None), group(None, None)]
