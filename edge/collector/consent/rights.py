"""
What a visitor may ask for with the receipt: to see a session, and to have it deleted
(house plan, decisions 5 and 9).

Deleting writes a tombstone first; from that commit on the session's events are
dropped. Then the events are blanked where they lie; their places and numbers stay.
An edge that was ended in between goes on at its next start.

The receipt opens a session for as long as an entry may hold it, long after its row is
gone, and answers a deletion that is asked for again.
"""

import asyncio
import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import msgspec

from edge.collector.agents import receipts
from edge.collector.agents.sessions import Record, Sessions
from edge.events import codec
from edge.events.entry import Group, Stamp
from edge.events.event import (
    ConsentPayload,
    ConsentSource,
    ConsentState,
    PolicyPayload,
    PolicyUpdated,
)
from edge.journal.entry import Entry
from edge.journal.erase import blank_entries
from edge.journal.journal import Journal
from edge.journal.transaction import FIRST, HOME, Transaction
from edge.keys import EdgeKeys
from edge.keys.signing import Stone, sign
from edge.protocol.frames import Errand

CHUNK = 64
"""Entries blanked in one commit, so that ingest goes on between two of them."""


class Receipt(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The answer to a deletion."""

    session_id: str
    receipt: str
    """To keep: names this deletion to whoever is asked about it."""
    erased: int
    """Events that were blanked on this edge."""
    passed_on: bool = False
    """This edge has no such session for this receipt, and asked the hub to delete it."""


class Held(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The answer to a look: everything that this edge holds of a session."""

    session_id: str
    project_id: str
    consent: str
    groups: list[Group]


@dataclass(frozen=True, slots=True)
class Owned:
    """A session that a receipt opened."""

    id: str
    left: receipts.Left
    consent: ConsentState = "withdrawn"
    source: ConsentSource = "banner"


def open_by(
    tx: Transaction, sessions: Sessions, session_id: str, project: str, secret: str
) -> Owned | None:
    """Return the session that *secret* opens; None where it is none of this edge or not theirs."""
    owned = _known(tx, sessions, session_id)
    if owned is None or not hmac.compare_digest(hash_of(secret), owned.left.hash):
        return None
    return owned if owned.left.project == project else None


def for_errand(tx: Transaction, sessions: Sessions, errand: Errand, *, now: int) -> Owned | None:
    """
    Return what the hub wants erased; None where the session here is another's.

    Of a session that is unknown here nothing is held: its tombstone tells the hub so, and
    drops what may still come.
    """
    owned = _known(tx, sessions, errand.session)
    if owned is None:
        left = receipts.Left(now, errand.project, errand.receipt, tx.position, home=False)
        return Owned(errand.session, left)
    same = owned.left.project == errand.project
    return owned if same and errand.receipt in ("", owned.left.hash) else None


def _known(tx: Transaction, sessions: Sessions, session_id: str) -> Owned | None:
    session = sessions.get(tx, session_id)
    if session is None:
        left = receipts.find(tx, session_id)
        return None if left is None else Owned(session_id, left)
    record = session.record
    return Owned(session_id, left_of(record), record.consent.state, record.source)


def hash_of(secret: str) -> str:
    """Return what of a receipt travels with a grant: SHA-256 as base64url."""
    digest = hashlib.sha256(secret.encode()).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def left_of(record: Record) -> receipts.Left:
    """Return what stays of a session once its row is gone."""
    return receipts.Left(record.at, record.project, record.receipt_hash, record.first, record.home)


class Deletions:
    """Writes tombstones, signed as this node's. Owned by the writer thread but for its making."""

    def __init__(self, sessions: Sessions, keys: EdgeKeys) -> None:
        self._sessions = sessions
        self._keys = keys

    def bury(self, tx: Transaction, owned: Owned, *, now: int) -> bool:
        """
        Write a session's tombstone, once however often asked; return whether events wait to go.

        The hub is told where it may have heard of the session. Where nothing of it was ever
        due to leave, its tombstone stays too (decision 10).
        """
        session = receipts.to_bytes(owned.id)
        select = "select done from tombstone where id = ?"
        done = tx.connection.execute(select, (session,)).fetchone()
        if done is not None:
            return not done[0]
        number = hashlib.blake2b(f"erase {owned.id} {now}".encode(), digest_size=16).hexdigest()
        left = owned.left._replace(at=now, number=number, signed=bool(self._keys.signing))
        tx.connection.execute(
            "insert into tombstone values (?, ?, ?, 0)", (session, now, left.first)
        )
        self._sessions.erase(tx, owned.id)
        receipts.save(tx, session, left)
        self._tell(tx, owned.id, left, owned.source)
        return True

    def pass_on(
        self, tx: Transaction, session_id: str, project: str, secret: str, *, now: int
    ) -> Receipt:
        """
        Ask the hub to delete a session that *secret* does not open here (decision 5).

        The hub compares the hash with the one of the session's grant. Asked for again
        it is one claim, with one number.
        """
        claim = hash_of(secret)
        number = hashlib.blake2b(f"claim {session_id} {claim}".encode(), digest_size=16).hexdigest()
        payload = PolicyPayload(allow=False, reason="consent_withdrawn", claim=claim)
        event = PolicyUpdated(timestamp=now, id=number, payload=payload)
        stamp = Stamp(project=project, received_at=now, session=session_id)
        tx.append(FIRST, Group(stamp=stamp, events=[event]))
        return Receipt(session_id=session_id, receipt=number, erased=0, passed_on=True)

    def sign_later(self, tx: Transaction) -> None:
        """Write tombstones again that were made before this edge had a key to sign with."""
        if not self._keys.signing:
            return
        for session, left in receipts.unsigned(tx):
            self._tell(tx, receipts.to_text(session), left, "banner")
            receipts.save(tx, session, left._replace(signed=True))

    def _tell(
        self, tx: Transaction, session_id: str, left: receipts.Left, source: ConsentSource
    ) -> None:
        stone = Stone(left.project, session_id, left.number, left.at, left.hash)
        payload = PolicyPayload(
            allow=False,
            reason="consent_withdrawn",
            consent=ConsentPayload(state="withdrawn", source=source),
            erased=True,
            claim=left.hash,
            signatures=sign(self._keys.signing, self._keys.node, stone),
        )
        event = PolicyUpdated(timestamp=left.at, id=left.number, payload=payload)
        stamp = Stamp(project=left.project, received_at=left.at, session=session_id)
        tx.append(HOME if left.home else FIRST, Group(stamp=stamp, events=[event]))


def receipt_of(tx: Transaction, session_id: str) -> Receipt:
    """Return the answer to the deletion of a session that was deleted."""
    left = receipts.find(tx, session_id)
    assert left is not None
    return Receipt(session_id=session_id, receipt=left.number, erased=left.erased)


async def blank(journal: Journal, session_id: str, first: int) -> int:
    """Blank a session's events behind position *first* and return how many there were."""

    def find() -> list[int]:
        return [entry.position for entry in _with(journal, session_id, first)]

    found = await asyncio.to_thread(find)
    total = 0
    for start in range(0, len(found), CHUNK):
        total += await journal.write(partial(_blank_some, session_id, found[start : start + CHUNK]))

    def end(tx: Transaction) -> None:
        sql = "update tombstone set done = 1 where id = ?"
        tx.connection.execute(sql, (receipts.to_bytes(session_id),))
        tx.checkpoint = True

    await journal.write(end)
    return total


def _blank_some(session_id: str, positions: list[int], tx: Transaction) -> int:
    erased = blank_entries(tx, positions, lambda _project, session: session == session_id)
    receipts.count(tx, session_id, erased)
    return erased


async def resume(journal: Journal) -> None:
    """Go on with the deletions that the last end of the process cut off."""
    for session, first in journal.read("select id, first from tombstone where done = 0"):
        assert isinstance(session, bytes)
        await blank(journal, receipts.to_text(session), int(str(first)))


def held(journal: Journal, owned: Owned) -> Held:
    """Return all that is held of a session, for any thread but the writer's."""
    groups = [
        group
        for entry in _with(journal, owned.id, owned.left.first)
        for group in codec.unpack_session(entry.body, owned.id)
    ]
    return Held(
        session_id=owned.id, project_id=owned.left.project, consent=owned.consent, groups=groups
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
