"""A session's events as they lie in the journal, commit by commit, in the order they came."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from edge.collector.agents.trail import Trail
from edge.events import codec
from edge.events.entry import Group
from edge.events.event import SignalNormalized, SignalRaw
from edge.journal.transaction import Transaction

_COMMIT = """
select position, body from entry
where position between :first and :first + 255 and at = (
    select at from entry where position >= :first order by position limit 1
)
order by position
"""
"""The entries of a commit lie side by side and have one moment: some for each lane."""


@dataclass(slots=True)
class Commit:
    """What one commit wrote of a session."""

    raw: dict[str, list[SignalRaw]] = field(default_factory=dict)
    """Stream → its signals, which a batch's lanes held apart, by number."""
    published: list[SignalNormalized] = field(default_factory=list)


def commits(tx: Transaction, session: str, trail: Trail) -> Iterator[Commit]:
    """Yield the commits of *trail*, the oldest first; what *tx* is about to write comes last."""
    read = 0
    for first in trail:
        if first <= read:
            continue  # two commits of one millisecond
        rows = tx.connection.execute(_COMMIT, {"first": first}).fetchall()
        groups: list[Group] = []
        for position, body in rows:
            read = position
            groups += codec.unpack_session(body, session)
        yield _commit(groups)
    yield _commit(group for group in tx.appended() if group.stamp.session == session)


def _commit(groups: Iterable[Group]) -> Commit:
    commit = Commit()
    for group in groups:
        stream = group.stamp.stream
        for event in group.events:
            if isinstance(event, SignalNormalized):
                commit.published.append(event)
            elif isinstance(event, SignalRaw) and stream is not None:
                commit.raw.setdefault(stream, []).append(event)
    for events in commit.raw.values():
        events.sort(key=lambda event: event.n)
    return commit
