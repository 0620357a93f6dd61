"""Key files under a running process: read again when one has changed."""

import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Generic, TypeVar

from edge.keys import edge, hub
from edge.keys.curve import BadKey
from edge.keys.edge import EdgeKeys
from edge.keys.hub import HubKeys

EVERY = 0.5
"""Seconds between two looks."""

T = TypeVar("T")

log = logging.getLogger(__name__)


class KeyWatch(Generic[T]):
    """
    What *load* makes of the files *paths*, for any thread.

    So a rotation needs no restart. Files that have become bad leave the keys that were read
    before, and are said once.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        load: Callable[[], T],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._paths = paths
        self._load = load
        self._clock = clock
        self._looked = clock()
        self._stamp = self._now()
        self.keys = load()
        """As last read."""

    def look(self) -> T:
        """Return the keys; files are looked at twice a second."""
        if self._clock() - self._looked >= EVERY:
            self._looked = self._clock()
            self.reload()
        return self.keys

    def reload(self) -> None:
        """Read the files now where they have changed."""
        stamp = self._now()
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            self.keys = self._load()
        except BadKey as error:
            log.warning("the keys stay as they were: %s", error)

    def _now(self) -> list[tuple[int, int, int, int] | None]:
        return [_stamp(path) for path in self._paths]


def of_edge(folder: Path) -> KeyWatch[EdgeKeys]:
    """Watch an edge's keys and the hub that it trusts."""
    paths = (folder / edge.NAME, folder / edge.HUB)
    return KeyWatch(paths, lambda: EdgeKeys.load(folder))


def of_hub(folder: Path) -> KeyWatch[HubKeys]:
    """Watch a hub's keys."""
    return KeyWatch((folder / hub.NAME,), lambda: HubKeys.load(folder))


def _stamp(path: Path) -> tuple[int, int, int, int] | None:
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_mtime_ns, facts.st_size, facts.st_ino, facts.st_mode
