"""
An edge's journal and forwarder as the bench runs them, without HTTP.

Connects to the hub when the first line comes on stdin. Given *every*, it then commits
one event of lane 0 so often and prints the moment of each commit until stdin ends.
"""

import sys
import threading
import time
from pathlib import Path

from edge import keys
from edge.collector.forwarder import Forwarder
from edge.events.entry import Group, Stamp
from edge.journal.journal import Journal
from edge.journal.transaction import FIRST


def main(folder: Path, address: str, every: float) -> None:
    """Run until stdin ends."""
    own = keys.EdgeKeys.load(folder)
    journal = Journal.open(folder / "journal.db", node=own.node)
    forwarder = Forwarder(journal, hub_address=address, keys=own)
    print("ready", flush=True)
    sys.stdin.readline()
    forwarder.start()
    ended = threading.Event()
    if every:
        threading.Thread(target=_live, args=(journal, every, ended)).start()
    sys.stdin.read()
    ended.set()
    forwarder.stop()
    journal.close()


def _live(journal: Journal, every: float, ended: threading.Event) -> None:
    group = Group(stamp=Stamp(project="bench", received_at=1), events=[None])
    while not ended.wait(every):
        journal.submit(lambda transaction: transaction.append(FIRST, group)).result()
        print(time.monotonic(), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], float(sys.argv[3]))
