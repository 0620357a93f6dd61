"""The analytics file: locked against all other files, and written anew after an erasure."""

import secrets
import threading
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from hub.stores.analytics import AnalyticsUnavailable
from hub.stores.analytics.duck import DuckStore

TRACE = "a-trace-of-a-visitor"
ROWS = 5_000


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DuckStore]:
    made = DuckStore(tmp_path / "it's here" / "analytics.duckdb")
    made.create(["create table t (number bigint not null, word varchar, primary key (number))"])
    with made.transaction() as transaction:
        rows = [(n, TRACE if n == 77 else secrets.token_hex(8)) for n in range(ROWS)]
        transaction.append("t", ("number", "word"), rows)
    yield made
    made.close()


def on_disk(store: DuckStore) -> bytes:
    return b"".join(file.read_bytes() for file in store.path.parent.iterdir())


def erase(store: DuckStore) -> None:
    with store.transaction() as transaction:
        transaction.execute("delete from t where number = 77")


def test_a_purge_leaves_no_byte_of_what_was_deleted(store: DuckStore) -> None:
    """All else is there as before, key and privacy of the file included; nothing lies beside it."""
    store.purge()
    assert TRACE.encode() in on_disk(store)
    erase(store)
    before = store.read("select * from t order by number")
    store.purge()
    assert TRACE.encode() not in on_disk(store)
    assert store.read("select * from t order by number") == before
    assert store.path.stat().st_mode & 0o777 == 0o600
    assert {file.name for file in store.path.parent.iterdir()} <= {
        "analytics.duckdb",
        "analytics.duckdb.wal",
    }
    with pytest.raises(duckdb.ConstraintException), store.transaction() as transaction:
        transaction.execute("insert into t values (1, 'again')")


def test_readers_go_on_while_the_file_is_exchanged(store: DuckStore) -> None:
    """No read fails and none sees anything but a whole state."""
    stop, wrong, reads = threading.Event(), [], [0]

    def read() -> None:
        while not stop.is_set():
            try:
                with store.snapshot():
                    found = store.read("select count(*) from t")
                    assert store.read("select count(*) from t") == found
            except AnalyticsUnavailable as error:
                wrong.append(error)
            else:
                reads[0] += 1
                if found != [(ROWS,)]:
                    wrong.append(found)

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(5):
        store.purge()
    stop.set()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert reads[0] > 0


def test_a_purge_that_fails_leaves_the_file_as_it_was(
    store: DuckStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And writing goes on."""

    def broken() -> None:
        raise duckdb.IOException("no space left")

    monkeypatch.setattr(store, "_exchange", broken)
    with pytest.raises(AnalyticsUnavailable):
        store.purge()
    monkeypatch.undo()
    erase(store)
    assert store.read("select count(*) from t") == [(ROWS - 1,)]
    store.purge()
    assert TRACE.encode() not in on_disk(store)


def test_the_engine_reaches_no_other_file(store: DuckStore, tmp_path: Path) -> None:
    """Neither by reading, nor by attaching, nor by a change of its settings."""
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    for sql in (
        f"select * from read_csv('{secret}')",
        f"attach '{tmp_path / 'other.duckdb'}' as other",
        "set enable_external_access = true",
        "set allowed_paths = ['/']",
        "install httpfs",
    ):
        with pytest.raises((AnalyticsUnavailable, duckdb.Error)):
            store.read(sql)
