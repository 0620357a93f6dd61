"""
fsync that fails, at the place where SQLite calls it: in the write-ahead log's own file object.

SQLite's documented file-control hands out that object; its table of methods is replaced by
a copy in which ``xSync`` answers SQLITE_IOERR_FSYNC while the fault is on. Everything above
it, from the pager to the collector, is real.
"""

import _sqlite3
import ctypes
import sqlite3

_JOURNAL_POINTER = 28  # SQLITE_FCNTL_JOURNAL_POINTER
_IOERR_FSYNC = 10 | (4 << 8)
_METHODS = 19  # a version number and 18 functions, sqlite3_io_methods version 3
_SYNC = 5
_Sync = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int)

_library = ctypes.CDLL(getattr(_sqlite3, "__file__", None))
_library.sqlite3_file_control.argtypes = [
    *(ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_void_p)
]


class FailingSync:
    """While ``on``, each sync of the logs of the connections that it was put under fails."""

    def __init__(self) -> None:
        self.on = False
        self.failed = 0
        """Syncs that were answered with an error."""
        self._kept: list[object] = []  # C holds pointers to them

    def put_under(self, connection: sqlite3.Connection) -> None:
        """Take over the sync of *connection*'s write-ahead log."""
        connection.execute("select count(*) from sqlite_schema").fetchone()  # opens the log
        file = ctypes.c_void_p()
        # A connection object begins with its header of two words, then the sqlite3 pointer.
        handle = ctypes.c_void_p.from_address(id(connection) + object.__basicsize__)
        code = _library.sqlite3_file_control(handle, b"main", _JOURNAL_POINTER, ctypes.byref(file))
        assert (code, bool(file.value)) == (0, True), "this build of SQLite gives out no log"
        table = ctypes.cast(file, ctypes.POINTER(ctypes.POINTER(ctypes.c_void_p)))
        methods = (ctypes.c_void_p * _METHODS)(*(table[0][at] for at in range(_METHODS)))
        real = _Sync(methods[_SYNC] or 0)

        def sync(which: int, flags: int) -> int:
            if self.on:
                self.failed += 1
                return _IOERR_FSYNC
            return int(real(which, flags))

        mine = _Sync(sync)
        methods[_SYNC] = ctypes.cast(mine, ctypes.c_void_p).value
        table[0] = ctypes.cast(methods, ctypes.POINTER(ctypes.c_void_p))
        self._kept += [mine, methods]
