"""A real edge for tests in browsers, and what lies in its journal."""

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from edge.events import codec
from edge.events.entry import Group
from edge.projects import ProjectBook, make
from tests.stack import Process, answers, free_ports, wait_for


@dataclass
class Edge:
    """A running edge of one project, without a hub."""

    url: str
    key: str
    journal: Path
    process: Process


@contextlib.contextmanager
def edge_alone(folder: Path, project: str, origins: list[str]) -> Iterator[Edge]:
    """Run an edge in Germany, where a visitor is asked first."""
    [port] = free_ports(1)
    made = make(project, origins=origins)
    ProjectBook.open(folder / "edge").add(made)
    data = str(folder / "edge")
    process = Process(
        *("edge", "--data", data, "--port", str(port), "--region", "DE"), log=folder / "edge.log"
    )
    process.start()
    try:
        url = f"http://127.0.0.1:{port}"
        wait_for(lambda: answers(f"{url}/health"), what=f"an edge; see {folder}/edge.log")
        yield Edge(url, made.key, folder / "edge" / "journal.db", process)
    finally:
        assert process.stop() == 0


class Reader:
    """Reads a journal from where it stopped."""

    def __init__(self, journal: Path) -> None:
        self._journal = journal
        self._position = -1

    def new(self) -> list[Group]:
        """Return the groups written since the last call."""
        file = sqlite3.connect(f"file:{self._journal}?mode=ro", uri=True)
        rows = file.execute(
            "select position, body from entry where position > ? order by position",
            [self._position],
        ).fetchall()
        file.close()
        if rows:
            self._position = rows[-1][0]
        return [group for _, body in rows for group in codec.unpack(body)]


def on_disk(journal: Path) -> bytes:
    """Return every byte of a journal's files, and what its entries hold, in the open."""
    files = b"".join(file.read_bytes() for file in journal.parent.glob(f"{journal.stem}*"))
    return files + codec.inflate(codec.pack(Reader(journal).new()))
