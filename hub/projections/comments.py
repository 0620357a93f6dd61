"""What visitors wrote: scrubbed by the edge and again on arrival, and shown to nobody as it is."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from hub.bus.messages import Item
from hub.projections.journey import Journey, detail
from hub.projections.scope import Scope
from hub.projections.table import Row, Table, bucket_of
from hub.stores.analytics import Reader, Transaction

MOST = 20_000
"""Comments of a period that are looked at, the newest first."""

_WRITTEN = """
select number, bucket, page, text from comment
where {where} order by bucket desc, number desc, event desc limit {most}
"""


class Comment(NamedTuple):
    """One comment: the number of its session, the hour, the page, what it says."""

    number: int
    bucket: int
    page: str
    text: str


def _comment_rows(journey: Journey, width: int) -> Iterator[Row]:
    for item in journey.items:
        if item.topic == "feedback" and (text := _text(item)):
            yield bucket_of(item.moment, width), item.page, text, f"{item.stream}:{item.n}"


def _text(item: Item) -> str:
    return str(detail(item).get("comment", "")).strip()


COMMENTS = Table(
    "comment",
    {"page": "varchar not null", "text": "varchar not null", "event": "varchar not null"},
    _comment_rows,
)


def written(reader: Reader, scope: Scope) -> list[Comment]:
    """Return the comments of *scope*, oldest first."""
    where, arguments = scope.where()
    rows = reader.read(_WRITTEN.format(where=where, most=MOST), arguments)
    return [Comment(int(n), int(bucket), str(page), str(text)) for n, bucket, page, text in rows][
        ::-1
    ]


def texts_of(transaction: Transaction, numbers: Sequence[int]) -> list[tuple[str, str]]:
    """Return (project, text) of what these sessions wrote."""
    sql = "select distinct project, text from comment where number in (select unnest(?))"
    return [(str(project), str(text)) for project, text in transaction.read(sql, [[*numbers]])]


def still_there(transaction: Transaction, project: str, texts: Sequence[str]) -> set[str]:
    """Return those of *texts* that some session of *project* still says."""
    sql = "select distinct text from comment where project = ? and text in (select unnest(?))"
    return {str(text) for (text,) in transaction.read(sql, [project, [*texts]])} if texts else set()
