"""
What stays of a session once its row is gone: who may see and delete it, and whether that
was done. A row is written when a session is forgotten or deleted, never with a batch.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import NamedTuple

from edge.journal.transaction import Transaction

_SAVE = """
insert into receipt (id, at, project, hash, first, home, number, signed)
values (?, ?, ?, ?, ?, ?, ?, ?) on conflict (id)
do update set at = excluded.at, number = excluded.number, signed = excluded.signed
"""
_LEFT = "select at, project, hash, first, home, number, signed, erased"
_FIND = f"{_LEFT} from receipt where id = ?"
_UNSIGNED = f"{_LEFT}, id from receipt where number <> '' and signed = 0 and home = 0"


class Left(NamedTuple):
    """What is left of a session."""

    at: int
    """When its last event came, or when it was deleted; ms since 1970."""
    project: str
    hash: str
    """SHA-256 of the visitor's secret, as it travelled in the first grant."""
    first: int
    """Position of the first commit with its events."""
    home: int
    """1: no hub has heard of it."""
    number: str = ""
    """The deletion's number; empty while it was not deleted."""
    signed: int = 0
    """1: its tombstone is signed."""
    erased: int = 0
    """Events that the deletion took out so far."""


def find(tx: Transaction, session_id: str) -> Left | None:
    """Return what is left of a session."""
    row = tx.connection.execute(_FIND, (to_bytes(session_id),)).fetchone()
    return None if row is None else Left._make(row)


def save(tx: Transaction, session: bytes, left: Left) -> None:
    """Write it down. What was written before about the visitor's secret stands."""
    tx.connection.execute(_SAVE, (session, *left[:7]))


def unsigned(tx: Transaction) -> list[tuple[bytes, Left]]:
    """Return the deletions of which the hub was told without a signature."""
    rows = tx.connection.execute(_UNSIGNED).fetchall()
    return [(row[-1], Left._make(row[:-1])) for row in rows]


def count(tx: Transaction, session_id: str, erased: int) -> None:
    """Note that *erased* more events of a deleted session are gone."""
    tx.connection.execute(
        "update receipt set erased = erased + ? where id = ?", (erased, to_bytes(session_id))
    )


def end(tx: Transaction, *, held: int, deleted: int) -> None:
    """Forget sessions whose last event came before *held*, and deletions from before *deleted*."""
    tx.connection.execute("delete from receipt where number = '' and at < ?", (held,))
    tx.connection.execute("delete from receipt where number <> '' and at < ?", (deleted,))


def to_bytes(session_id: str) -> bytes:
    """Return the 16 bytes of a session id."""
    return urlsafe_b64decode(session_id + "==")


def to_text(session: bytes) -> str:
    """Return the session id of 16 bytes."""
    return urlsafe_b64encode(session).rstrip(b"=").decode()
