"""Tasks of an event loop that are named and kept, so that none is forgotten half-way."""

import asyncio
from collections.abc import Coroutine
from typing import Any

_kept: set[asyncio.Task[Any]] = set()


def keep(work: Coroutine[Any, Any, None], *, name: str) -> asyncio.Task[None]:
    """Start *work* as a task named *name* and hold on to it until it ends."""
    task = asyncio.get_running_loop().create_task(work, name=name)
    _kept.add(task)
    task.add_done_callback(_kept.discard)
    return task
