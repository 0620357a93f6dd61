"""
A hub's inlet that is killed at its first commit of a batch after SIGUSR1:

    python killed_hub.py FOLDER ADDRESS before|after

A real process, a real SIGKILL, from within SQLite's own call.
"""

import os
import signal
import sqlite3
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from edge.protocol.receiver import Request
from tests.integration import link_hub

folder, address, mode = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
armed, loaded = threading.Event(), threading.Event()


class Killed(sqlite3.Connection):
    """Ends the process at the commit of a batch."""

    def execute(self, sql, *arguments):
        if sql != "commit" or not loaded.is_set():
            return super().execute(sql, *arguments)
        if mode == "after":
            super().execute(sql)
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError("still alive")


_connect, _apply = sqlite3.connect, Request.apply


def connect(database, *arguments, **options):
    if "uri" not in options:  # the writing connection
        options["factory"] = Killed
    return _connect(database, *arguments, **options)


def apply(self, inbox):
    if armed.is_set():
        loaded.set()
    return _apply(self, inbox)


def arm(*_):
    armed.set()
    (folder / "armed").touch()


sqlite3.connect, Request.apply = connect, apply
signal.signal(signal.SIGUSR1, arm)

if __name__ == "__main__":
    link_hub.main(folder, address)
