"""Probes that do not flicker. Pure: the clock is an argument."""

from dataclasses import dataclass

OK = "ok"


@dataclass(slots=True)
class Steady:
    """
    What one probe says, changed only by what lasts.

    It turns bad when it has been bad for *bad_after* seconds without a break, and good
    when it has been good for *good_after*; the first answer counts at once.
    """

    bad_after: float = 0.0
    good_after: float = 0.0
    says: str = ""
    """``ok``, or what is wrong; empty before the first answer."""
    _since: float | None = None
    """When it began to say otherwise."""

    def hear(self, answer: str, now: float) -> str:
        """Take an *answer* at *now*, in seconds that never go back; return what holds."""
        good = answer == OK
        if not self.says or good == (self.says == OK):
            self.says, self._since = answer, None
            return self.says
        if self._since is None:
            self._since = now
        if now - self._since >= (self.good_after if good else self.bad_after):
            self.says, self._since = answer, None
        return self.says
