"""What the C library does with memory that was freed."""

import ctypes

KEPT = 16 * 2**20
"""Bytes that are kept for what comes next."""
LARGE = 4 * 2**20
"""Bytes from which on a piece is asked of the system by itself, and given back at once."""

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # mallopt(3)


def keep_freed() -> bool:
    """
    Let glibc keep what is freed, up to 16 MiB; return whether it does.

    Batches of a quarter of a MiB come and go a thousand times a second. By default glibc
    gives their pages back and asks for new ones, which the system must zero: a twelfth of
    the link's whole cost. Another C library is left as it is.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return False
    return bool(mallopt(_TRIM_THRESHOLD, KEPT) and mallopt(_MMAP_THRESHOLD, LARGE))
