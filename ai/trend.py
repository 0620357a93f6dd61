"""Whether a share of sessions rose or fell against the period before."""

import math
from typing import Literal

Trend = Literal["new", "rising", "steady", "falling", "unclear"]

Z = 1.959964  # two-sided 5 %
FEW = 5
"""Sessions in a period below which no change can be told."""


def wilson(hits: int, count: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927); (0, 1) where *count* is 0."""
    if count == 0:
        return 0.0, 1.0
    share = hits / count
    middle = share + Z**2 / (2 * count)
    reach = Z * math.sqrt(share * (1 - share) / count + Z**2 / (4 * count**2))
    scale = 1 + Z**2 / count
    return max(0.0, (middle - reach) / scale), min(1.0, (middle + reach) / scale)


def trend(hits: int, count: int, hits_before: int, count_before: int) -> Trend:
    """
    Say how the share *hits* / *count* stands to the one before.

    ``new``: the place was not seen before, or its trouble was not. ``unclear``: too few
    sessions. Else a test of two proportions with the pooled share decides, at 5 %.
    """
    if count_before == 0 or (hits_before == 0 and hits > 0):
        return "new"
    if min(count, count_before) < FEW:
        return "unclear"
    pooled = (hits + hits_before) / (count + count_before)
    error = math.sqrt(pooled * (1 - pooled) * (1 / count + 1 / count_before))
    if error == 0:
        return "steady"
    z = (hits / count - hits_before / count_before) / error
    if abs(z) < Z:
        return "steady"
    return "rising" if z > 0 else "falling"
