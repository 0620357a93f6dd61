"""What the collector does beside its requests: end old data, finish cut off deletions."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import structlog
from msgspec.structs import asdict

from edge.bundle.spool import Spool
from edge.collector.consent import rights
from edge.collector.operations import by_hand, retention
from edge.collector.state import State
from edge.journal.database import JournalUnavailable
from edge.projects import LOOK_AGAIN
from edge.tasks import keep

EVERY = 3600.0
"""Seconds between two looks for what is over: the law counts in days."""

SOON = 60.0
"""Seconds until it is tried again where it failed."""

log = structlog.get_logger(__name__)


@contextlib.asynccontextmanager
async def at_work(state: State) -> AsyncIterator[None]:
    """Keep house and watch the disk while the collector runs."""
    tasks = [
        keep(_keep_house(state), name="housekeeping"),
        keep(state.watch.run(), name="watch"),
        keep(state.diary.run(state), name="diary"),
        keep(_watch_rules(state), name="rules"),
        keep(_run_errands(state), name="errands"),
        keep(_take_receipts(state), name="receipts"),
    ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


async def _run_errands(state: State) -> None:
    """Do within a second what the hub asks for."""
    while True:
        await asyncio.sleep(LOOK_AGAIN)
        try:
            await state.run_errands()
        except Exception as error:  # noqa: BLE001 - the hub asks again
            log.warning("what the hub asked to erase waits", why=str(error))


async def _take_receipts(state: State) -> None:
    """Take within a second what `flowback bundle import` hands over."""
    spool = Spool(Path(state.settings.data))
    while True:
        await asyncio.sleep(LOOK_AGAIN)
        try:
            await asyncio.to_thread(spool.take_all, partial(by_hand.take, state))
        except Exception as error:  # noqa: BLE001 - the file waits
            log.warning("receipts could not be looked for", why=str(error))


async def _watch_rules(state: State) -> None:
    """See within a second what changed in the rules file, or in what the hub told."""
    while True:
        await asyncio.sleep(LOOK_AGAIN)
        await asyncio.to_thread(state.control.look)
        told = state.obey()
        if state.regions.refresh() or told:
            state.diary.later("rules.changed", region=asdict(state.regions.pinned))


async def _keep_house(state: State) -> None:
    while True:
        try:
            await rights.resume(state.journal)
            await state.journal.write(state.deletions.sign_later)
            ended = await sweep(state)
            state.widget.keep()
        except JournalUnavailable as error:
            state.house_trouble = str(error)
            log.warning("housekeeping waits", why=str(error))
        except Exception as error:
            state.house_trouble = str(error)
            log.exception("housekeeping failed and is tried again")
        else:
            state.house_trouble = ""
            state.ended += ended
            if ended:
                log.info("entries ended by retention", entries=ended)
                state.diary.later("retention", entries=ended, days=state.regions.raw_days)
        await asyncio.sleep(SOON if state.house_trouble else EVERY)


async def sweep(state: State) -> int:
    """End all that is over, chunk by chunk, and return how many entries that were."""
    forget = partial(retention.forget_sessions, sessions=state.ingest.sessions, now=state.now())
    while await state.journal.write(forget):
        pass
    total = 0
    while True:
        work = partial(retention.end, raw_days=state.regions.raw_days, now=state.now())
        ended = await state.journal.write(work)
        total += ended
        if not ended:
            return total
