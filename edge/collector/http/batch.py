"""
A body to a batch: decode, scrub, type. Pure.

Scrubbing comes before typing, so that nothing unscrubbed is ever held in an
event. One bad event is reported by its number and costs only itself.
"""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, get_args

import msgspec

from edge.collector.http.bounds import OutOfBounds, check_shape, check_size
from edge.collector.http.errors import NotABatch, TooLarge
from edge.errors import FlowbackError
from edge.events import wire
from edge.events.event import Answers, BrowserEvent, FeedbackPayload, Moment, SignalRaw
from edge.events.raw import RawPayload
from edge.privacy import scrub_page, scrub_referrer, scrub_selector, scrub_text

MAX_EVENT = 16 * 2**10
"""Bytes of one event as msgpack (privacy-and-security.md, 6.2)."""

_EVENT_KEYS = {"n", "type", "timestamp", "page", "view", "payload"}
_ANSWERS_KEYS = set(Answers.__struct_encode_fields__)
_FEEDBACK_KEYS = set(FeedbackPayload.__struct_encode_fields__)
_PAYLOAD_KEYS: dict[Any, set[str]] = {
    struct.__struct_config__.tag: {"action", *struct.__struct_encode_fields__}
    for struct in get_args(RawPayload)
}
_SCRUB: dict[str, Callable[[str], str]] = {
    "target": scrub_selector,
    "form": scrub_selector,
    "origin": scrub_page,
    "referrer": scrub_referrer,
    "comment": scrub_text,
    "name": scrub_text,
    "subtype": scrub_text,
    "rule": scrub_text,
}
"""Text of a payload → how it is scrubbed. Every string field of the schema but those with
enumerated values stands here or in ``_answers``; a test holds it so."""
_SCRUBS = {
    action: tuple((key, _SCRUB[key]) for key in keys if key in _SCRUB)
    for action, keys in _PAYLOAD_KEYS.items()
}
_FEEDBACK_SCRUBS = tuple((key, _SCRUB[key]) for key in _FEEDBACK_KEYS if key in _SCRUB)
_RAW = SignalRaw.__struct_config__.tag


class _Events(msgspec.Struct):
    """A struct, because msgspec works out the type of anything else at every call."""

    events: list[BrowserEvent]


class _Header(msgspec.Struct, frozen=True, rename="camel"):
    project_id: wire.ProjectId
    session_id: wire.SessionId
    stream: wire.StreamId
    sent_at: Moment


_HEADER_KEYS = {*_Header.__struct_encode_fields__, "events"}


@dataclass(slots=True)
class Parsed:
    """One session's events out of a request."""

    project_id: str
    session_id: str
    stream: str
    sent_at: int
    events: list[BrowserEvent]
    rejected: list[wire.Rejected] = field(default_factory=list)
    unknown_fields: int = 0

    @property
    def size(self) -> int:
        """What the batch counts as against the limits of its sender."""
        return max(1, len(self.events) + len(self.rejected))


def parse(body: bytes) -> Parsed | list[Any]:
    """
    Return the batch that *body* holds as JSON or msgpack, or the list of the older form.

    Raises :class:`NotABatch` and :class:`TooLarge`.
    """
    data = _decode(body)
    if isinstance(data, list):
        return data
    extra = data.keys() - _HEADER_KEYS
    try:
        header = msgspec.convert(data, _Header)
        if extra:
            check_shape({key: data[key] for key in extra})
    except (msgspec.ValidationError, OutOfBounds) as error:
        raise NotABatch(str(error)) from None
    events = data.get("events")
    if not isinstance(events, list):
        raise NotABatch("`events` must be a list")
    if len(events) > wire.MAX_EVENTS:
        raise TooLarge
    typed, rejected, unknown = _type_events(events, large=len(body) > MAX_EVENT)
    return Parsed(
        project_id=header.project_id,
        session_id=header.session_id,
        stream=header.stream,
        sent_at=header.sent_at,
        events=typed,
        rejected=rejected,
        unknown_fields=unknown + len(extra),
    )


def parse_older(items: list[Any], body: bytes, *, now: int) -> list[Parsed]:
    """
    Return the batches of the older form: a list of ``{sessionId, projectId, timestamp,
    type, payload}``, for projects whose host vouches for consent.

    It has no stream and no numbers: both come from *body*, so that the same body
    sent again is known as the same.
    """
    if len(items) > wire.MAX_EVENTS:
        raise TooLarge
    stream = _short(body, 8)
    groups: dict[tuple[str, str], list[Any]] = {}
    for n, item in enumerate(items):
        if not isinstance(item, dict):
            raise NotABatch("each event must be an object")
        project, session = item.get("projectId"), item.get("sessionId")
        if not isinstance(project, str) or not isinstance(session, str) or not session:
            raise NotABatch("each event needs projectId and sessionId")
        key = (project, _short(f"{project}\0{session}".encode(), 16))
        rest = {name: item[name] for name in item if name in _EVENT_KEYS}
        groups.setdefault(key, []).append({"page": "", **rest, "n": n})
    parsed = []
    for (project, session), events in groups.items():
        typed, rejected, unknown = _type_events(events, large=len(body) > MAX_EVENT)
        parsed.append(Parsed(project, session, stream, now, typed, rejected, unknown))
    return parsed


def _decode(body: bytes) -> Any:
    try:
        if body[:1] in (b"{", b"[", b" ", b"\n", b"\t", b"\r"):
            data = msgspec.json.decode(body)
        else:
            data = msgspec.msgpack.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError, ValueError) as error:
        raise NotABatch(f"the body is neither JSON nor msgpack: {error}") from None
    if not isinstance(data, dict | list):
        raise NotABatch
    return data


def _type_events(
    items: list[Any], *, large: bool
) -> tuple[list[BrowserEvent], list[wire.Rejected], int]:
    """*large*: the body is so long that one event may be longer than it may be."""
    unknown = 0
    rejected: list[wire.Rejected] = []
    clean: list[Any] = []
    for item in items:
        try:
            if large:
                check_size(item, MAX_EVENT)
            found = _scrub(item)
            if found:
                check_shape(item)
                unknown += found
        except OutOfBounds as error:
            rejected.append(_reject(item, str(error)))
        except (TypeError, AttributeError, KeyError, FlowbackError):
            rejected.append(_reject(item, "an event must be an object with known actions"))
        else:
            clean.append(item)
    try:
        return msgspec.convert({"events": clean}, _Events).events, rejected, unknown
    except (msgspec.ValidationError, RecursionError):
        return _one_by_one(clean, rejected), rejected, unknown


def _one_by_one(items: list[Any], rejected: list[wire.Rejected]) -> list[BrowserEvent]:
    events: list[BrowserEvent] = []
    for item in items:
        try:
            events += msgspec.convert({"events": [item]}, _Events).events
        except (msgspec.ValidationError, RecursionError) as error:
            rejected.append(_reject(item, str(error)))
    return events


def _scrub(item: dict[str, Any]) -> int:
    """Scrub the text of *item* in place; return how many fields it has that nobody knows."""
    unknown = 0
    payload = item["payload"]
    item["page"] = scrub_page(item.get("page", ""))
    if item["type"] == _RAW:
        action = payload["action"]
        known, scrubs = _PAYLOAD_KEYS[action], _SCRUBS[action]
    else:
        known, scrubs = _FEEDBACK_KEYS, _FEEDBACK_SCRUBS
        unknown = _answers(payload.get("answers"))
    for key, scrub in scrubs:
        value = payload.get(key)
        if value is not None:
            payload[key] = scrub(value)
    if item.keys() <= _EVENT_KEYS and payload.keys() <= known:
        return unknown
    return unknown + len(item.keys() - _EVENT_KEYS) + len(payload.keys() - known)


def _answers(answers: Any) -> int:
    if not isinstance(answers, dict):
        return 0
    for key, scrub in (("detector", scrub_text), ("target", scrub_selector)):
        if isinstance(answers.get(key), str):
            answers[key] = scrub(answers[key])
    if isinstance(answers.get("evidence"), list):
        answers["evidence"] = [scrub_id(item) for item in answers["evidence"]]
    return len(answers.keys() - _ANSWERS_KEYS)


def scrub_id(item: Any) -> str:
    """Return an event id as it came, or nothing where it has another form than ``stream:n``."""
    text = str(item)[:64]
    stream, _, n = text.partition(":")
    good = len(stream) == 11 and n.isascii() and n.isdigit()
    return text if good and stream.replace("-", "a").replace("_", "a").isalnum() else ""


def _reject(item: Any, error: str) -> wire.Rejected:
    n = item.get("n") if isinstance(item, dict) else None
    return wire.Rejected(n=n if type(n) is int else None, error=error[:200])


def _short(data: bytes, size: int) -> str:
    digest = hashlib.blake2b(data, digest_size=size).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()
