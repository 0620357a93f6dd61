"""One minute of the soak, and what makes it worth running: its plan follows from its seed."""

import subprocess
import sys

from tests.soak.plan import KINDS, plan
from tests.stack import ROOT

SEED = "20"


def test_the_plan_follows_from_the_seed():
    """Another seed is another plan; a minute's plan has every kind of fault in it."""
    assert plan(7, 55, 3) == plan(7, 55, 3) != plan(8, 55, 3)
    for seed in range(50):
        assert {fault.kind for fault in plan(seed, 50, 3)} == set(KINDS)
    lasting = [fault for fault in plan(7, 3600, 3) if fault.at + fault.lasts > 3600]
    assert lasting == [], "all ends in time"


def test_one_minute_of_faults_loses_and_doubles_nothing():
    """Kills, pauses, cuts, full disks and bad lines at three edges and their hub."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.soak.run", "--minutes", "1", "--seed", SEED],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "nothing lost, nothing twice" in done.stdout
