"""
How many events may come in a minute: of one session, of one project, and, where a trusted
proxy tells addresses, of one address. Memory is bounded whoever sends.
"""

import math
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass

from edge.collector.http.errors import TooMany
from edge.events.wire import MAX_EVENTS

MAX_KEYS = 20_000
"""Senders remembered by one limit. Who is forgotten has its whole burst again, so a flood of
made-up sessions is held by its project's limit, which nobody can crowd out."""
MINUTE = 60.0
CLOSED = 1.0
"""Seconds for which a sender that was refused is refused before its body is read: else a
flood would cost the decoding of everything that is refused."""


class Limit:
    """
    A token bucket for each key, kept as one number: the moment at which it is full again (GCRA).

    *per_minute* is what it holds and what flows in, 0 lets everything through; the largest
    batch always fits in. All moments are seconds of a clock that never goes back.
    """

    def __init__(self, per_minute: int, *, keys: int = MAX_KEYS) -> None:
        self._each = MINUTE / per_minute if per_minute else 0.0
        self._holds = max(MINUTE, MAX_EVENTS * self._each)
        self._keys = keys
        self._full_at: OrderedDict[Hashable, float] = OrderedDict()
        self._closed: OrderedDict[Hashable, float] = OrderedDict()

    def __len__(self) -> int:
        return max(len(self._full_at), len(self._closed))

    def closed(self, key: Hashable, now: float) -> float:
        """Return for how many seconds more *key* is refused unheard."""
        return max(0.0, self._closed.get(key, now) - now) if self._closed else 0.0

    def wait(self, key: Hashable, cost: int, now: float) -> float:
        """Return in how many seconds *cost* may be spent, 0: now. A wait closes *key*."""
        wait = self._after(key, cost, now) - now - self._holds
        if wait <= 1e-6:  # sums of floats
            return 0.0
        self._put(self._closed, key, now + CLOSED)
        return wait

    def spend(self, key: Hashable, cost: int, now: float) -> None:
        """Take *cost* from the bucket of *key*."""
        if self._each:
            self._put(self._full_at, key, self._after(key, cost, now))

    def _after(self, key: Hashable, cost: int, now: float) -> float:
        """Return when the bucket of *key* is full again once *cost* is taken from it."""
        full_at = self._full_at.get(key, now)
        return (max(now, full_at)) + cost * self._each

    def _put(self, of: OrderedDict[Hashable, float], key: Hashable, moment: float) -> None:
        of[key] = moment
        of.move_to_end(key)
        while len(of) > self._keys:
            of.popitem(last=False)


@dataclass(frozen=True, slots=True)
class Rates:
    """The three limits of an edge. *address* is None where none can be trusted."""

    session: Limit
    project: Limit
    address: Limit

    def admit(self, project: str, address: Hashable, now: float) -> None:
        """Raise :class:`TooMany`, before anything is read, for who was refused just now."""
        if wait := self.address.closed(address, now):
            raise TooMany("address", math.ceil(wait))
        if wait := self.project.closed(project, now):
            raise TooMany("project", math.ceil(wait))

    def take(self, session: str, project: str, address: Hashable, cost: int, now: float) -> None:
        """
        Count *cost* events of *session*, all or none. Raises :class:`TooMany`.

        The narrowest limit is asked first: it is the one to blame.
        """
        if session and (wait := self.session.wait(session, cost, now)):
            raise TooMany("session", math.ceil(wait))
        if address is not None and (wait := self.address.wait(address, cost, now)):
            raise TooMany("address", math.ceil(wait))
        if wait := self.project.wait(project, cost, now):
            raise TooMany("project", math.ceil(wait))
        if session:
            self.session.spend(session, cost, now)
        if address is not None:
            self.address.spend(address, cost, now)
        self.project.spend(project, cost, now)
