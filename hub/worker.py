"""
The worker: one thread that follows the inbox and makes answers of it.

Each tick takes all entries that wait, runs the agents over them, and commits their rows
together with the agents' position in one transaction. Whatever stops it, the tables are
those of a prefix of the inbox: nothing is lost, nothing doubled.
"""

import threading
import time
from collections.abc import Sequence

import structlog
from msgspec import structs

from edge.erasures import Erasures
from edge.journal.database import JournalUnavailable
from edge.journal.entry import Entry
from edge.journal.journal import Journal
from hub.bus.bus import InProcessBus
from hub.bus.messages import ERASED, Erased
from hub.eraser import Eraser
from hub.intake import Heard, Over, Refuse, hear
from hub.projections import events, positions, sealing
from hub.projections.rollup import Roller
from hub.retention import Retention
from hub.rights import Granted, Rights, VerifyKeys
from hub.stores.analytics import AnalyticsStore, AnalyticsUnavailable, Transaction
from hub.stores.records.tombstones import Tombstones

log = structlog.get_logger(__name__)

TICK_BYTES = 2**18
"""Compressed bytes that are read at once."""
TICK_EVENTS = 20_000
"""Events of one tick, so that what comes meanwhile waits half a second at most."""
ATTEMPTS = 3
"""How often an entry may fail on its own before it is put aside."""
PAUSES = (0.2, 1.0, 5.0, 15.0)
"""Seconds to wait after the first, second … failure of the store in a row."""

_AWAY = (AnalyticsUnavailable, JournalUnavailable)
"""A disk is full or gone: no entry is to blame."""

_DROPPED = ("reason", "node", "project", "events")
_UNPARK = "delete from parked where position = ?"
_COUNT = "update meta set value = value + ? where name = 'events'"
_NEWEST = "update meta set value = greatest(value, ?) where name = 'newest'"


class Worker:
    """
    Applies the inbox to the store: :meth:`start` and :meth:`stop` its thread, or call
    :meth:`step` oneself. *verify_keys* tell whose signature a tombstone needs, *wanted* what
    an operator wants erased.
    """

    def __init__(
        self,
        inbox: Journal,
        store: AnalyticsStore,
        bus: InProcessBus,
        refuse: Refuse,
        tombstones: Tombstones,
        verify_keys: VerifyKeys = lambda _node: (),
        wanted: Erasures | None = None,
        roller: Roller | None = None,
    ) -> None:
        self._inbox = inbox
        self._store = store
        self._bus = bus
        self._refuse = refuse
        self._tombstones = tombstones
        self._wanted = wanted
        self._roller = roller
        self._rights = Rights(verify_keys, self._first_grant, tombstones.claims)
        self._replayed = False
        self.eraser = Eraser(inbox, store, tombstones)
        """Completes erasures between two ticks."""
        self.retention: Retention | None = None
        """Ends what is over between two ticks; None: nothing ends."""
        self._over: Over | None = None
        self._wake = threading.Event()
        self._stopping = False
        self._thread: threading.Thread | None = None
        self._failures = 0
        store.create([*events.CREATE, *positions.CREATE, *sealing.CREATE])
        self._agents = [agent.name for agent in bus.agents]
        with store.transaction() as transaction:
            first = events.former_position(transaction)
            self.position = positions.join(transaction, self._agents, first=first)
        """Inbox position that is applied: that of every agent on the bus."""
        self._anew = events.meta(store, "anew")
        self.applied = 0
        """Events applied since the start."""
        self.scrubbed = 0
        """Texts that came unscrubbed, since the start."""
        self.ticks = 0
        """Commits since the start."""
        self.tick_seconds = 0.0
        """Time spent in them."""
        self.problem: str | None = None
        """Why it stands still, if it does."""
        inbox.on_commit(self._wake.set)

    def start(self) -> None:
        """Follow the inbox on a thread."""
        self._thread = threading.Thread(target=self._run, name="hub-worker", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End after the running tick. Harmless when repeated."""
        self._stopping = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join()

    @property
    def alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread is not None and self._thread.is_alive()

    def step(self) -> int:
        """Apply what waits, up to a bound, else roll a day up; return how much was done."""
        if not self._replayed:
            self._replay()
        self._erase_wanted()
        entries = _up_to(self._inbox.follow(self.position, max_bytes=TICK_BYTES))
        if entries:
            self._apply_or_part(entries)
        done = len(entries) + self.eraser.step(self.position)
        if self.retention is not None and self.retention.step(self.position, idle=not done):
            self._over = None
            return done + 1
        if not done and self._roller is not None:
            return int(self._roller.step())
        return done

    def _hear(self, entries: Sequence[Entry]) -> Heard:
        if self._over is None:
            self._over = sealing.untils(self._store)
        # What was blanked before it is heard for the first time revises nothing.
        entries = [
            structs.replace(entry, generation=0) if entry.position <= self._anew else entry
            for entry in entries
        ]
        return hear(entries, self._refuse, self._tombstones, self._rights, self._over)

    def _replay(self) -> None:
        """Erase what analytics of a backup may still hold, before anything else."""
        found = events.numbers_of(self._store, self._tombstones)
        if found:
            self._tombstones.again(found, heard=self.position)
            with self._store.transaction() as transaction:
                self._bus.run(transaction, {ERASED: [Erased(*visitor) for visitor in found]})
            self._bus.committed()
        self._unpark()
        self._replayed = True

    def _unpark(self) -> None:
        """Apply what an older version of this hub could not read, and park the rest again."""
        for position, node, count in events.parked_ones(self._store):
            entries = self._inbox.follow(position - 1, max_bytes=1)
            if entries and entries[0].position == position:
                self._apply_or_part(entries[:1])
            else:  # retention ended it unread
                with self._store.transaction() as transaction:
                    transaction.execute(_UNPARK, [position])
                    transaction.append("dropped", _DROPPED, [("ended", node, "", count)])

    def _erase_wanted(self) -> None:
        """Erase what an operator asked for, tombstone first: ``_replay`` ends what a crash cuts."""
        wanted = self._wanted.list() if self._wanted is not None else ()
        if not wanted or self._wanted is None:
            return
        visitors = {one.visitor: self.position for one in wanted}
        self._tombstones.bury(visitors, (), at=int(time.time() * 1000))
        with self._store.transaction() as transaction:
            self._bus.run(transaction, {ERASED: [Erased(*visitor) for visitor in visitors]})
        self._bus.committed()
        self._wanted.done(visitors)
        log.info("sessions are erased on an operator's word", sessions=len(visitors))

    def _run(self) -> None:
        while not self._stopping:
            self._wake.clear()
            try:
                busy = self.step() > 0
            except Exception as error:  # noqa: BLE001 - the worker must outlive any failure
                self._failed(error)
                continue
            self._failures, self.problem = 0, None
            if not busy:
                self._wake.wait(1.0)

    def _failed(self, error: Exception) -> None:
        self._bus.forget()
        self._over = None
        self.problem = str(error)
        pause = PAUSES[min(self._failures, len(PAUSES) - 1)]
        self._failures += 1
        log.warning("the worker waits", problem=self.problem, seconds=pause)
        until = time.monotonic() + pause
        while not self._stopping and (left := until - time.monotonic()) > 0:
            self._wake.clear()
            self._wake.wait(left)

    def _apply_or_part(self, entries: Sequence[Entry]) -> None:
        """Apply *entries*; where one of them cannot be, find it and put it aside."""
        try:
            self._apply(entries)
        except _AWAY:
            raise
        except Exception as error:
            self._bus.forget()
            log.warning("a tick failed", entries=len(entries), exc_info=True)
            if len(entries) > 1:
                for entry in entries:
                    self._apply_or_part([entry])
            else:
                self._try_again(entries[0], error)

    def _try_again(self, entry: Entry, error: Exception) -> None:
        for _ in range(1, ATTEMPTS):
            try:
                self._apply([entry])
            except _AWAY:
                raise
            except Exception as again:  # noqa: BLE001 - any failure of any agent
                self._bus.forget()
                error = again
            else:
                return
        self._put_aside(entry, error)

    def _put_aside(self, entry: Entry, error: Exception) -> None:
        """Leave *entry* out, on record: one bad entry must not stop all others."""
        why = f"{type(error).__name__}: {error}"[:500]
        log.error("an entry is put aside", position=entry.position, why=why)
        stones = self._stones(entry)
        with self._store.transaction() as transaction:
            columns = ("position", "events", "why")
            transaction.append("quarantine", columns, [(entry.position, entry.count, why)])
            positions.move(transaction, self._agents, max(self.position, entry.position))
            transaction.execute(_UNPARK, [entry.position])
            # Its tombstones hold all the same.
            self._bus.run(transaction, {ERASED: stones} if stones else {})
        self.position = max(self.position, entry.position)
        self._bus.committed()

    def _apply(self, entries: Sequence[Entry]) -> None:
        began = time.monotonic()
        heard = self._hear(entries)
        self._bury(heard)
        with self._store.transaction() as transaction:
            self._bus.run(transaction, heard.said)
            at = max(self.position, entries[-1].position)  # a parked one lies behind
            self._note(transaction, at, heard.events, heard.newest)
            self._park(transaction, entries, heard)
            dropped = [(*name, count) for name, count in sorted(heard.dropped.items())]
            transaction.append("dropped", _DROPPED, dropped)
        self.position = at
        self.applied += heard.events
        self.scrubbed += heard.scrubbed
        self.ticks += 1
        self.tick_seconds += time.monotonic() - began
        self._bus.committed()

    def _park(self, transaction: Transaction, entries: Sequence[Entry], heard: Heard) -> None:
        """Keep in mind what is of a newer schema, and no longer what was and is read now."""
        if entries[-1].position <= self.position:
            transaction.execute(_UNPARK, [entries[-1].position])
        transaction.append("parked", ("position", "node", "events"), heard.parked)

    def _bury(self, heard: Heard) -> None:
        """Write tombstones, and claims that wait, down before anything is removed."""
        late = heard.to_blank if heard.erased or len(self._tombstones) else ()
        now = int(time.time() * 1000)
        self._tombstones.bury(heard.erased, late, at=now)
        self._tombstones.claims.wait(heard.waiting, at=now)
        self._tombstones.errands.send(heard.errands, at=now)
        told = [(one.node, one.visitor) for one in heard.asked if one.erased]
        self._tombstones.errands.done(told, at=now)

    def _first_grant(self, visitor: events.Visitor) -> Granted | None:
        found = events.first_grant(self._store, visitor)
        return None if found is None else Granted(*found)

    def _stones(self, entry: Entry) -> list[Erased]:
        try:
            found = self._hear([entry]).erased
        except Exception:  # noqa: BLE001 - it is put aside because something fails on it
            return []
        return [Erased(*visitor) for visitor in found]

    def _note(self, transaction: Transaction, position: int, count: int, newest: int) -> None:
        positions.move(transaction, self._agents, position)
        if count:
            transaction.execute(_COUNT, [count])
            transaction.execute(_NEWEST, [newest])


def _up_to(entries: Sequence[Entry]) -> Sequence[Entry]:
    """Return the first of *entries*, at least one, else up to TICK_EVENTS events."""
    events = 0
    for place, entry in enumerate(entries):
        events += entry.count
        if place and events > TICK_EVENTS:
            return entries[:place]
    return entries
