"""
Retention: once a day what the law ends goes from inbox, events and projections.

Each region's row (``regional_rules.json``) says for how many days raw events may be kept, and
for how many the rows that count them. Of a region's events none is older than its raw days
when the night is over; what is left of them is sealed (:mod:`hub.projections.sealing`).
The worker calls :meth:`Retention.step` between two ticks, a piece at a time.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import structlog

from edge.journal.journal import Journal
from hub.inlet import ending
from hub.projections import events, sealing
from hub.projections.rollup import Rolled
from hub.projections.table import DAY, HOUR
from hub.stores.analytics import AnalyticsStore

log = structlog.get_logger(__name__)

COMMENT_DAYS = 90
"""Comments stand in raw events, which therefore end by then (regional_rules.json, global)."""
PATIENCE = 6 * HOUR
"""ms after midnight from which on it waits for no quiet moment."""
PAUSE = 60_000
"""ms to wait after a failure, such as of a disk."""
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
        """What the night that goes on ends in the inbox, once it is at that."""
        self._more = False
        """There may be more to seal before the watermarks as they are."""
        self._looked_at = 0
        """Inbox position up to which it is searched for what is to be blanked."""
        self._not_before = 0
        self._oldest: tuple[int, dict[str, int], dict[str, int]] | None = None
        """When it was looked up, and what was found, by region and by project."""
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
        """
        Do one piece of a night that is due, for entries up to inbox position *applied*.

        Return whether anything may have changed. Whatever fails is tried again after a minute,
        so that what arrives is applied all the same.
        """
        now = self._clock()
        today = now // DAY
        # Where the clock was set back, the day that is done lies ahead.
        if today == self._day or now < self._not_before <= now + PAUSE:
            return False
        if not idle and self._untils is None and now % DAY < PATIENCE and self._day >= 0:
            return False
        try:
            self._piece(applied, now, today)
        except Exception as error:  # the worker must not stand still for it
            self._not_before, self.problem = now + PAUSE, str(error) or type(error).__name__
            log.warning("retention waits", problem=self.problem, exc_info=True)
            return True
        self.problem = None
        return True

    def _piece(self, applied: int, now: int, today: int) -> None:
        if self._untils is None:
            if not self._end_rows(now):
                self._clean()
                self._untils, self._looked_at = sealing.untils(self._store), 0
        elif not self._end_entries(applied, self._untils):
            with self._store.transaction() as transaction:
                transaction.execute(_DONE, [today])
            self._day, self._untils, self._oldest = today, None, None

    def _end_rows(self, now: int) -> bool:
        """Seal a piece in the analytics, else delete rows; return whether there was a piece."""
        regions = sealing.regions(self._store)
        # A clock that is wrong by months must not make deaf for what comes when it is right.
        latest = events.meta(self._store, "newest")
        latest += DAY - latest % DAY
        targets = {
            region: min(latest, _until(now, self._days_of(region).raw))
            for region in set(sealing.untils(self._store)).union(*regions.values())
        }
        until = {} if self._more else sealing.pace(self._store, targets)
        try:
            with self._store.transaction() as transaction:
                sealed = sealing.seal(transaction, until, self._rolled)
                self._more = sealed == sealing.MOST
                if not until and not sealed:
                    for project, days in self._row_days(regions).items():
                        sealing.end(transaction, project, _until(now, days), self._rolled)
        finally:
            self._forget()  # what is remembered of sessions is not what is on disk
        if sealed:
            log.info("retention ended sessions", sessions=sealed)
        return bool(until or sealed)

    def _row_days(self, regions: Mapping[str, Collection[str]]) -> dict[str, int]:
        """Return project → for how many days its rows may be kept."""
        return {
            project: min(self._days_of(region).rows for region in seen)
            for project, seen in regions.items()
        }

    def _clean(self) -> None:
        """Let no byte of what was deleted stand in the file, now or in a night that was cut off."""
        if events.meta(self._store, "unclean"):
            self._store.purge()
            with self._store.transaction() as transaction:
                sealing.cleaned(transaction)

    def _end_entries(self, applied: int, untils: Mapping[str, int]) -> bool:
        """End a piece of the inbox; return whether there was one."""
        if not untils:
            return False
        first = min(untils.values())
        if self._inbox.submit(lambda tx: ending.end(tx, before=first, applied=applied)).result():
            return True
        looked = ending.look(self._inbox, self._looked_at, untils=untils, applied=applied)
        if looked is None:
            return False
        if looked.found:
            self._inbox.submit(lambda tx: ending.blank(tx, looked.found, untils)).result()
        self._looked_at = looked.until
        return True

    def oldest(self) -> Oldest:
        """Return how old the oldest of each kind is: looked up once an hour."""
        now = self._clock()
        known = self._oldest
        if known is None or not 0 <= now - known[0] < HOUR:
            found = sealing.oldest_events(self._store), sealing.oldest_rows(self._store)
            known = self._oldest = (now, *found)
        _, of_events, of_rows = known
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
