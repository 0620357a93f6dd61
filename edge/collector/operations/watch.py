"""
Looks after the disk while the collector runs: once a second, and at once when a commit fails.

What follows from a look is decided in ``disk``; here it is done: room is made, the door
is shut or opened, the ballast is let go or put back.
"""

import asyncio
import contextlib
import math
import sqlite3
import time
from collections.abc import Callable
from functools import partial

import structlog

from edge.collector.operations import disk, space
from edge.collector.operations.ballast import Ballast
from edge.collector.operations.disk import Disk
from edge.collector.operations.space import Limits
from edge.journal.account import Account, measure
from edge.journal.database import WAL_LIMIT, JournalUnavailable
from edge.journal.opening import Opened
from edge.journal.transaction import Transaction

EVERY = 1.0
"""Seconds between two looks."""
OFTEN = 16
"""Commits between two looks where the write-ahead log is near its cap."""
CHUNK = 2 * 2**20
"""Bytes deleted in one commit, at the most: with secure_delete as much goes through the log."""
SAMPLE = 3600.0
"""Seconds between two samples of the forecast."""
SAMPLES = 14 * 24
_SHARE = 50
"""The account is measured anew after so many times what the last measuring took."""

log = structlog.get_logger(__name__)


class Watch:
    """The collector's eye on its disk. ``run`` is a task of the event loop."""

    def __init__(
        self,
        opened: Opened,
        *,
        limits: Limits,
        ballast: Ballast,
        drop: bool,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """*drop*: when the disk is full the oldest may go, delivered or not."""
        self.opened = opened
        self.state = Disk.NORMAL
        self.limits = limits
        self.drop = drop
        self.ballast = ballast
        self.account = Account()
        """As last measured."""
        self.account_at = 0.0
        """When that was, seconds since 1970."""
        self.dropped = 0
        """Bytes deleted before they were delivered."""
        self.shed = 0
        """Bytes deleted early that the hub holds."""
        self.damage = ""
        """What the check that goes on found, empty while it found nothing."""
        self._journal = opened.journal
        self._clock = clock
        self._samples = _stored(opened)
        self._measured = (-math.inf, 0.0)
        """When the account was measured, on the monotonic clock, and how long it took."""
        self._again = asyncio.Event()
        self.seen = space.look(self._journal, limits)
        """The last look."""

    @property
    def says(self) -> str:
        """Return ``ok``, or why nothing is taken in and what helps."""
        return disk.says(self.state, self.seen)

    @property
    def full_at(self) -> float:
        """Return when the disk will be full, seconds since 1970, or infinity."""
        return disk.full_at(self._samples, self.seen.capacity)

    async def run(self) -> None:
        """Look for as long as the task lives."""
        loop = asyncio.get_running_loop()

        def wake() -> None:
            with contextlib.suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(self._again.set)

        def count() -> None:
            # A pinned log grows with every commit: near its cap it is looked at more often.
            if 2 * self.seen.wal > self.limits.wal_cap > 0 and not self._journal.commits % OFTEN:
                wake()

        self._journal.on_rollback(wake)
        self._journal.on_commit(count)
        while True:
            try:
                await self.look()
            except JournalUnavailable as error:
                log.warning("the disk refuses", why=str(error))
            except Exception:
                log.exception("a look at the disk failed and is tried again")
            self._again.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._again.wait(), EVERY)

    async def look(self) -> None:
        """Look once and do what follows."""
        self._hear_check()
        await self._see()
        if not self.seen.writable:
            self._set(disk.step(self.state, self.seen))
            await self._recover()
        self._set(disk.step(self.state, self.seen))
        if not self.seen.writable:
            pass  # it is tried again at the next look
        elif self.state is not Disk.NORMAL or self.seen.wal > WAL_LIMIT:
            await self._make_room()
        elif not self.ballast.there:
            await asyncio.to_thread(self.ballast.make, self.seen.free)
        await asyncio.to_thread(self.opened.mark.sync)
        await self._sample()
        await self._measure()

    async def _see(self) -> None:
        self.seen = await asyncio.to_thread(space.look, self._journal, self.limits)

    async def _recover(self) -> None:
        """Let the ballast go and try to write again."""
        if self.ballast.size and self.ballast.release():
            log.warning("the ballast is let go", bytes=self.ballast.size)
        with contextlib.suppress(JournalUnavailable):
            await self._journal.write(_touch)
        await self._see()

    async def _make_room(self) -> None:
        """Delete what the hub holds, then, if the operator chose so, the oldest."""
        ways = [space.shed, *([space.drop_oldest] if self.drop else [])]
        await self._journal.write(_empty_log)
        for way in ways:
            while self._is_needed(way):
                target = int(self.seen.live - disk.SHED * self.seen.capacity) + 1
                work = partial(way, most=max(1, min(CHUNK, target)), now=int(self._clock() * 1000))
                gone = await self._journal.write(work)
                if not gone:
                    break
                if way is space.shed:
                    self.shed += gone
                else:
                    self.dropped += gone
                await self._see()
        await self._see()
        self._set(disk.step(self.state, self.seen))

    def _is_needed(self, way: object) -> bool:
        """Return whether deleting goes on: of what was not delivered only on a full disk."""
        if self.seen.level < disk.SHED:
            return False
        return way is space.shed or self.state is Disk.FULL

    def _set(self, state: Disk) -> None:
        if state is not self.state:
            tell = log.warning if state is Disk.FULL else log.info
            tell("the disk's state changes", before=self.state.value, now=state.value)
            self.state = state

    async def _sample(self) -> None:
        now = self._clock()
        if self._samples and 0 <= now - self._samples[-1][0] < SAMPLE:
            return
        self._samples = [*self._samples, (now, self.seen.live)][-SAMPLES:]
        if self.state is not Disk.FULL:
            await self._journal.write(partial(_store, at=int(now), live=self.seen.live))

    async def _measure(self) -> None:
        started, took = self._measured
        before = time.monotonic()
        if before - started < _SHARE * took:
            return
        try:
            self.account = await asyncio.to_thread(measure, self._journal)
            self.account_at = self._clock()
        except sqlite3.OperationalError as error:
            log.warning("the account could not be counted", why=str(error))
        except sqlite3.DatabaseError as error:
            self._is_damaged(str(error))
        self._measured = (before, time.monotonic() - before)

    def _hear_check(self) -> None:
        """Take the verdict of the check that the start did not wait for."""
        check = self.opened.check
        if check is None:
            return
        verdict = check.wait()
        if verdict.whole is None:
            return
        check.close()
        self.opened.check = None
        if verdict.whole is False:
            self._is_damaged(verdict.says)

    def _is_damaged(self, says: str) -> None:
        if not self.damage:
            log.error("the journal is damaged; a restart mends it", found=says)
        self.damage = says


def _stored(opened: Opened) -> list[tuple[float, int]]:
    rows = opened.journal.read("select at, live from disk_sample order by at")
    return [(float(str(at)), int(str(live))) for at, live in rows][-SAMPLES:]


def _store(tx: Transaction, *, at: int, live: int) -> None:
    tx.connection.execute("insert or replace into disk_sample values (?, ?)", (at, live))
    tx.connection.execute(
        "delete from disk_sample where at not in"
        " (select at from disk_sample order by at desc limit ?)",
        (SAMPLES,),
    )


def _touch(tx: Transaction) -> None:
    """Write something new, to see whether it can be done: an equal value would not be written."""
    tx.connection.execute(
        "insert into meta values ('touched', 1) on conflict do update set value = value + 1"
    )


def _empty_log(tx: Transaction) -> None:
    tx.checkpoint = True
