"""What a node has written: every file as it lies there, and every entry inflated."""

import sqlite3
from pathlib import Path

from edge.events import codec


def bodies(journal: Path) -> list[bytes]:
    """Return the bodies of all entries, those that only the write-ahead log holds too."""
    file = sqlite3.connect(f"file:{journal}?mode=ro", uri=True)
    try:
        return [row[0] for row in file.execute("select body from entry")]
    finally:
        file.close()


def written(folder: Path, *journals: str) -> bytes:
    """Return every byte beneath *folder* and what the entries of *journals* hold."""
    inflated = [codec.inflate(body) for name in journals for body in bodies(folder / name)]
    files = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    return b"\n".join([*files, *inflated])
