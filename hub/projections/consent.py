"""
Which choices were made.

A denial carries no session (decision 4): its rows have a negative number made from the
event's own identity, so that each denial counts as one and none can be tied to anybody.
"""

import hashlib
from collections.abc import Iterator

from hub.bus.messages import Item
from hub.projections.journey import Journey
from hub.projections.scope import Scope
from hub.projections.table import Row, Table, bucket_of
from hub.stores.analytics import Reader

_CHOICES = """
select state, count(*), count(distinct number) from choice where {where} group by state
"""


def _choice_rows(journey: Journey, width: int) -> Iterator[Row]:
    for item in journey.items:
        if item.topic == "policy":
            yield bucket_of(item.moment, width), item.what, item.id


CHOICES = Table("choice", {"state": "varchar not null", "event": "varchar not null"}, _choice_rows)


def number_of(item: Item) -> int:
    """Return the negative number of a denial."""
    name = f"{item.project}\x1f{item.id}".encode()
    digest = hashlib.blake2b(name, digest_size=8).digest()
    return -1 - (int.from_bytes(digest, "big") >> 2)


def choices(reader: Reader, scope: Scope) -> dict[str, tuple[int, int]]:
    """Return state → (choices recorded, sessions or denials behind them)."""
    where, arguments = scope.where(page="")
    rows = reader.read(_CHOICES.format(where=where), arguments)
    return {str(state): (int(count), int(numbers)) for state, count, numbers in rows}
