"""
Two machines with one key: a copied disk, or a stolen key.

A process that crashes and returns says HELLO with a new boot number each time
and never with an older one. Only when two live does a boot return that another
had replaced. Three such returns within a minute are the alarm; then both are
refused until a person decides.
"""

from collections import deque

RETURNS = 3
WITHIN = 60.0


class CloneWatch:
    """Watches the boots of one node."""

    def __init__(self) -> None:
        self.alarmed = False
        self._boot: int | None = None
        self._replaced: deque[int] = deque(maxlen=64)
        self._returns: deque[float] = deque(maxlen=RETURNS)

    def hello(self, boot: int, now: float) -> bool:
        """Note a HELLO of *boot*; return whether the node now counts as cloned."""
        if self._boot is not None and boot != self._boot:
            if boot in self._replaced:
                self._returns.append(now)
            self._replaced.append(self._boot)
        self._boot = boot
        if len(self._returns) == RETURNS and now - self._returns[0] <= WITHIN:
            self.alarmed = True
        return self.alarmed
