"""
`flowback edge` that is killed at the commit of the batch with an event of the page /the-end:

    python killed_edge.py before|after edge --data …
"""

import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import flowback
from edge.collector.agents.ingest import Ingest
from tests.faults import killed

LAST = "/the-end"
armed = threading.Event()


_batch = Ingest.batch


def batch(self, tx, sender, parsed, **options):
    if any(event.page == LAST for event in parsed.events):
        armed.set()
    return _batch(self, tx, sender, parsed, **options)


Ingest.batch = batch

if __name__ == "__main__":
    killed.at_commit(sys.argv[1], armed.is_set)
    sys.exit(flowback.main(sys.argv[2:]))
