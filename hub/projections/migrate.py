"""
The format of the analytics, one step a version, all steps of a start in one transaction.

A file of an older version is brought up when the hub starts; one of a newer version is
refused, since what this version does not know it would not keep.
"""

from collections.abc import Callable, Mapping

from edge.errors import FlowbackError
from hub.projections import PROJECTIONS, events, positions, rollup, sealing
from hub.projections.events import load
from hub.projections.journey import fold
from hub.projections.table import HOUR, MINUTE, Table
from hub.projections.verdicts import VERDICTS
from hub.stores.analytics import AnalyticsStore, Transaction

IsDemo = Callable[[str], bool]

_AT_ONCE = 500
"""Sessions that are folded at once."""
_TOLD = "select distinct number from event where topic = 'feedback' order by number"
_HAS_META = "select 1 from information_schema.tables where table_name = 'meta'"
_VERSION = "select value from meta where name = 'schema'"
_RAISE = "update meta set value = ? where name = 'schema'"


class NewerAnalytics(FlowbackError):
    """The analytics were written by a newer version of the hub."""


def prepare(store: AnalyticsStore, is_demo: IsDemo) -> None:
    """
    Make the tables of *store*, or bring those of an older version up.

    Raises :class:`NewerAnalytics`; the file is then as it was.
    """
    version = _version(store)
    if version is not None and version > SCHEMA:
        raise NewerAnalytics(
            f"the analytics have format {version}, and this version knows {SCHEMA}: start the"
            " newer version, restore a backup, or run flowback hub rebuild with this one"
        )
    with store.transaction() as transaction:
        every = (*events.CREATE, *positions.CREATE, *(table.create for table in PROJECTIONS))
        for statement in (*every, *rollup.CREATE, *sealing.CREATE):
            transaction.execute(statement)
        if version is not None:
            for step in range(version + 1, SCHEMA + 1):
                STEPS[step](transaction, is_demo)
        transaction.execute(_RAISE, [SCHEMA])


def _version(store: AnalyticsStore) -> int | None:
    """Return the version of the file, None for a new one."""
    if not store.read(_HAS_META):
        return None
    found = store.read(_VERSION)
    return int(found[0][0]) if found else None


def fill(transaction: Transaction, table: Table, numbers: list[int], is_demo: IsDemo) -> None:
    """Make the rows of *table* of these sessions, from the events that are kept of them."""
    for first in range(0, len(numbers), _AT_ONCE):
        rows = set()
        for number, items in load(transaction, numbers[first : first + _AT_ONCE]).items():
            journey = fold(items)
            width = MINUTE if is_demo(journey.project) else HOUR
            rows |= table.rows_of(number, journey, width)
        transaction.append(table.name, table.all_columns, sorted(rows))


def _verdicts(transaction: Transaction, is_demo: IsDemo) -> None:
    """Version 2: what taps of before said of signals."""
    numbers = [int(number) for (number,) in transaction.read(_TOLD)]
    fill(transaction, VERDICTS, numbers, is_demo)


def _sealed(_transaction: Transaction, _is_demo: IsDemo) -> None:
    """Version 3: sealed sessions, which a version before would lose. Nothing is sealed yet."""


STEPS: Mapping[int, Callable[[Transaction, IsDemo], None]] = {2: _verdicts, 3: _sealed}
"""Version → what makes it of the version before, once its tables are there."""
SCHEMA = max(STEPS)
"""The version that this program reads and writes."""
