"""
How far in the inbox each agent is.

A position moves in the transaction that holds what followed from the entries before it, so
that after a crash the two agree. Agents of one chain are heard together and stand at one place.
"""

from collections.abc import Collection

from hub.stores.analytics import Reader, Transaction

CREATE = (
    "create table if not exists positions (agent varchar primary key, position bigint not null)",
)

_JOIN = "insert into positions select unnest(?), ? on conflict do nothing"
_MOVE = "update positions set position = ? where agent in (select unnest(?))"
_OF_ALL = "select agent, position from positions order by agent"


def join(transaction: Transaction, agents: Collection[str], *, first: int = 0) -> int:
    """
    Give those of a chain of *agents* a position that have none; return where the chain is.

    One that is new begins where the others are, since what they have heard is not said again;
    a chain that is new as a whole begins at *first*.
    """
    known = of_all(transaction)
    at = max((known[name] for name in agents if name in known), default=first)
    transaction.execute(_JOIN, [list(agents), at])
    return at


def move(transaction: Transaction, agents: Collection[str], position: int) -> None:
    """Note that *agents*, which must have joined, took every entry up to *position*."""
    transaction.execute(_MOVE, [position, list(agents)])


def of_all(reader: Reader | Transaction) -> dict[str, int]:
    """Return agent → position of the last inbox entry that it took, 0 before the first."""
    return {str(agent): int(position) for agent, position in reader.read(_OF_ALL)}
