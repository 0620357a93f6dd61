"""The live agent: tells those who watch that answers may have changed, once they are on disk."""

from hub.bus.bus import Agent, Batch, Tick
from hub.bus.messages import FRICTION
from hub.changes import Changes


class LiveAgent(Agent):
    """Journeys in; after the commit, the sessions touched go to *changes*."""

    name = "live"
    topics = (FRICTION,)

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._touched: dict[str, set[int]] = {}

    def handle(self, tick: Tick, batch: Batch) -> None:  # noqa: ARG002 - says nothing on topics
        """Note which sessions of which project are touched."""
        for folded in batch[FRICTION]:
            project = folded.project
            if project:
                self._touched.setdefault(project, set()).add(folded.number)

    def committed(self) -> None:
        """Tell."""
        for project, numbers in self._touched.items():
            self._changes.touched(project, numbers)
        self._touched.clear()

    def forget(self) -> None:
        """Tell nothing of what did not happen."""
        self._touched.clear()
