"""
The hub's inlet and inbox as the bench runs them, without agents behind them.

Prints its address, then answers each line on stdin, a number of events, with a line of
JSON as soon as so many are on disk.
"""

import sys
import time
from pathlib import Path

import msgspec

from edge import keys
from edge.journal.journal import Journal
from hub.inlet import Inlet, Stored
from hub.inlet.inbox import open_inbox


class Arrival(msgspec.Struct, array_like=True):
    """A batch of one lane that is on disk, and since when (``time.monotonic``)."""

    at: float
    lane: int
    first: int
    last: int


def main(folder: Path) -> None:
    """Serve until stdin ends."""
    arrivals: list[Arrival] = []

    def note(batch: Stored) -> None:
        arrivals.append(Arrival(time.monotonic(), batch.lane, batch.first, batch.last))

    inbox = open_inbox(folder / "inbox.db", node="hub")
    inlet = Inlet(
        inbox,
        bind="tcp://127.0.0.1:*",
        keys=keys.HubKeys.load(folder),
        keyring=keys.Keyring(folder),
        on_batch=note,
    )
    inlet.start()
    print(inlet.address, flush=True)
    for line in sys.stdin:
        while events(inbox) < int(line):
            time.sleep(0.02)
        print(msgspec.json.encode(arrivals).decode(), flush=True)
    inlet.stop()
    inbox.close()


def events(inbox: Journal) -> int:
    """Return how many events were ever stored."""
    return int(str(inbox.read("select coalesce(sum(events), 0) from head")[0][0]))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
