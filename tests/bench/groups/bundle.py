"""
Files carried by hand: how fast a backlog is exported and imported, and in how much memory.

The reference of a speed is a plain copy of the same file to the same disk, synced and read
back. Memory is what a backlog of 256 MiB takes beyond one of 16 MiB: 0, if it is bounded.
"""

import os
import random
import re
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import zstandard

from edge import keys
from edge.events import codec
from edge.journal.entry import Entry
from edge.journal.journal import Journal
from edge.journal.reading import beside
from edge.journal.transaction import Transaction
from tests.bench.run import Row
from tests.stack import PROGRAM, ROOT

SMALL, LARGE = 16, 256
MIB = 2**20
ENTRY = 64 * 2**10


class Ran(NamedTuple):
    """One command."""

    seconds: float
    peak: float
    """MiB."""


class Trip(NamedTuple):
    """A backlog exported and imported."""

    size: float
    """MiB of the files."""
    out: Ran
    into: Ran
    copy: float
    """Seconds of a plain copy."""


def measure() -> Iterator[Row]:
    """Yield the rows of bundles."""
    small, large = _trip(SMALL), _trip(LARGE)
    copied = large.size / large.copy
    yield Row("bundle", "export_mib_per_s", large.size / large.out.seconds, copied)
    yield Row("bundle", "import_mib_per_s", large.size / large.into.seconds, copied)
    yield Row("bundle", "export_memory_growth_mib", large.out.peak - small.out.peak)
    yield Row("bundle", "import_memory_growth_mib", large.into.peak - small.into.peak)


def _trip(mib: int) -> Trip:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pair = keys.pair_demo(folder / "edge", folder / "hub")
        _fill(folder / "edge" / "journal.db", pair.edge.node, mib)
        stick = folder / "stick"
        stick.mkdir()
        out = _run("export", "--data", str(folder / "edge"), "--out", str(stick))
        files = sorted(stick.glob("*.fbx"))
        into = _run("import", *map(str, files), "--data", str(folder / "hub"))
        size = sum(file.stat().st_size for file in files)
        with beside(folder / "hub" / "inbox.db") as inbox:
            [(held,)] = inbox.read("select count(*) from entry")
        if held != mib * MIB // ENTRY:
            raise RuntimeError(f"{held} entries arrived of a backlog of {mib} MiB")
        return Trip(size / MIB, out, into, sum(_copy(file) for file in files))


def _fill(path: Path, node: str, mib: int) -> None:
    """Fill a journal with entries that no compression makes smaller."""
    journal = Journal.open(path, node=node)
    rng, pack = random.Random(36), zstandard.ZstdCompressor(level=1)

    def store(tx: Transaction) -> None:
        first = tx.head(journal.own, 1) + 1
        for seq in range(first, first + 4 * MIB // ENTRY):
            body = pack.compress(rng.randbytes(ENTRY))
            tx.store(Entry(journal.own, 1, seq, 50, 1, codec.seal(body), body))

    for _ in range(mib // 4):
        journal.submit(store).result()
    journal.close()


def _run(*arguments: str) -> Ran:
    start = time.monotonic()
    process = subprocess.Popen(
        [*PROGRAM, "bundle", *arguments], cwd=ROOT, stdout=subprocess.DEVNULL
    )
    peak = 0.0
    while process.poll() is None:
        peak = max(peak, _peak(process.pid))
        time.sleep(0.005)
    if process.returncode:
        raise RuntimeError(f"flowback bundle {arguments[0]} ended with {process.returncode}")
    return Ran(time.monotonic() - start, peak)


def _peak(pid: int) -> float:
    """Return the most memory that a process has had, MiB; what its parent had does not count."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) / 1024 if found else 0.0


def _copy(file: Path) -> float:
    start = time.monotonic()
    target = file.with_suffix(".copy")
    with file.open("rb") as source, target.open("wb") as out:
        while piece := source.read(MIB):
            out.write(piece)
        out.flush()
        os.fsync(out.fileno())
        os.posix_fadvise(out.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    with target.open("rb") as source:
        while source.read(MIB):
            pass
    return time.monotonic() - start
