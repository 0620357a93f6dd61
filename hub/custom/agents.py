"""All custom agents of a hub: found, followed, shown."""

from collections.abc import Callable, Collection
from pathlib import Path

import structlog

from edge.journal.journal import Journal
from hub.agents.patterns import BUILT_IN, Routes
from hub.custom.book import AgentBook
from hub.custom.found import find
from hub.custom.runner import Runner
from hub.custom.wishes import Wishes
from hub.intake import Refuse
from hub.stores.analytics import Reader

log = structlog.get_logger(__name__)


class CustomAgents:
    """
    The agents that *setting* names and those that are installed, each on a thread.

    Raises :class:`~hub.custom.found.BadAgent` where the setting is wrong.
    """

    def __init__(
        self,
        setting: str,
        data: Path,
        inbox: Journal,
        reader: Reader,
        refuse: Refuse,
        erased: Collection[tuple[str, str]],
        applied: Callable[[], int],
        routes: Routes = BUILT_IN,
    ) -> None:
        found = find(setting)
        self._book = AgentBook(data) if found else None
        wishes = Wishes(data)
        self.runners: list[Runner] = []
        if self._book is not None:
            self.runners = [
                Runner(
                    one, self._book, wishes, inbox, reader, refuse, erased, applied, routes=routes
                )
                for one in found
            ]

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
