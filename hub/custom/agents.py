"""All custom agents of a hub: found, followed, shown."""

from pathlib import Path

import structlog

from hub.custom.book import AgentBook
from hub.custom.feed import Source
from hub.custom.found import find
from hub.custom.runner import Runner
from hub.custom.wishes import Wishes

log = structlog.get_logger(__name__)


class CustomAgents:
    """
    The agents that *setting* names and those that are installed, each on a thread.

    Raises :class:`~hub.custom.found.BadAgent` where the setting is wrong.
    """

    def __init__(self, setting: str, data: Path, source: Source) -> None:
        found = find(setting)
        self._book = AgentBook(data) if found else None
        wishes = Wishes(data)
        self.runners: list[Runner] = []
        if self._book is not None:
            self.runners = [Runner(one, self._book, wishes, source) for one in found]

    def start(self) -> None:
        """Follow all of them."""
        for runner in self.runners:
            log.info("a custom agent runs", agent=runner.found.name, source=runner.found.source)
            runner.start()

    def stop(self) -> None:
        """End all of them and close their book. Harmless when repeated."""
        for runner in self.runners:
            runner.stop()
        if self._book is not None:
            self._book.close()
