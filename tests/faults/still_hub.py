"""
A hub's inlet whose disk stands still from SIGUSR1 to SIGUSR2, with a small credit:

    python still_hub.py FOLDER ADDRESS
"""

import signal
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from edge.journal.journal import Journal
from edge.protocol import flow
from tests.integration import link_hub

CREDIT = 4 * 2**20
"""Bytes of all edges together."""

free = threading.Event()
free.set()
_commit = Journal._commit


def commit(self, works):
    free.wait()
    _commit(self, works)


if __name__ == "__main__":
    flow.CREDIT_BUDGET, flow.FIRST_CREDIT = CREDIT, 64 * 2**10
    Journal._commit = commit
    signal.signal(signal.SIGUSR1, lambda *_: free.clear())
    signal.signal(signal.SIGUSR2, lambda *_: free.set())
    link_hub.main(Path(sys.argv[1]), sys.argv[2])
