"""
k: the number of sessions below which nothing is shown.

The greatest k of the regions that a project's events came from; 10 where none is known.
A region that cannot be named counts as UNKNOWN. Only a demo project has k = 1.
"""

from collections.abc import Callable, Iterable

K_MIN = 10
"""Of a project that has heard nothing yet; no region row has a smaller one."""

KOfRegion = Callable[[str], int]


def threshold(regions: Iterable[str], k_of_region: KOfRegion, *, demo: bool) -> int:
    """Return k for a project whose events came from *regions*."""
    if demo:
        return 1
    return max([K_MIN, *(k_of_region(region) for region in regions)])
