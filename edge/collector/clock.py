"""A browser's moments on the server's clock (house plan, decisions 1 and 3). Pure."""

TOLERANCE = 2_000  # ms: a smaller difference is latency, not skew
STEP = 60_000  # ms: a larger change of the skew means that the device's clock was set
PAST = 7 * 86_400_000  # ms: older events are dropped


def skew(known: int, *, sent_at: int, received_at: int) -> int:
    """
    Return what must be added to a device's moments.

    It is kept through a session, so that latency never reorders its events.
    """
    seen = received_at - sent_at
    if abs(seen - known) <= STEP:
        return known
    return seen


def first_skew(*, sent_at: int, received_at: int) -> int:
    """Return the skew of a device that is met for the first time."""
    seen = received_at - sent_at
    return 0 if abs(seen) <= TOLERANCE else seen
