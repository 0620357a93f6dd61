"""
A hub's inlet whose own thread stands still from SIGUSR1 to SIGUSR2 while ZeroMQ's threads live:

    python wedged_hub.py FOLDER ADDRESS
"""

import signal
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from hub.inlet.inlet import Inlet
from tests.integration import link_hub

free = threading.Event()
free.set()
_turn = Inlet._turn


def turn(self, poller):
    free.wait()
    _turn(self, poller)


Inlet._turn = turn
signal.signal(signal.SIGUSR1, lambda *_: free.clear())
signal.signal(signal.SIGUSR2, lambda *_: free.set())

if __name__ == "__main__":
    link_hub.main(Path(sys.argv[1]), sys.argv[2])
