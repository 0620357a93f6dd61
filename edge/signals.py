"""
What a process is told while it starts: kept until it can be done.

Without it SIGHUP and SIGTERM would end the process in the middle of what it opens. It
imports nothing heavy, so that it can come before everything else.
"""

import signal
from collections.abc import Callable
from types import FrameType


class Early:
    """The signals that came before there was anybody to act on them."""

    def __init__(self) -> None:
        self.ending = False
        """SIGTERM came."""
        self._hung_up = False

    def hold(self) -> None:
        """Keep SIGTERM and SIGHUP from now on. The first thing that a server does."""
        self.hold_end()
        signal.signal(signal.SIGHUP, self._hang_up)

    def hold_end(self) -> None:
        """Keep SIGTERM alone: for a process that SIGHUP is to end."""
        signal.signal(signal.SIGTERM, self._end)

    def on_hang_up(self, act: Callable[[], None]) -> None:
        """Let SIGHUP call *act* from now on, and now where it came already."""
        signal.signal(signal.SIGHUP, lambda *_: act())
        if self._hung_up:
            self._hung_up = False
            act()

    def _end(self, _number: int, _frame: FrameType | None) -> None:
        self.ending = True

    def _hang_up(self, _number: int, _frame: FrameType | None) -> None:
        self._hung_up = True


early = Early()
"""Of this process: signals are its own."""
