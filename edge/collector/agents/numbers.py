"""
Which event numbers of a stream have come: sorted intervals, nearly always one
(house plan, decision 2). A row per event would cost more than all else.
"""

from bisect import bisect_right

MAX_INTERVALS = 64
"""Between which at most 63 holes stay open for what comes late."""


class Numbers:
    """A set of numbers as ``[lo, hi, lo, hi, …]``, both ends inclusive, sorted."""

    __slots__ = ("bounds",)

    def __init__(self, bounds: list[int] | None = None) -> None:
        self.bounds = bounds if bounds is not None else []

    def __contains__(self, n: int) -> bool:
        bounds = self.bounds
        if not bounds or n > bounds[-1]:
            return False
        at = bisect_right(bounds, n)
        return at % 2 == 1 or (at > 0 and bounds[at - 1] == n)

    def add(self, n: int) -> bool:
        """Add *n*; return False where it was there."""
        bounds = self.bounds
        if bounds and n == bounds[-1] + 1:  # the usual case: the next number
            bounds[-1] = n
            return True
        if n in self:
            return False
        at = bisect_right(bounds, n)
        joins_left = at > 0 and bounds[at - 1] == n - 1
        joins_right = at < len(bounds) and bounds[at] == n + 1
        if joins_left and joins_right:
            del bounds[at - 1 : at + 1]
        elif joins_left:
            bounds[at - 1] = n
        elif joins_right:
            bounds[at] = n
        else:
            bounds[at:at] = [n, n]
        return True

    def bound(self) -> None:
        """
        Close the lowest holes where there are too many, as if their numbers had come.

        The lowest have waited longest. Called after a batch, not at each number: holes
        that the same batch fills cost none that waits for another.
        """
        over = len(self.bounds) // 2 - MAX_INTERVALS
        if over > 0:
            del self.bounds[1 : 1 + 2 * over]
