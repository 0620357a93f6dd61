"""What the collector's routes share: made once by the lifespan, found at ``app.state``."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TypeVar

from edge.collector.agents import ethics
from edge.collector.agents.ingest import Ingest, is_erased
from edge.collector.agents.sessions import Record
from edge.collector.consent import rights
from edge.collector.consent.choose import Consents
from edge.collector.forwarder import Forwarder
from edge.collector.http.access import Sender
from edge.collector.http.address import Proxies
from edge.collector.http.errors import DiskFull, Overloaded
from edge.collector.http.rates import Rates
from edge.collector.operations.control import Control
from edge.collector.operations.diary import Diary
from edge.collector.operations.disk import Disk
from edge.collector.operations.metrics import Metrics
from edge.collector.operations.readiness import Readiness, Ready
from edge.collector.operations.watch import Watch
from edge.collector.parts import Parts
from edge.collector.regions import Regions
from edge.collector.settings import EdgeSettings
from edge.collector.widget import Widget
from edge.erasures import Erasures
from edge.events import wire
from edge.journal.database import JournalUnavailable
from edge.journal.opening import Opened
from edge.journal.transaction import FIRST, Transaction
from edge.projects import Project, ProjectBook
from edge.protocol.frames import Errand

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
        self._by_id: dict[str, Project] = {}

    @property
    def problem(self) -> str:
        """What is wrong with the file as it is now; empty where nothing is."""
        return self._book.problem

    def by_key(self, key: str) -> Project | None:
        """Return the project of a write key, or None."""
        self._look()
        return self._by_key.get(key)

    def all(self) -> Mapping[str, Project]:
        """Return the projects by id: the same object until the file changes."""
        self._look()
        return self._by_id

    def _look(self) -> None:
        self._book.look()
        if self._version != self._book.version:
            self._version = self._book.version
            projects = self._book.list()
            self._by_key = {
                key: project for project in projects for key in (project.key, *project.older_keys)
            }
            self._by_id = {project.id: project for project in projects}


class State:
    """The parts of one collector and the few facts that routes ask of them together."""

    def __init__(
        self,
        *,
        opened: Opened,
        control: Control,
        projects: Projects,
        settings: EdgeSettings,
        parts: Parts,
        ingest: Ingest,
        consents: Consents,
        deletions: rights.Deletions,
        metrics: Metrics,
        watch: Watch,
        diary: Diary,
        widget: Widget,
        clock: Callable[[], float] = time.time,
        tick: Callable[[], float] = time.monotonic,
    ) -> None:
        self.opened = opened
        self.journal = opened.journal
        self.control = control
        """What the hub told this edge."""
        self.projects = projects
        self.settings = settings
        """As they hold now."""
        self.regions: Regions = parts.regions
        self.ingest = ingest
        self.consents = consents
        self.deletions = deletions
        self.errands: deque[Errand] = deque(maxlen=1_000)
        """What the hub wants erased; it says so again until that is done."""
        self.metrics = metrics
        self.watch = watch
        self.diary = diary
        self.widget = widget
        self.wanted = Erasures(Path(settings.data))
        """What an operator of this edge wants erased."""
        self.forwarder: Forwarder | None = None
        """None where no hub is configured."""
        self.rates: Rates = parts.rates
        self.proxies: Proxies = parts.proxies
        self.queue_bytes: int = parts.queue_bytes
        """Bytes of memory that requests may take until they are on disk."""
        self.waiting_bytes = 0
        """Bytes of memory that requests take now: as sent, as inflated and as decoded."""
        self.ended = 0
        """Entries ended by retention since the start."""
        self.house_trouble = ""
        """Why housekeeping failed last, empty where it did not."""
        self.config_trouble = ""
        """Why the settings that were read again are not used, empty where they are."""
        self.reloads = 0
        self.config_errors = 0
        self._readiness = Readiness()
        self.regions.follow(control.rules())
        self._clock = clock
        self.started = self.now()
        self.tick = tick
        """Seconds of a clock that never goes back."""

    def adopt(self, parts: Parts) -> None:
        """Let *parts* hold from now on."""
        parts.regions.follow(self.control.rules())
        self.regions, self.rates, self.proxies = parts.regions, parts.rates, parts.proxies
        self.queue_bytes = parts.queue_bytes
        self.watch.limits, self.watch.drop = parts.limits, parts.drop
        self.journal.limit(parts.limits.budget)

    def now(self) -> int:
        """Return the moment, ms since 1970."""
        return int(self._clock() * 1000)

    def charge(self, sender: Sender, session: str, cost: int) -> None:
        """Count *cost* events against the sender's limits. Raises TooMany, and counts nothing."""
        self.rates.take(session, sender.project.id, sender.address, cost, self.tick())

    def check_disk(self) -> None:
        """
        Raise DiskFull where nothing new is taken in.

        What only takes away has room to the last byte: a denial, a withdrawal, a deletion
        (E6 of the security rows: consent and tombstones first).
        """
        if self.watch.state is Disk.FULL:
            raise DiskFull(self.watch.says)

    def room(self) -> "Room":
        """Return the memory of one request, to be entered until it is answered."""
        return Room(self)

    async def write(self, work: Callable[[Transaction], T]) -> T:
        """Run *work* in the next commit. Raises Overloaded where the disk refuses."""
        try:
            return await self.journal.write(work)
        except JournalUnavailable as error:
            raise Overloaded from error

    async def erase(self, owned: rights.Owned) -> rights.Receipt:
        """Delete a session: tombstone first, then its events. Done already: the same answer."""
        now = self.now()
        fresh = await self.write(lambda tx: self.deletions.bury(tx, owned, now=now))
        if fresh:
            await rights.blank(self.journal, owned.id, owned.left.first)
        done = await self.write(lambda tx: rights.receipt_of(tx, owned.id))
        if fresh:
            about = {"project": owned.left.project, "receipt": done.receipt}
            await self.diary.note("session.erased", **about, events=done.erased)
        return done

    def obey(self) -> bool:
        """Let rules hold that the hub told; return whether they changed."""
        return self.regions.follow(self.control.rules())

    async def run_errands(self) -> None:
        """Erase what the hub passes on, and what an operator wants erased here."""
        while self.errands:
            await self._run_errand(self.errands.popleft())
        told = self.control.errands()
        for errand in told:
            await self._run_errand(errand)
        if told:
            await asyncio.to_thread(self.control.erased, told)
        wanted = await asyncio.to_thread(self.wanted.list)
        for one in wanted:
            await self._run_errand(Errand(one.project, one.session, ""))
        if wanted:
            await asyncio.to_thread(self.wanted.done, [one.visitor for one in wanted])

    async def _run_errand(self, errand: Errand) -> None:
        find = partial(
            rights.for_errand, sessions=self.ingest.sessions, errand=errand, now=self.now()
        )
        owned = await self.journal.write(find)
        if owned is not None:
            await self.erase(owned)

    async def pass_on(self, sender: Sender, session_id: str, secret: str) -> rights.Receipt | None:
        """
        Ask the hub to delete a session that is not theirs here; None where nothing may be asked.

        What names a session leaves only where the region's row lets it (decision 10).
        """
        lane, _ = self.ingest.site.lanes(sender)
        if self.forwarder is None or lane != FIRST:
            return None
        now, project = self.now(), sender.project.id
        return await self.write(
            lambda tx: self.deletions.pass_on(tx, session_id, project, secret, now=now)
        )

    def policy_of(
        self, tx: Transaction, sender: Sender, session_id: str, *, now: int
    ) -> wire.Policy:
        """Return the decision for a session, as the answer to a batch of it would say."""
        session = self.ingest.sessions.get(tx, session_id)
        if session is None and is_erased(tx, session_id):
            return wire.Policy(allow=False, reason="consent_withdrawn")
        record = Record(project=sender.project.id)  # of another project's it tells nothing
        if session is not None and session.record.project == record.project:
            record = session.record
        return ethics.decision(record, sender, now=now)

    def ready(self) -> Ready:
        """Return whether events are taken in, and what each probe says."""
        return self._readiness.look(self, self.tick())

    def close(self) -> None:
        """Stop sending, finish what is queued, and close the data folder."""
        if self.forwarder is not None:
            self.forwarder.stop(timeout=2.0)
        self.diary.later("edge.ended")
        self.diary.flush()
        self.opened.close()


class Room:
    """What one request takes of the memory in which requests wait for the disk."""

    __slots__ = ("_state", "_taken")

    def __init__(self, state: State) -> None:
        self._state = state
        self._taken = 0

    def __enter__(self) -> Callable[[int], None]:
        """Return what takes bytes until the answer."""
        return self.take

    def __exit__(self, *_: object) -> None:
        """Give back what was taken."""
        self._state.waiting_bytes -= self._taken

    def take(self, size: int) -> None:
        """Take *size* bytes. Raises Overloaded where too much waits already."""
        state = self._state
        if state.waiting_bytes + size > state.queue_bytes:
            raise Overloaded
        state.waiting_bytes += size
        self._taken += size
