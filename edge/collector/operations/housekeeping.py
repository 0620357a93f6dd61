"""What the collector does beside its requests: end old data, finish cut off deletions."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from functools import partial

import structlog

from edge.collector.consent import rights
from edge.collector.operations import retention
from edge.collector.state import State
from edge.journal.database import JournalUnavailable
from edge.tasks import keep

EVERY = 3600.0
"""Seconds between two looks for what is over: the law counts in days."""

log = structlog.get_logger(__name__)


@contextlib.asynccontextmanager
async def at_work(state: State) -> AsyncIterator[None]:
    """Keep house while the collector runs."""
    task = keep(_keep_house(state), name="housekeeping")
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _keep_house(state: State) -> None:
    while True:
        try:
            await rights.resume(state.journal)
            ended = await sweep(state)
            state.widget.keep()
        except JournalUnavailable as error:
            log.warning("housekeeping waits", why=str(error))
        except Exception:
            log.exception("housekeeping failed and is tried again")
        else:
            if ended:
                log.info("entries ended by retention", entries=ended)
        await asyncio.sleep(EVERY)


async def sweep(state: State) -> int:
    """End all that is over, chunk by chunk, and return how many entries that were."""
    total = 0
    while True:
        work = partial(retention.end, raw_days=state.regions.raw_days, now=state.now())
        ended = await state.journal.write(work)
        total += ended
        if not ended:
            return total
