"""What visitors tapped, and how many were asked."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from hub.bus.messages import Item
from hub.projections.journey import Journey, detail
from hub.projections.scope import Scope
from hub.projections.table import Row, Table, bucket_of
from hub.stores.analytics import Reader

REACTIONS = ("thumbs_up", "thumbs_down", "confused")
ASKED = "asked"

_COUNTS = """
select {slot} as slot, what, count(*)
from tap where {where} and what in ('thumbs_up', 'thumbs_down', 'confused') group by all
"""

_SESSIONS = """
select {slot} as slot, count(distinct number)
from tap where {where} and what in ('thumbs_up', 'thumbs_down', 'confused') group by all
"""

_TOGETHER = """
select count(distinct number) from tap
where {where} and what in ('thumbs_up', 'thumbs_down', 'confused')
  and {slot} in (select unnest(?))
"""

_ASKED = "select count(*), count(distinct number) from tap where {where} and what = 'asked'"

_DAY = "epoch_ms(timezone(?, date_trunc('day', timezone(?, to_timestamp(bucket / 1000)))))"


def _tap_rows(journey: Journey, width: int) -> Iterator[Row]:
    for item in journey.items:
        bucket = bucket_of(item.moment, width)
        if item.topic == "feedback" and item.what in REACTIONS:
            yield bucket, item.moment, item.page, item.target, item.what, _named(item)
        elif item.what == "prompt" and detail(item).get("phase") == "shown":
            yield bucket, item.moment, item.page, "", ASKED, _named(item)


def _named(item: Item) -> str:
    """Return what tells two taps of one session apart."""
    return f"{item.stream}:{item.n}"


TAPS = Table(
    "tap",
    {
        "moment": "bigint not null",
        "page": "varchar not null",
        "target": "varchar not null",
        "what": "varchar not null",
        "event": "varchar not null",
    },
    _tap_rows,
)


@dataclass(slots=True)
class Slot:
    """The taps of one bucket of time."""

    start: int
    sessions: int
    counts: dict[str, int] = field(default_factory=dict)


def slots(reader: Reader, scope: Scope, *, width: int, zone: str | None = None) -> list[Slot]:
    """Return the buckets that have taps. *width* in ms; a *zone* asks for its days instead."""
    slot, first = _slot(width, zone)
    where, arguments = scope.where()
    found: dict[int, Slot] = {}
    for start, sessions in reader.read(
        _SESSIONS.format(slot=slot, where=where), [*first, *arguments]
    ):
        found[int(start)] = Slot(int(start), int(sessions))
    for start, what, count in reader.read(
        _COUNTS.format(slot=slot, where=where), [*first, *arguments]
    ):
        found[int(start)].counts[what] = int(count)
    return [found[start] for start in sorted(found)]


def sessions_in(
    reader: Reader, scope: Scope, starts: list[int], *, width: int, zone: str | None = None
) -> int:
    """Return how many sessions tapped in these buckets together."""
    slot, first = _slot(width, zone)
    where, arguments = scope.where()
    sql = _TOGETHER.format(slot=slot, where=where)
    return int(reader.read(sql, [*arguments, *first, starts])[0][0])


def total(reader: Reader, scope: Scope) -> Slot:
    """Return all taps of *scope* as one slot."""
    found = Slot(scope.start, 0)
    where, arguments = scope.where()
    for _, sessions in reader.read(_SESSIONS.format(slot="0", where=where), arguments):
        found.sessions = int(sessions)
    for _, what, count in reader.read(_COUNTS.format(slot="0", where=where), arguments):
        found.counts[what] = int(count)
    return found


def asked(reader: Reader, scope: Scope) -> tuple[int, int]:
    """Return (questions shown, sessions that were shown one)."""
    where, arguments = scope.where()
    count, sessions = reader.read(_ASKED.format(where=where), arguments)[0]
    return int(count), int(sessions)


def _slot(width: int, zone: str | None) -> tuple[str, list[str]]:
    """Return the expression of a bucket's start, and its arguments."""
    return (_DAY, [zone, zone]) if zone else (f"bucket - bucket % {int(width)}", [])
