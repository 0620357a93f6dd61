"""What ends a process at a commit: a real SIGKILL, from within SQLite's own call."""

import os
import signal
import sqlite3
from collections.abc import Callable
from functools import partial


class _Killed(sqlite3.Connection):
    """Ends the process before or after the first commit that is due."""

    def __init__(self, *arguments, mode: str, due: Callable[[], bool], **options):
        super().__init__(*arguments, **options)
        self._mode, self._due = mode, due

    def execute(self, sql, *arguments):
        if sql != "commit" or not self._due():
            return super().execute(sql, *arguments)
        if self._mode == "after":
            super().execute(sql)
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError("still alive")


def at_commit(mode: str, due: Callable[[], bool]) -> None:
    """Have this process killed ``before`` or ``after`` the commit at which *due* is true."""
    real, factory = sqlite3.connect, partial(_Killed, mode=mode, due=due)

    def connect(database, *arguments, **options):
        if "uri" not in options:  # the writing connection
            options["factory"] = factory
        return real(database, *arguments, **options)

    sqlite3.connect = connect
