"""
The analytics store in one DuckDB file.

Rows are given to DuckDB as columns of numpy: 100,000 rows take 0.1 s so, 1 s and more
as single inserts. The engine may load no extension, open no other file and reach no
network, and its settings are locked.
"""

import contextlib
import os
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from hub.stores.analytics import AnalyticsUnavailable, Frame, Row, Transaction

_SETTINGS = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "preserve_insertion_order": "false",
}
_LOCK = ("set enable_external_access = false", "set lock_configuration = true")
"""Set once the files are named that may be used: the engine refuses to name any later."""
_HAS_TABLE = "select 1 from duckdb_tables() where database_name = 'old' and table_name = ?"
_FRESH = ".new"
_BESIDE = ("", ".wal", ".wal.checkpoint", ".wal.recovery")
"""What the engine writes beside a file while it is attached."""


class DuckStore:
    """
    One DuckDB file: one writing connection, one reading connection per thread.

    Raises :class:`AnalyticsUnavailable` when the file cannot be opened, and whenever the
    engine fails.
    """

    def __init__(self, path: Path, *, threads: int = 2, memory_mb: int = 512) -> None:
        self.path = path
        self._settings: dict[str, str | bool | int | float | list[str]] = {
            **_SETTINGS,
            "threads": str(threads),
            "memory_limit": f"{memory_mb}MB",
        }
        self._fresh = path.with_name(path.name + _FRESH)
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._gate = threading.Condition()
        self._within = threading.local()
        self._reading = 0
        self._swapping = False
        self._closed = False
        self._open()

    def create(self, statements: Iterable[str]) -> None:
        """Make the tables that are missing, in one transaction."""
        with self.transaction() as transaction:
            for statement in statements:
                transaction.execute(statement)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Return a context that commits at its end; a second thread waits for the first."""
        with self._writing, self._failures():
            self._connection.execute("begin transaction")
            try:
                yield _Transaction(self._connection)
                self._connection.execute("commit")
            except BaseException:
                with contextlib.suppress(duckdb.Error):
                    self._connection.execute("rollback")
                raise

    def read(self, sql: str, arguments: Sequence[Any] = ()) -> list[Row]:
        """Return the rows of a query over what is committed."""
        with self._failures(), self._while_open():
            return self._reader().execute(sql, list(arguments)).fetchall()

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[None]:
        """Return a context in which all reads of this thread see one and the same state."""
        if getattr(self._local, "at_one_moment", False):
            yield
            return
        with self._failures(), self._while_open():
            self._reader().execute("begin transaction")
            local = self._local
            local.at_one_moment = True
            try:
                yield
            finally:
                local.at_one_moment = False
                with contextlib.suppress(duckdb.Error):
                    local.reader.execute("rollback")

    def purge(self) -> None:
        """
        Write the file anew with what is in it, and put it in the place of the old one.

        The engine leaves deleted rows in their blocks until it happens to use these
        again. Transactions wait for this, reads only for the exchange of the files.
        """
        with self._writing, self._failures():
            self._remove_fresh()
            try:
                self._copy()
                self._exchange()
            finally:
                self._remove_fresh()

    def copy(self, path: Path) -> None:
        """
        Write all that is committed to a new file at *path*, on the same disk as this one.

        Transactions wait for it, reads do not.
        """
        with self._writing, self._failures():
            self._remove_fresh()
            try:
                self._copy()
                self._fresh.replace(path)
                _sync(path.parent)
            finally:
                self._remove_fresh()

    def close(self) -> None:
        """Checkpoint and close. Harmless when repeated."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            for reader in self._readers:
                reader.close()
            self._connection.close()

    def _copy(self) -> None:
        run = self._connection.execute
        (name,) = run("select current_database()").fetchall()[0]
        run(f"attach {_text(self._fresh)} as fresh")
        try:
            self._fresh.chmod(0o600)
            run(f'copy from database "{name}" to fresh')
        finally:
            run("detach fresh")

    def _exchange(self) -> None:
        """Put the fresh file in the old one's place: afterwards one of the two is whole there."""
        with self._gate:
            self._swapping = True
            self._gate.wait_for(lambda: self._reading == 0)
        try:
            with self._lock:
                if self._closed:
                    return
                for connection in (*self._readers, self._connection):
                    connection.close()
                if not self.path.with_name(self.path.name + ".wal").exists():
                    self._fresh.replace(self.path)
                    _sync(self.path.parent)
                self._open()
        finally:
            with self._gate:
                self._swapping = False
                self._gate.notify_all()

    @contextlib.contextmanager
    def _while_open(self) -> Iterator[None]:
        """Keep the file from being exchanged; a thread that is within may enter again."""
        if getattr(self._within, "gate", False):
            yield
            return
        with self._gate:
            self._gate.wait_for(lambda: not self._swapping)
            self._reading += 1
        self._within.gate = True
        try:
            yield
        finally:
            self._within.gate = False
            with self._gate:
                self._reading -= 1
                self._gate.notify_all()

    def _remove_fresh(self) -> None:
        for suffix in _BESIDE:
            self._fresh.with_name(self._fresh.name + suffix).unlink(missing_ok=True)

    def _open(self) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._remove_fresh()
            self._connection = duckdb.connect(str(self.path), config=self._settings)
            named = ", ".join(_text(f"{self._fresh}{suffix}") for suffix in _BESIDE)
            for statement in (f"set allowed_paths = [{named}]", *_LOCK):
                self._connection.execute(statement)
            self.path.chmod(0o600)
        except (OSError, duckdb.Error) as error:
            raise AnalyticsUnavailable(f"{self.path} cannot be opened: {error}") from error
        self._local = threading.local()
        self._readers: list[duckdb.DuckDBPyConnection] = []

    @contextlib.contextmanager
    def _failures(self) -> Iterator[None]:
        """Say that the store is away, unless it only refused the data or the statement."""
        try:
            yield
        except (duckdb.DataError, duckdb.IntegrityError, duckdb.ProgrammingError):
            raise
        except duckdb.FatalException as error:
            self._open_again()
            raise AnalyticsUnavailable(f"{self.path}: {error}") from error
        except duckdb.Error as error:
            raise AnalyticsUnavailable(f"{self.path}: {error}") from error

    def _open_again(self) -> None:
        """Open the file anew: the engine answers nothing after a fatal error."""
        with self._lock:
            if not self._closed:
                for connection in (*self._readers, self._connection):
                    with contextlib.suppress(duckdb.Error):
                        connection.close()
                self._open()

    def _reader(self) -> duckdb.DuckDBPyConnection:
        reader: duckdb.DuckDBPyConnection | None = getattr(self._local, "reader", None)
        if reader is None:
            with self._lock:
                if self._closed:
                    raise AnalyticsUnavailable(f"{self.path} is closed")
                reader = self._connection.cursor()
                self._readers.append(reader)
            self._local.reader = reader
        return reader


def is_database(path: Path) -> bool:
    """Tell whether the file *path* calls itself a DuckDB file. Raises OSError."""
    with path.open("rb") as file:
        return file.read(12)[8:] == b"DUCK"


def between(old: Path, new: Path, statements: Iterable[str], *, table: str) -> None:
    """
    Run *statements* on the file *new*, in one transaction, with *old* as the database ``old``.

    Nothing where *old* has no *table*. Nobody else may have either open. *new* is whole on the
    disk afterwards, without a log beside it. Raises AnalyticsUnavailable.
    """
    try:
        with duckdb.connect(str(new), config={**_SETTINGS, "threads": "2"}) as run:
            run.execute(f"attach {_text(old)} as old (read_only)")
            if not run.execute(_HAS_TABLE, [table]).fetchall():
                return
            run.execute("begin transaction")
            for statement in statements:
                run.execute(statement)
            run.execute("commit")
            run.execute("checkpoint")
    except duckdb.Error as error:
        raise AnalyticsUnavailable(f"{old}: {error}") from error


def _text(value: object) -> str:
    """Return *value* as a literal of SQL."""
    return "'" + str(value).replace("'", "''") + "'"


def _sync(folder: Path) -> None:
    """Let a file's new name reach the disk, where folders can be opened."""
    with contextlib.suppress(PermissionError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


class _Transaction:
    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def read(self, sql: str, arguments: Sequence[Any] = ()) -> list[Row]:
        return self._connection.execute(sql, list(arguments)).fetchall()

    def execute(self, sql: str, arguments: Sequence[Any] = ()) -> None:
        self._connection.execute(sql, list(arguments))

    def append(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        if not rows:
            return
        names = ", ".join(columns)
        frame = dict(zip(columns, zip(*rows, strict=True), strict=True))
        sql = f"insert into {table} ({names}) select {names} from incoming"  # noqa: S608
        self.insert(sql, {"incoming": frame})

    def insert(self, sql: str, frames: Mapping[str, Frame]) -> None:
        try:
            for name, frame in frames.items():
                arrays = {column: _array(values) for column, values in frame.items()}
                self._connection.register(name, arrays)
            self._connection.execute(sql)
        finally:
            for name in frames:
                self._connection.unregister(name)


_NUMBERS: dict[frozenset[type], type[np.generic]] = {
    frozenset({bool}): np.bool_,
    frozenset({int}): np.int64,
    frozenset({float}): np.float64,
    frozenset({int, float}): np.float64,
}


def _array(values: Sequence[Any]) -> "np.ndarray[Any, Any]":
    """Return *values* as a column; all that is no plain number stays as Python objects."""
    kind = _NUMBERS.get(frozenset(map(type, values)))
    if kind is not None:
        return np.array(values, dtype=kind)
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array
