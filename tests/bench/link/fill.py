"""
Backlogs of raw events, as journals hold them after days without a hub.

An entry holds the requests that waited while the commit before it ran: one where they
come one at a time, about 35 where 64 connections keep an edge busy (counted in this
bench's HTTP row).
"""

import time
from functools import partial
from itertools import islice
from pathlib import Path

import msgspec

from edge.events import codec
from edge.events.entry import Group, Stamp
from edge.events.event import SignalRaw
from edge.journal.entry import Entry
from edge.journal.journal import Journal
from edge.journal.transaction import RAW, Transaction
from tests.bench.visitors import BATCH, Visitors

QUIET, BUSY = 1, 32
"""Requests of one entry."""
_POOL = 1024
"""Requests that differ; they come again in turn."""
_COMMIT = 2**20
"""Bytes of one commit, so that filling takes seconds."""


class _Body(msgspec.Struct, rename="camel"):
    session_id: str
    stream: str
    events: list[SignalRaw]


def fill(folder: Path, node: str, events: int, *, requests: int) -> None:
    """Write *events* to the journal in *folder*, entries of *requests* each."""
    pool = [(codec.seal(body), body) for body in _bodies(requests)]
    journal = Journal.open(folder / "journal.db", node=node)
    now = int(time.time() * 1000)
    each = requests * BATCH
    entries = (
        Entry(journal.own, RAW, seq, each, now, *pool[seq % len(pool)])
        for seq in range(1, events // each + 1)
    )
    many = max(1, _COMMIT // len(pool[0][1]))
    while part := list(islice(entries, many)):
        journal.submit(partial(_store, entries=part)).result()
    journal.close()


def _store(transaction: Transaction, entries: list[Entry]) -> None:
    transaction.store(*entries)


def _bodies(requests: int) -> list[bytes]:
    groups = [_group(body) for body in Visitors("bench", _POOL).bodies(_POOL)]
    return [
        codec.pack(groups[first : first + requests]) for first in range(0, len(groups), requests)
    ]


def _group(body: bytes) -> Group:
    """Return a request's events, stamped as the edge does."""
    sent = msgspec.json.decode(body, type=_Body)
    stamp = Stamp(
        project="bench",
        received_at=int(time.time() * 1000),
        session=sent.session_id,
        stream=sent.stream,
        device="desktop",
        region="DE",
        site="main",
        verified=True,
    )
    return Group(stamp=stamp, events=list(sent.events))
