"""
What a visitor may ask for with the receipt: to see a session, and to have it deleted
(house plan, decisions 5 and 9).

Deleting writes a tombstone first; from that commit on the session's events are
dropped. Then the events are blanked where they lie; their places and numbers stay.
An edge that was ended in between goes on at its next start.
"""

import asyncio
import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from functools import partial

import msgspec

from edge.collector.agents.sessions import Record, Sessions, to_bytes
from edge.events import codec
from edge.events.entry import Group, Stamp
from edge.events.event import ConsentPayload, PolicyPayload, PolicyUpdated
from edge.journal.entry import Entry
from edge.journal.erase import blank_entries
from edge.journal.journal import Journal
from edge.journal.transaction import FIRST, Transaction

CHUNK = 64
"""Entries blanked in one commit, so that ingest goes on between two of them."""


class Receipt(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The answer to a deletion."""

    session_id: str
    receipt: str
    """To keep: names this deletion to whoever is asked about it."""
    erased: int
    """Events that were blanked on this edge."""


class Held(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The answer to a look: everything that this edge holds of a session."""

    session_id: str
    project_id: str
    consent: str
    groups: list[Group]


def owns(record: Record, project: str, secret: str) -> bool:
    """Return whether *secret* is the one whose hash travelled in the session's grant."""
    digest = hashlib.sha256(secret.encode()).digest()
    text = urlsafe_b64encode(digest).rstrip(b"=").decode()
    right = bool(record.receipt_hash) and hmac.compare_digest(text, record.receipt_hash)
    return right and record.project == project


def bury(tx: Transaction, sessions: Sessions, session_id: str, record: Record, *, now: int) -> str:
    """Write the tombstone of a session, tell the hub, and return the deletion's number."""
    number = hashlib.blake2b(f"erase {session_id} {now}".encode(), digest_size=16).hexdigest()
    tx.connection.execute(
        "insert or ignore into tombstone values (?, ?, ?, 0)",
        (to_bytes(session_id), now, record.first),
    )
    sessions.erase(tx, session_id)
    consent = ConsentPayload(state="withdrawn", source=record.source)
    payload = PolicyPayload(allow=False, reason="consent_withdrawn", consent=consent, erased=True)
    event = PolicyUpdated(timestamp=now, id=number, payload=payload)
    stamp = Stamp(project=record.project, received_at=now, session=session_id)
    tx.append(FIRST, Group(stamp=stamp, events=[event]))
    return number


async def blank(journal: Journal, session_id: str, first: int) -> int:
    """Blank a session's events behind position *first* and return how many there were."""

    def find() -> list[int]:
        return [entry.position for entry in _with(journal, session_id, first)]

    found = await asyncio.to_thread(find)
    total = 0
    for start in range(0, len(found), CHUNK):
        work = partial(
            blank_entries,
            positions=found[start : start + CHUNK],
            is_erased=lambda _project, session: session == session_id,
        )
        total += await journal.write(work)

    def end(tx: Transaction) -> None:
        tx.connection.execute("update tombstone set done = 1 where id = ?", (to_bytes(session_id),))
        tx.checkpoint = True

    await journal.write(end)
    return total


async def resume(journal: Journal) -> None:
    """Go on with the deletions that the last end of the process cut off."""
    for session, first in journal.read("select id, first from tombstone where done = 0"):
        assert isinstance(session, bytes)
        session_id = urlsafe_b64encode(session).rstrip(b"=").decode()
        await blank(journal, session_id, int(str(first)))


def held(journal: Journal, session_id: str, record: Record) -> Held:
    """Return all that is held of a session, for any thread but the writer's."""
    groups = [
        group
        for entry in _with(journal, session_id, record.first)
        for group in codec.unpack_session(entry.body, session_id)
    ]
    return Held(
        session_id=session_id,
        project_id=record.project,
        consent=record.consent.state,
        groups=groups,
    )


def _with(journal: Journal, session_id: str, first: int) -> Iterator[Entry]:
    """Yield the entries from *first* on that hold events of a session."""
    position = max(0, first - 1)
    mark = session_id.encode()
    while entries := journal.follow(position):
        for entry in entries:
            if mark in codec.inflate(entry.body):
                yield entry
        position = entries[-1].position
