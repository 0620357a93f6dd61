"""
Child processes of the demo: started, watched, started again, ended in order.

A child ends with its supervisor, whatever ends that: on Linux the kernel sends
it SIGTERM when the parent is gone.
"""

import asyncio
import contextlib
import ctypes
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from edge.errors import FlowbackError

PROGRAM = Path(__file__).resolve().parent.parent.parent / "flowback.py"
GRACE = 4.0  # seconds a child has to end before it is killed
_PR_SET_PDEATHSIG = 1


class ChildDied(FlowbackError):
    """A part of the demo ended before it was ready."""


class Child:
    """One process of ``flowback VERB …``; it is started again when it ends unasked."""

    def __init__(self, verb: str, *arguments: str, say: Callable[[str], None]) -> None:
        self.verb = verb
        self.starts = 0
        self.settled = False
        """It was ready once: from then on it is started again when it ends."""
        self._arguments = arguments
        self._say = say
        self._process: asyncio.subprocess.Process | None = None
        self._ending = False

    async def run(self) -> None:
        """Keep the process alive until cancelled."""
        delay = 0.2
        while not self._ending:
            await self._start()
            assert self._process is not None
            code = await self._process.wait()
            if self._ending:
                return
            if not self.settled:
                raise ChildDied(f"the {self.verb} did not start; the lines above say why")
            self._say(f"the {self.verb} ended with code {code}; starting it again in {delay:.1f} s")
            await asyncio.sleep(delay)
            delay = min(delay * 2, 5.0)

    async def stop(self) -> None:
        """End the process: politely, then not."""
        self._ending = True
        process = self._process
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), GRACE)
        except TimeoutError:
            self._say(f"the {self.verb} did not end within {GRACE:.0f} s and is killed")
            process.kill()
            await process.wait()

    async def _start(self) -> None:
        command = [sys.executable, str(PROGRAM), self.verb, *self._arguments]
        self._process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C reaches the supervisor, which ends all in order
            preexec_fn=_die_with_parent if sys.platform == "linux" else None,
        )
        self.starts += 1


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
