"""How far a long work is, for a person at a terminal; nothing where there is none."""

import sys
import time
from collections.abc import Callable
from typing import TextIO

EVERY = 0.1
"""Seconds between two lines."""
_BAR = 24
_UNITS = ("B", "kB", "MB", "GB", "TB")


class Progress:
    """
    One line that is written over: bar, share, bytes, rate, time left.

    Nothing is written where *stream* is no terminal.
    """

    def __init__(
        self,
        what: str,
        *,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._what = what
        self._stream = sys.stderr if stream is None else stream
        self._clock = clock
        self._shown = self._stream.isatty()
        self._began = clock()
        self._next = self._began
        self._width = 0

    def __call__(self, done: int, total: int) -> None:
        """Tell that *done* of *total* bytes are through."""
        now = self._clock()
        if not self._shown or now < self._next:
            return
        self._next = now + EVERY
        self._write(line(self._what, done, total, now - self._began))

    def end(self) -> None:
        """Take the line away."""
        if self._width:
            self._stream.write("\r" + " " * self._width + "\r")
            self._stream.flush()
            self._width = 0

    def _write(self, text: str) -> None:
        self._stream.write("\r" + text.ljust(self._width))
        self._stream.flush()
        self._width = len(text)


def line(what: str, done: int, total: int, seconds: float) -> str:
    """Return what is shown *seconds* after the begin; *total* may be an estimate."""
    share = min(1.0, done / total) if total else 1.0
    full = int(share * _BAR)
    bar = "█" * full + "·" * (_BAR - full)
    rate = done / seconds if seconds > 0 else 0.0
    left = (total - done) / rate if rate and total > done else 0.0
    return (
        f"{what} {bar} {share:4.0%}  {size(done)} of {size(total)}"
        f"  {size(rate)}/s  {_clock(left)} left"
    )


def size(count: float) -> str:
    """Return *count* bytes for people: three digits and a unit of thousands."""
    for unit in _UNITS:
        if count < 999.5 or unit == _UNITS[-1]:
            return f"{count:.0f} {unit}" if count >= 99.95 or unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    raise AssertionError("the last unit takes all")


def _clock(seconds: float) -> str:
    whole = int(seconds + 0.5)
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"
