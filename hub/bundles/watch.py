"""The thread that takes what is handed over while the hub runs."""

import logging
import threading
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from edge.bundle.spool import On, Spool
from edge.journal.database import JournalUnavailable
from hub.bundles.desk import Desk, Forked, Taken

EVERY = 0.5
"""Seconds between two looks."""

log = logging.getLogger(__name__)


class Watch:
    """Lets *desk* take what lies in the spool of the hub in *data*."""

    def __init__(self, desk: Desk, data: Path) -> None:
        self.taken = 0
        self.refused = 0
        self._desk = desk
        self._spool = Spool(data)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="bundles", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self, timeout: float = 5.0) -> None:
        """End it; a file that is being taken is taken again at the next start."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def _run(self) -> None:
        while not self._stopping.wait(EVERY):
            try:
                self._spool.take_all(self._take)
                self._desk.take_early()  # the line may have brought what was missing to them
            except Exception:
                log.exception("bundles could not be looked for")

    def _take(self, path: Path, on: On) -> Mapping[str, Any]:
        try:
            taken = self._desk.take(path, on)
        except Forked as error:
            self.refused += 1
            return {"error": str(error), "why": error.why, "receipt": error.receipt}
        except JournalUnavailable:
            if self._stopping.is_set():
                raise JournalUnavailable("the hub is stopping; import it again later") from None
            raise
        except Exception:
            self.refused += 1
            raise
        self.taken += 1
        return plain(taken)


def plain(taken: Taken) -> dict[str, Any]:
    """Return *taken* as plain data, for a command's answer."""
    found = asdict(taken)
    found["missing"] = [
        {name: getattr(one, name) for name in one.__struct_fields__} for one in taken.missing
    ]
    return found
