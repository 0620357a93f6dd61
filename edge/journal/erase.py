"""
Blanking: the events of erased sessions are taken out of entries, their numbers stay.

Edge and hub both do this (decision 9). It works on the plain message and not on the
types of the schema, so that fields and event types of a newer node, which the
neighbours in the same entry may have, pass through unharmed.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import msgspec
import zstandard

from edge.events import codec
from edge.journal.transaction import Transaction

IsErased = Callable[[str, str], bool]
"""(project, session) → is it erased."""
Goes = Callable[[Mapping[str, Any]], bool]
"""A group's stamp, as it travels → are its events to go."""

_KEPT = ("project", "receivedAt")
"""Fields of a stamp that stay when its events are blanked."""

_decoder = msgspec.msgpack.Decoder()
_encoder = msgspec.msgpack.Encoder()


def blank_entries(tx: Transaction, positions: Iterable[int], is_erased: IsErased) -> int:
    """
    Blank erased sessions in the entries at *positions*; return how many events they had.

    See :func:`blank_stamped`.
    """
    return blank_stamped(tx, positions, _of(is_erased))


def blank_stamped(tx: Transaction, positions: Iterable[int], goes: Goes) -> int:
    """
    Blank the groups whose stamp *goes* names in the entries at *positions*; return how many
    events they had.

    Bodies are read within the transaction: of two erasures at once neither may put back
    what the other took out. An entry that holds nothing of them stays as it is, and so do
    bytes that no reader could take for an entry.
    """
    total = 0
    for position in positions:
        body = tx.body(position)
        try:
            found = None if body is None else _blank(body, goes)
        except codec.BadEvent:
            continue
        if found is not None:
            tx.replace_body(position, found[0])
            total += found[1]
    return total


def blank(body: bytes, is_erased: IsErased) -> tuple[bytes, int] | None:
    """
    Return *body* without the events of erased sessions, and how many they were.

    None where it holds none. Tombstones stay. Raises :class:`~edge.events.codec.BadEvent`.
    """
    return _blank(body, _of(is_erased))


def _of(is_erased: IsErased) -> Goes:
    def goes(stamp: Mapping[str, Any]) -> bool:
        project, session = stamp.get("project"), stamp.get("session")
        return isinstance(project, str) and isinstance(session, str) and is_erased(project, session)

    return goes


def _blank(body: bytes, goes: Goes) -> tuple[bytes, int] | None:
    groups = _plain(body)
    gone = [_blank_group(group, goes) for group in groups]
    if all(count is None for count in gone):
        return None
    fresh = zstandard.ZstdCompressor(level=1).compress(_encoder.encode(groups))
    return fresh, sum(filter(None, gone))


def holds(body: bytes, goes: Goes) -> bool:
    """Tell whether blanking would change *body*. Raises :class:`~edge.events.codec.BadEvent`."""
    return any(_blank_group(group, goes) is not None for group in _plain(body))


def is_entry(body: bytes) -> bool:
    """Tell whether *body* is an entry, of whatever schema."""
    try:
        _plain(body)
    except codec.BadEvent:
        return False
    return True


def decisions(body: bytes) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """
    Yield project, session and plain event of each tombstone and claim in *body*.

    For readers of an older schema, which cannot read it as a whole. Raises BadEvent.
    """
    for group in _plain(body):
        project, session = group["stamp"].get("project"), group["stamp"].get("session")
        if isinstance(project, str) and isinstance(session, str) and session:
            for event in group["events"]:
                if _is_tombstone(event) or _is_claim(event):
                    yield project, session, event


def _is_claim(event: Any) -> bool:
    payload = event.get("payload") if isinstance(event, dict) else None
    return isinstance(payload, dict) and bool(payload.get("claim"))


def _plain(body: bytes) -> list[dict[str, Any]]:
    data = codec.inflate(body)
    try:
        groups = _decoder.decode(data)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise codec.BadEvent(f"an entry cannot be decoded: {error}") from None
    if not isinstance(groups, list) or not all(map(_is_group, groups)):
        raise codec.BadEvent("an entry is no list of groups")
    return groups


def _is_group(group: Any) -> bool:
    shaped = isinstance(group, dict) and isinstance(group.get("events"), list)
    return shaped and isinstance(group.get("stamp"), dict)


def _blank_group(group: dict[str, Any], goes: Goes) -> int | None:
    """Blank *group* in place; return how many events it lost, None where nothing changed."""
    stamp, events = group["stamp"], group["events"]
    if not goes(stamp):
        return None
    stays = [event if _is_tombstone(event) else None for event in events]
    kept = _KEPT if not any(stays) else (*_KEPT, "session")
    bare = {name: stamp[name] for name in kept if name in stamp}
    if stays == events and bare == stamp:
        return None
    group["stamp"], group["events"] = bare, stays
    return sum(old is not None and new is None for old, new in zip(events, stays, strict=True))


def _is_tombstone(event: Any) -> bool:
    if not isinstance(event, dict) or event.get("type") != "policy.updated":
        return False
    payload = event.get("payload")
    return isinstance(payload, dict) and payload.get("erased") is True
