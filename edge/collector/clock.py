"""
A browser's moments on the server's clock (house plan, decisions 1 and 3). Pure.

A session has one skew: what lies between two of its events is always what the device
measured, whatever its clock says and however long its requests are under way.
"""

TOLERANCE = 2_000  # ms: a delay this short is latency, not skew
STEP = 60_000  # ms: a larger change of the skew means that the device's clock was set
AHEAD = 60_000  # ms that a moment may lie ahead: what the first request was late by at most
PAST = 7 * 86_400_000  # ms: older events are dropped
NONSENSE = 86_400_000  # ms ahead: no clock that was set, but a wrong number


def first_skew(*, sent_at: int, received_at: int) -> int:
    """
    Return what must be added to the moments of a device that is met for the first time.

    What arrives before it was sent shows a clock that is ahead; what arrives later may be
    late, or the clock behind.
    """
    seen = received_at - sent_at
    return 0 if 0 <= seen <= TOLERANCE else seen


def skew(known: int, *, sent_at: int, received_at: int, settled: bool) -> int:
    """
    Return the skew of a session that had *known*, with one more request of it.

    The request that was under way for the shortest time tells it best. Once events lie
    on disk with it, it is *settled*, and only a clock that is set changes it.
    """
    if abs(received_at - sent_at - known) > STEP:
        return received_at - sent_at
    if settled:
        return known
    return min(known, first_skew(sent_at=sent_at, received_at=received_at))


def overshoot(moments: list[int], now: int) -> int:
    """
    Return by how much all *moments* of one batch must go back.

    0 while none lies further ahead than the skew can be wrong; else the latest of them
    comes to *now*, and the distances between them stay.
    """
    latest = max((at for at in moments if at <= now + NONSENSE), default=now)
    return latest - now if latest > now + AHEAD else 0
