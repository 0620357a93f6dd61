"""
Is an SQLite file whole? Asked of a process of its own, since a bad file may crash or
hang whoever opens it (edge-and-link.md, 1c).

This file is also that process's program, so it imports nothing of Flowback.
"""

import sqlite3
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

LOOK = "select count(*) from sqlite_schema", "select key, value from meta", "select * from head"
"""What every start needs to read."""
LIMIT = 1.0
"""Seconds that a start waits for the answer: a large file is checked to its end later."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check says."""

    whole: bool | None
    """None: it did not come to an end in its time."""
    says: str = ""


class Check:
    """A check that is under way. Started by its construction."""

    def __init__(self, path: Path) -> None:
        self._process = subprocess.Popen(
            _command(path),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self._verdict: Verdict | None = None

    def wait(self, seconds: float = 0.0) -> Verdict:
        """Return the verdict, after *seconds* at the most."""
        if self._verdict is None:
            ended = self._process.poll() is not None  # with no time left nothing would be read
            try:
                said, _ = self._process.communicate(timeout=None if ended else seconds)
            except subprocess.TimeoutExpired:
                return Verdict(None, "the check goes on")
            self._verdict = _verdict(self._process.returncode, said.decode(errors="replace"))
        return self._verdict

    def close(self) -> None:
        """End the check, whether or not it came to an end."""
        if self._verdict is not None:  # its output is read, and may be read once only
            return
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()


def _verdict(code: int, said: str) -> Verdict:
    if code == 0:
        return Verdict(True)
    lines = said.strip().splitlines()
    return Verdict(False, lines[-1] if lines else f"the check ended with code {code}")


def _command(path: Path) -> list[str]:
    if getattr(sys, "frozen", False):  # one program holds all: ask it for this part
        return [sys.executable, "journal", "check", str(path)]
    return [sys.executable, "-I", __file__, str(path)]


def check(path: str) -> str:
    """Return what is wrong with the file at *path*, empty where nothing is."""
    # Read-only, so that closing it neither checkpoints nor removes its write-ahead log.
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        for question in LOOK:
            connection.execute(question).fetchall()
        found = [str(row[0]) for row in connection.execute("pragma quick_check(3)")]
        return "" if found == ["ok"] else "; ".join(" ".join(line.split()) for line in found)
    except sqlite3.Error as error:
        return str(error)
    finally:
        connection.close()


def main(path: str) -> int:
    """Say on standard output what is wrong; 1 where something is."""
    says = check(path)
    sys.stdout.write(says + "\n")
    return 1 if says else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
