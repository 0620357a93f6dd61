"""
Retention: once a day what the law ends goes from inbox, events and projections.

Each region's row (``regional_rules.json``) says for how many days raw events may be kept, and
for how many the rows that count them. Of a region's events none is older than its raw days
when the night is over; what is left of them is sealed (:mod:`hub.projections.sealing`).
The worker calls :meth:`Retention.step` between two ticks, a piece at a time.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import structlog

from edge.journal.database import JournalUnavailable
from edge.journal.journal import Journal
from hub.inlet import ending
from hub.projections import events, sealing
from hub.projections.rollup import Rolled
from hub.projections.table import DAY, HOUR
from hub.stores.analytics import AnalyticsStore, AnalyticsUnavailable

log = structlog.get_logger(__name__)

COMMENT_DAYS = 90
"""Comments stand in raw events, which therefore end by then (regional_rules.json, global)."""
PATIENCE = 6 * HOUR
"""ms after midnight from which on it waits for no quiet moment."""
PAUSE = 60_000
"""ms to wait after a failure of a disk."""
_DONE = "update meta set value = ? where name = 'retained'"


class Days(NamedTuple):
    """For how long a region's events, and the rows that count them, may be kept."""

    raw: int
    rows: int


DaysOf = Callable[[str], Days]


@dataclass(frozen=True, slots=True)
class Oldest:
    """Age of what is kept, ms, and the age at which it ends."""

    events: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """By region."""
    rows: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """By project."""
    entries: int = 0


class Retention:
    """
    Ends what is over. *days_of* a region tells how long it may be kept, *forget* lets all
    agents drop what they remember, *clock* is in ms since 1970. For the worker's thread.
    """

    def __init__(
        self,
        inbox: Journal,
        store: AnalyticsStore,
        rolled: Rolled,
        forget: Callable[[], None],
        days_of: DaysOf,
        clock: Callable[[], int],
    ) -> None:
        self._inbox = inbox
        self._store = store
        self._rolled = rolled
        self._forget = forget
        self._days_of = days_of
        self._clock = clock
        self._day = events.meta(store, "retained")
        """The last day whose night is over, days since 1970."""
        self._untils: dict[str, int] | None = None
        """What the night that goes on ends in the inbox."""
        self._blanked = 0
        self._not_before = 0
        self._looked: tuple[int, dict[str, int], dict[str, int]] | None = None
        self.problem: str | None = None
        """Why the night's work is not done, if it is not."""

    @property
    def done(self) -> int:
        """When it was last complete, ms since 1970; 0: never."""
        return max(0, self._day) * DAY

    @property
    def sealed(self) -> int:
        """Sessions that are sealed."""
        return events.meta(self._store, "sealed")

    def step(self, applied: int, *, idle: bool) -> bool:
        """Do one piece of a night that is due, for entries up to inbox position *applied*."""
        now = self._clock()
        today = now // DAY
        if today <= self._day or now < self._not_before:
            return False
        if not idle and self._untils is None and now % DAY < PATIENCE and self._day >= 0:
            return False
        try:
            self._piece(applied, now, today)
        except (AnalyticsUnavailable, JournalUnavailable) as error:
            self._not_before, self.problem = now + PAUSE, str(error)
            log.warning("retention waits", problem=self.problem)
            return False
        self.problem = None
        return True

    def _piece(self, applied: int, now: int, today: int) -> None:
        if self._untils is None:
            self._untils = self._end_rows(now)
            self._blanked = 0
        elif not self._end_entries(applied, self._untils):
            with self._store.transaction() as transaction:
                transaction.execute(_DONE, [today])
            self._day, self._untils, self._looked = today, None, None

    def _end_rows(self, now: int) -> dict[str, int]:
        """Seal and delete in the analytics; return region → moment before which all is over."""
        regions = sealing.regions(self._store)
        untils = {
            region: _until(now, self._days_of(region).raw)
            for region in set[str]().union(*regions.values())
        }
        try:
            with self._store.transaction() as transaction:
                ended = sealing.seal(transaction, untils, self._rolled)
                for project, seen in regions.items():
                    days = min(self._days_of(region).rows for region in seen)
                    ended += sealing.end(transaction, project, _until(now, days), self._rolled)
        finally:
            self._forget()  # what is remembered of sessions is not what is on disk
        if ended:
            self._store.purge()
            log.info("retention ended sessions", sessions=ended)
        return sealing.untils(self._store)

    def _end_entries(self, applied: int, untils: Mapping[str, int]) -> bool:
        """End a piece of the inbox; return whether there was one."""
        if not untils:
            return False
        first, last = min(untils.values()), max(untils.values())
        if self._inbox.submit(lambda tx: ending.end(tx, before=first, applied=applied)).result():
            return True
        found = ending.mixed(self._inbox, self._blanked, before=last, applied=applied)
        if not found:
            return False
        self._inbox.submit(lambda tx: ending.blank(tx, found, untils)).result()
        self._blanked = found[-1]
        return True

    def oldest(self) -> Oldest:
        """Return how old the oldest of each kind is: looked up once an hour."""
        now = self._clock()
        if self._looked is None or now - self._looked[0] >= HOUR:
            found = sealing.oldest_events(self._store), sealing.oldest_rows(self._store)
            self._looked = (now, *found)
        _, of_events, of_rows = self._looked
        regions = sealing.regions(self._store)
        first = ending.oldest(self._inbox)
        return Oldest(
            {
                region: (now - moment, self._days_of(region).raw * DAY)
                for region, moment in of_events.items()
            },
            {
                project: (
                    now - bucket,
                    min(self._days_of(one).rows for one in regions.get(project, {""})) * DAY,
                )
                for project, bucket in of_rows.items()
            },
            0 if first is None else max(0, now - first),
        )


def _until(now: int, days: int) -> int:
    """Return the midnight (UTC) before which all is over, or will be before the next one."""
    moment = now - max(0, days - 1) * DAY
    return moment - moment % DAY
