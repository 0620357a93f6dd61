"""Key files under a running edge: read again when one has changed."""

import logging
import time
from collections.abc import Callable
from pathlib import Path

from edge.keys.curve import BadKey
from edge.keys.edge import HUB, NAME, EdgeKeys

EVERY = 1.0
"""Seconds between two looks."""

log = logging.getLogger(__name__)


class KeyWatch:
    """
    The keys of the edge in *folder*, for any thread.

    So `flowback keys rotate` and `enroll trust` need no restart. Files that have become bad
    leave the keys that were read before, and are said once.
    """

    def __init__(self, folder: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._paths = (folder / NAME, folder / HUB)
        self._folder = folder
        self._clock = clock
        self._looked = clock()
        self._stamp = self._now()
        self.keys = EdgeKeys.load(folder)
        """As last read."""
        self.version = 0
        """Counts up whenever other keys have been read."""

    def look(self) -> EdgeKeys:
        """Return the keys; files are looked at once a second."""
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
            self.keys = EdgeKeys.load(self._folder)
        except BadKey as error:
            log.warning("the keys stay as they were: %s", error)
        else:
            self.version += 1

    def _now(self) -> list[tuple[int, int, int, int] | None]:
        found: list[tuple[int, int, int, int] | None] = []
        for path in self._paths:
            try:
                facts = path.stat()
            except OSError:
                found.append(None)
            else:
                found.append((facts.st_mtime_ns, facts.st_size, facts.st_ino, facts.st_mode))
        return found
