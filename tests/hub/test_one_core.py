"""The insight agent's linear algebra takes one core of the hub's machine."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CODE = """
import os, sys
import flowback, hub.command
assert "numpy" not in sys.modules, "it is too late to say so"
{say}
import numpy
a = numpy.ones((600, 600)); a @ a
print(len(os.listdir("/proc/self/task")))
"""


def threads(say: str) -> int:
    done = subprocess.run(
        [sys.executable, "-c", CODE.format(say=say)],
        cwd=ROOT, capture_output=True, text=True, check=True,
        env={"PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    return int(done.stdout)


def test_the_hub_starts_numpy_with_one_thread() -> None:
    """Where numpy would start one a core."""
    assert threads("hub.command.one_core()") == 1


def test_an_operator_may_say_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is set stays."""
    import os

    from hub.command import THREADS, one_core

    for name in THREADS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(THREADS[0], "3")
    one_core()
    assert os.environ[THREADS[0]] == "3"
    assert os.environ[THREADS[1]] == "1"
