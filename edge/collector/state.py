"""What the collector's routes share: made once by the lifespan, found at ``app.state``."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from edge.collector.agents import ethics
from edge.collector.agents.ingest import Ingest
from edge.collector.consent.choose import Consents
from edge.collector.forwarder import Forwarder
from edge.collector.http.access import Sender
from edge.collector.http.address import Proxies
from edge.collector.http.errors import Overloaded
from edge.collector.http.rates import Rates
from edge.collector.operations.metrics import Metrics
from edge.collector.regions import Regions
from edge.collector.widget import Widget
from edge.events import wire
from edge.journal.database import JournalUnavailable
from edge.journal.opening import Opened
from edge.journal.transaction import Transaction
from edge.projects import Project, ProjectBook

T = TypeVar("T")


class Projects:
    """
    The projects by their write key; a changed file is seen within a second.

    A file that has become bad leaves what was read before.
    """

    def __init__(self, book: ProjectBook) -> None:
        self._book = book
        self._version = 0
        self._by_key: dict[str, Project] = {}

    @property
    def problem(self) -> str:
        """What is wrong with the file as it is now; empty where nothing is."""
        return self._book.problem

    def by_key(self, key: str) -> Project | None:
        """Return the project of a write key, or None."""
        self._book.look()
        if self._version != self._book.version:
            self._version = self._book.version
            self._by_key = {project.key: project for project in self._book.list()}
        return self._by_key.get(key)


class State:
    """The parts of one collector and the few facts that routes ask of them together."""

    def __init__(
        self,
        *,
        opened: Opened,
        projects: Projects,
        regions: Regions,
        ingest: Ingest,
        consents: Consents,
        metrics: Metrics,
        queue_bytes: int,
        widget: Widget,
        rates: Rates,
        proxies: Proxies,
        clock: Callable[[], float] = time.time,
        tick: Callable[[], float] = time.monotonic,
    ) -> None:
        self.opened = opened
        self.journal = opened.journal
        self.projects = projects
        self.regions = regions
        self.ingest = ingest
        self.consents = consents
        self.metrics = metrics
        self.widget = widget
        self.forwarder: Forwarder | None = None
        """None where no hub is configured."""
        self.rates = rates
        self.proxies = proxies
        self._queue_bytes = queue_bytes
        self._reserved = 0
        self._clock = clock
        self.tick = tick
        """Seconds of a clock that never goes back."""

    def now(self) -> int:
        """Return the moment, ms since 1970."""
        return int(self._clock() * 1000)

    def charge(self, sender: Sender, session: str, cost: int) -> None:
        """Count *cost* events against the sender's limits. Raises TooMany, and counts nothing."""
        self.rates.take(session, sender.project.id, sender.address, cost, self.tick())

    @contextmanager
    def room(self) -> Iterator[Callable[[int], None]]:
        """
        Return what takes memory for bytes that came, until the request is answered.

        It raises Overloaded where too much waits for the disk already.
        """
        taken = 0

        def take(size: int) -> None:
            nonlocal taken
            if self._reserved + size > self._queue_bytes:
                raise Overloaded
            self._reserved += size
            taken += size

        try:
            yield take
        finally:
            self._reserved -= taken

    async def write(self, work: Callable[[Transaction], T]) -> T:
        """Run *work* in the next commit. Raises Overloaded where the disk refuses."""
        try:
            return await self.journal.write(work)
        except JournalUnavailable as error:
            raise Overloaded from error

    def policy_of(
        self, tx: Transaction, sender: Sender, session_id: str, *, now: int
    ) -> wire.Policy:
        """Return the decision for a session; one that is unknown has not consented."""
        session = self.ingest.sessions.get(tx, session_id)
        if session is None or session.record.project != sender.project.id:
            return wire.Policy(allow=False, reason="consent_pending")
        return ethics.decision(session.record, sender, now=now)

    def probes(self) -> dict[str, str]:
        """Return each probe of readiness with ``ok`` or what is wrong."""
        return {
            "widget": "ok"
            if self.widget.is_built
            else "flowback.js is not built: make run builds it",
            "link": self._link(),
        }

    def close(self) -> None:
        """Stop sending, finish what is queued, and close the data folder."""
        if self.forwarder is not None:
            self.forwarder.stop(timeout=2.0)
        self.opened.close()

    def _link(self) -> str:
        if self.forwarder is None:
            return "ok"
        status = self.forwarder.status()
        return "ok" if status.connected else status.last_error or "the hub does not answer"
