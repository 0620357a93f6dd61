"""The embedded analytics store, on a real file."""

import pytest

from hub.stores.analytics.duck import DuckStore


@pytest.fixture
def store(tmp_path):
    opened = DuckStore(tmp_path / "analytics.duckdb")
    opened.create(["create table count (value bigint)", "insert into count values (1)"])
    yield opened
    opened.close()


def value(store) -> int:
    return store.read("select value from count")[0][0]


def add(store) -> None:
    with store.transaction() as transaction:
        transaction.execute("update count set value = value + 1")


def test_a_snapshot_sees_one_state_whatever_is_committed_beside_it(store):
    """The figures of one answer agree; the next answer sees the new state."""
    with store.snapshot():
        before = value(store)
        add(store)
        with store.snapshot():  # a part of an answer may ask for one again
            during = value(store)
        after = value(store)

    assert (before, during, after) == (1, 1, 1)
    assert value(store) == 2


def test_a_snapshot_ends_when_its_answer_fails(store):
    """An error does not leave the thread in the past."""
    with pytest.raises(ValueError, match="no answer"), store.snapshot():
        value(store)
        raise ValueError("no answer")
    add(store)

    assert value(store) == 2
