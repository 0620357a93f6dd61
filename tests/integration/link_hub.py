"""A hub's inlet as a process of its own, to be killed: folder and address are arguments."""

import sys
import threading
from pathlib import Path

from edge import keys
from edge.journal.journal import Journal
from hub.inlet import Inlet


def main(folder: Path, bind: str) -> None:
    inbox = Journal.open(folder / "inbox.db", node="f" * 32)
    inlet = Inlet(
        inbox,
        bind=bind,
        keys=keys.HubKeys.load(folder),
        keyring=keys.Keyring(folder),
        heartbeat=0.2,
    )
    inlet.start()
    print(inlet.address, flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
