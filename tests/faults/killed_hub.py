"""
A hub's inlet that is killed at its first commit of a batch after SIGUSR1:

    python killed_hub.py FOLDER ADDRESS before|after
"""

import signal
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from edge.protocol.sessions import Request
from tests.faults import killed
from tests.integration import link_hub

folder, address, mode = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
armed, loaded = threading.Event(), threading.Event()


_apply = Request.apply


def apply(self, inbox):
    if armed.is_set():
        loaded.set()
    return _apply(self, inbox)


def arm(*_):
    armed.set()
    (folder / "armed").touch()


Request.apply = apply
signal.signal(signal.SIGUSR1, arm)

if __name__ == "__main__":
    killed.at_commit(mode, loaded.is_set)
    link_hub.main(folder, address)
