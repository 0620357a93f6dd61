"""
`flowback edge` that is killed at the commit of the batch with an event of the page /the-end:

    python killed_edge.py before|after edge --data …

A real process, a real SIGKILL, from within SQLite's own call.
"""

import os
import signal
import sqlite3
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import flowback
from edge.collector.agents.ingest import Ingest

LAST = "/the-end"
mode = sys.argv[1]
armed = threading.Event()


class Killed(sqlite3.Connection):
    """Ends the process at the commit that is armed."""

    def execute(self, sql, *arguments):
        if sql != "commit" or not armed.is_set():
            return super().execute(sql, *arguments)
        if mode == "after":
            super().execute(sql)
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError("still alive")


_connect, _batch = sqlite3.connect, Ingest.batch


def connect(database, *arguments, **options):
    if "uri" not in options:  # the writing connection
        options["factory"] = Killed
    return _connect(database, *arguments, **options)


def batch(self, tx, sender, parsed, **options):
    if any(event.page == LAST for event in parsed.events):
        armed.set()
    return _batch(self, tx, sender, parsed, **options)


sqlite3.connect, Ingest.batch = connect, batch

if __name__ == "__main__":
    sys.exit(flowback.main(sys.argv[2:]))
