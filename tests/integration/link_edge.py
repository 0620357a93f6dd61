"""An edge's journal and forwarder as a process of its own, to be killed.

It commits numbered entries without end and prints each number after its commit.
"""

import sys
from pathlib import Path

from edge import keys
from edge.collector.forwarder import Forwarder
from edge.events.entry import Group, Stamp
from edge.journal.journal import Journal
from edge.journal.transaction import Transaction
from edge.protocol.me import Timing


def main(folder: Path, address: str, first: int, silence: float = 0.6) -> None:
    own = keys.EdgeKeys.load(folder)
    journal = Journal.open(folder / "journal.db", node=own.node)
    timing = Timing(silence=silence, connect=2.0, backoff_first=0.05, backoff_most=0.3)
    Forwarder(journal, hub_address=address, keys=own, timing=timing).start()
    number = first
    while True:
        group = Group(stamp=Stamp(project=str(number), received_at=1), events=[None])

        def work(transaction: Transaction, group: Group = group) -> None:
            transaction.append(int(group.stamp.project) % 2, group)

        journal.submit(work).result(10)
        print(number, flush=True)
        number += 1


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), *map(float, sys.argv[4:]))
