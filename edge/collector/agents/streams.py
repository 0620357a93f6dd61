"""
The numbers that came of a session's older page loads.

A session's row holds those of the latest ones, since it is written at every commit; what a
widget may still send again of an older one is known by a row of its own (decision 2).
"""

import msgspec

from edge.collector.agents.numbers import Numbers
from edge.journal.transaction import Transaction

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[int]).decode


def put(tx: Transaction, session: bytes, stream: str, bounds: list[int], at: int) -> None:
    """Keep what came of *stream*, in which something last came at *at*."""
    tx.connection.execute(
        "insert into stream values (?, ?, ?, ?) on conflict (session, stream)"
        " do update set at = excluded.at, bounds = excluded.bounds",
        (session, stream, at, _encode(bounds)),
    )


def find(tx: Transaction, session: bytes, stream: str) -> Numbers:
    """Return what came of *stream*, nothing where it was never put."""
    row = tx.connection.execute(
        "select bounds from stream where session = ? and stream = ?", (session, stream)
    ).fetchone()
    return Numbers() if row is None else Numbers(_decode(row[0]))


def erase(tx: Transaction, session: bytes) -> None:
    """Drop all of a session."""
    tx.connection.execute("delete from stream where session = ?", (session,))


def end(tx: Transaction, *, before: int, most: int) -> None:
    """Drop *most* of those in which nothing came since *before*: nothing of them is taken now."""
    tx.connection.execute(
        "delete from stream where (session, stream) in"
        " (select session, stream from stream where at < ? limit ?)",
        (before, most),
    )
