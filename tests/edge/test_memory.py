"""Memory that comes and goes in pieces of a quarter of a MiB is not asked of the system anew."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
SCRIPT = """
import resource, sys
from edge.memory import keep_freed
if sys.argv[1] == "keep":
    assert keep_freed()
def work():
    pieces = [bytearray(250_000) for _ in range(16)]
work()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(100):
    work()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(how: str) -> int:
    command = [sys.executable, "-c", SCRIPT, how]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    )
    return int(done.stdout)


def test_freed_pieces_are_used_again() -> None:
    """Page faults of the same work, as the system counts them: one in ten at the most."""
    assert faults("keep") * 10 < faults("leave")
