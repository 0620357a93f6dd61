"""A coroutine's first step at once, the rest when it is awaited."""

import asyncio

import pytest

from edge.collector.http.eager import Eager


def test_what_never_waits_is_done_at_once():
    """Without a loop, and awaiting it gives the same."""

    async def ready():
        return 7

    async def both():
        eager = Eager(ready())
        return eager.done, await eager

    assert asyncio.run(both()) == (True, 7)


def test_what_waits_goes_on_where_it_was():
    """Each part runs once, in order."""
    steps = []

    async def slow(event):
        steps.append("begun")
        await event.wait()
        steps.append("woken")
        await asyncio.sleep(0)
        return "end"

    async def main():
        event = asyncio.Event()
        eager = Eager(slow(event))
        assert (eager.done, steps) == (False, ["begun"])
        asyncio.get_running_loop().call_soon(event.set)
        return await eager

    assert asyncio.run(main()) == "end"
    assert steps == ["begun", "woken"]


def test_a_deadline_reaches_it():
    """The coroutine hears of it, may clean up, and the deadline is the caller's as ever."""
    heard = []

    async def endless():
        try:
            await asyncio.Event().wait()
        finally:
            heard.append("cancelled")

    async def main():
        eager = Eager(endless())
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await eager
        return asyncio.current_task().cancelling()

    assert asyncio.run(main()) == 0
    assert heard == ["cancelled"]


@pytest.mark.parametrize("waits", [False, True])
def test_what_it_raises_is_the_callers(waits):
    """In the first step or later."""

    async def fail():
        if waits:
            await asyncio.sleep(0)
        raise LookupError

    async def main():
        await Eager(fail())

    with pytest.raises(LookupError):
        asyncio.run(main())
