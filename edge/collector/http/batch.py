"""
A body to a batch: decode, type, scrub. Pure.

The usual body is decoded into typed events in one pass. One that does not fit is
taken apart: unknown fields are counted and dropped, texts are cut to their lengths by
scrubbing them first, and one bad event is reported by its number and costs only itself.
Nothing leaves :func:`parse` unscrubbed.
"""

import hashlib
import re
from base64 import urlsafe_b64encode
from collections import defaultdict
from collections.abc import Callable
from typing import Any, NamedTuple, get_args

import msgspec
from msgspec.structs import force_setattr, replace

from edge.collector.http.bounds import OutOfBounds, check_shape, check_size
from edge.collector.http.errors import NotABatch, TooLarge
from edge.errors import FlowbackError
from edge.events import wire
from edge.events.event import Answers, BrowserEvent, FeedbackPayload, Moment, SignalRaw
from edge.events.known import known
from edge.events.raw import EventNumber, RawPayload
from edge.privacy import scrub_page, scrub_referrer, scrub_selector, scrub_text
from edge.privacy.text import MAX_TEXT

MAX_EVENT = 16 * 2**10
"""Bytes of one event as msgpack (privacy-and-security.md, 6.2)."""

EVENT_COST = 640
"""Bytes of memory that a decoded event takes while it waits, its texts aside: a bare
click 200, one with every field 360, the fullest reaction 600."""

MAX_TEXTS = 32 * 2**10
"""Characters of the texts of one request that differ. Fifty events with a page,
a target and a name of their own each have half of it; the worst costs some 30 ms."""
Scrub = Callable[[str], str]

_EVENT_KEYS = {"n", "type", "timestamp", "page", "view", "payload"}
SCRUB: dict[str, Scrub] = {
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
_SCRUBS: dict[type, tuple[tuple[str, Scrub], ...]] = {
    struct: tuple((key, SCRUB[key]) for key in struct.__struct_encode_fields__ if key in SCRUB)
    for struct in (*get_args(RawPayload), FeedbackPayload)
}
_ACTIONS = {struct.__struct_config__.tag: struct for struct in get_args(RawPayload)}
_RAW = SignalRaw.__struct_config__.tag
CUT = msgspec.DecodeError, RecursionError, UnicodeDecodeError, ValueError
"""What a decoder raises for bytes that it cannot read."""
JSON = (b"{", b"[", b" ", b"\n", b"\t", b"\r")
"""How a body begins that is not msgpack."""


class Texts:
    """
    What the texts of one request become. They repeat: each is scrubbed once.

    Scrubbing happens between all other requests, so that its sum is bounded.
    """

    def __init__(self) -> None:
        self.clean: defaultdict[Scrub, dict[str, str]] = defaultdict(dict)
        """Scrubber → text → what it became; what came out clean stays so."""
        self._left = MAX_TEXTS

    def scrub(self, scrub: Scrub, text: str) -> str:
        """Return *text* scrubbed. Raises :class:`OutOfBounds` once the request held too much."""
        known = self.clean[scrub]
        clean = known.get(text)
        if clean is None:
            self._left -= min(len(text), MAX_TEXT)
            if self._left < 0:
                words = f"the texts of a batch are longer than {MAX_TEXTS:,} characters"
                raise OutOfBounds(words, "too_much_text")
            clean = known[text] = scrub(text)
            known[clean] = clean
        return clean


class _Header(msgspec.Struct, rename="camel"):
    project_id: wire.ProjectId
    session_id: wire.SessionId
    stream: wire.StreamId
    sent_at: Moment


class _Batch(_Header, rename="camel", forbid_unknown_fields=True):
    events: list[BrowserEvent]


_HEADER_KEYS = {*_Batch.__struct_encode_fields__}

_from_json = msgspec.json.Decoder(_Batch).decode
_from_msgpack = msgspec.msgpack.Decoder(_Batch).decode


class UnknownAction(FlowbackError):
    """an event must be an object with known actions"""


class Rejection(NamedTuple):
    """An event that was not understood."""

    n: int | None
    """Its number, where it has a valid one."""
    error: str
    reason: str
    """One of a few words, so that no sender can make a metric's labels without end."""

    @property
    def told(self) -> wire.Rejected:
        """What its sender is told."""
        return wire.Rejected(n=self.n, error=self.error)


class Parsed(msgspec.Struct):
    """One session's events out of a request."""

    project_id: str
    session_id: str
    stream: str
    sent_at: int
    events: list[BrowserEvent]
    rejected: list[Rejection] = []
    unknown_fields: int = 0

    @property
    def size(self) -> int:
        """What the batch counts as against the limits of its sender."""
        return max(1, len(self.events) + len(self.rejected))

    @property
    def cost(self) -> int:
        """Bytes of memory that it takes beyond the texts of its body."""
        return self.size * EVENT_COST


def parse(body: bytes) -> Parsed | list[Any]:
    """
    Return the batch that *body* holds as JSON or msgpack, or the list of the older form.

    Raises :class:`NotABatch` and :class:`TooLarge`.
    """
    try:
        batch = _from_json(body) if body[:1] in JSON else _from_msgpack(body)
    except CUT:
        return _take_apart(_decode(body), large=len(body) > MAX_EVENT)
    if len(batch.events) > wire.MAX_EVENTS:
        raise TooLarge
    events, rejected = _scrub_events(batch.events, Texts())
    return Parsed(batch.project_id, batch.session_id, batch.stream, batch.sent_at, events, rejected)


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
        typed, rejected, unknown = _one_by_one(events, large=len(body) > MAX_EVENT)
        parsed.append(Parsed(project, session, stream, now, typed, rejected, unknown))
    return parsed


def _decode(body: bytes) -> Any:
    try:
        if body[:1] in JSON:
            return msgspec.json.decode(body)
        return msgspec.msgpack.decode(body)
    except CUT as error:
        raise NotABatch(f"the body is neither JSON nor msgpack: {error}") from None


def _take_apart(data: Any, *, large: bool) -> Parsed | list[Any]:
    """
    Return the batch in *data* with what can be read of its events.

    *large*: the body is so long that one event may be longer than it may be.
    """
    if isinstance(data, list):
        return data
    if not isinstance(data, dict):
        raise NotABatch
    extra = data.keys() - _HEADER_KEYS
    try:
        header = msgspec.convert(data, _Header)
        check_shape({key: data[key] for key in extra})
    except (msgspec.ValidationError, OutOfBounds) as error:
        raise NotABatch(str(error)) from None
    events = data.get("events")
    if not isinstance(events, list):
        raise NotABatch("`events` must be a list")
    if len(events) > wire.MAX_EVENTS:
        raise TooLarge
    typed, rejected, unknown = _one_by_one(events, large=large)
    return Parsed(
        project_id=header.project_id,
        session_id=header.session_id,
        stream=header.stream,
        sent_at=header.sent_at,
        events=typed,
        rejected=rejected,
        unknown_fields=unknown + len(extra),
    )


def _one_by_one(
    items: list[Any], *, large: bool
) -> tuple[list[BrowserEvent], list[Rejection], int]:
    texts = Texts()
    events: list[BrowserEvent] = []
    rejected: list[Rejection] = []
    unknown = 0
    for item in items:
        try:
            if large:
                check_size(item, MAX_EVENT)
            _shorten(item, texts)
            plain, beneath = known(item, BrowserEvent)
            if beneath:
                check_shape(item)
            unknown += beneath
            events.append(msgspec.convert(plain, BrowserEvent))
        except (msgspec.ValidationError, OutOfBounds, UnknownAction, RecursionError) as error:
            rejected.append(Rejection(_number(item), str(error)[:200], _reason(error)))
    events, refused = _scrub_events(events, texts)
    return events, rejected + refused, unknown


def _shorten(item: Any, texts: Texts) -> None:
    """
    Scrub the texts of a plain event, so that none is refused for its length.

    What is no text where one belongs stays for msgspec, which names it by its path.
    Raises :class:`UnknownAction` for what is no event at all.
    """
    if not isinstance(item, dict):
        raise UnknownAction
    page = item.setdefault("page", "")
    if isinstance(page, str):
        item["page"] = texts.scrub(scrub_page, page)
    payload = item.get("payload")
    if not isinstance(payload, dict):
        return
    for key, scrub in _scrubs(item.get("type"), payload.get("action")):
        value = payload.get(key)
        if isinstance(value, str):
            payload[key] = texts.scrub(scrub, value)
    answers = payload.get("answers")
    if isinstance(answers, dict):
        for key, scrub in (("detector", scrub_text), ("target", scrub_selector)):
            if isinstance(answers.get(key), str):
                answers[key] = texts.scrub(scrub, answers[key])


def _scrubs(kind: Any, action: Any) -> tuple[tuple[str, Scrub], ...]:
    if kind != _RAW:
        return _SCRUBS[FeedbackPayload]
    if not isinstance(action, str):
        return ()
    if action not in _ACTIONS:
        raise UnknownAction
    return _SCRUBS[_ACTIONS[action]]


def _scrub_events(
    events: list[BrowserEvent], texts: Texts
) -> tuple[list[BrowserEvent], list[Rejection]]:
    """Scrub the texts of *events* in place, and return those that could be and the others."""
    pages = texts.clean[scrub_page]
    done: list[BrowserEvent] = []
    refused: list[Rejection] = []
    for event in events:
        try:
            page = event.page
            event.page = pages[page] if page in pages else texts.scrub(scrub_page, page)
            payload = event.payload
            for key, scrub in _SCRUBS[type(payload)]:
                text = getattr(payload, key)
                if text is None:
                    continue
                clean = texts.clean[scrub].get(text)
                if clean is None:
                    clean = texts.scrub(scrub, text)
                if clean != text:
                    force_setattr(payload, key, clean)
            if type(payload) is FeedbackPayload and payload.answers is not None:
                force_setattr(payload, "answers", _answers(payload.answers, texts))
        except OutOfBounds as error:
            refused.append(Rejection(event.n, str(error), error.reason))
        else:
            done.append(event)
    return done, refused


def _answers(answers: Answers, texts: Texts) -> Answers:
    target = answers.target
    return replace(
        answers,
        detector=texts.scrub(scrub_text, answers.detector),
        evidence=[scrub_id(item) for item in answers.evidence],
        target=None if target is None else texts.scrub(scrub_selector, target),
    )


def scrub_id(item: str) -> str:
    """Return an event id as it came, or nothing where it has another form than ``stream:n``."""
    stream, _, n = item[:64].partition(":")
    good = len(stream) == 11 and n.isascii() and n.isdigit()
    return item if good and stream.replace("-", "a").replace("_", "a").isalnum() else ""


def _number(item: Any) -> int | None:
    try:
        return msgspec.convert(item["n"], EventNumber) if isinstance(item, dict) else None
    except (KeyError, msgspec.ValidationError):
        return None


_WRONG = (
    ("missing_field", re.compile(r"Object missing required field ")),
    ("wrong_length", re.compile(r"Expected `\w+` of length ")),
    ("wrong_type", re.compile(r"Expected ")),
    ("unknown_value", re.compile(r"Invalid ")),
)
"""Reason → how msgspec begins to say it: it has one exception for all, and no code."""


def _reason(error: Exception) -> str:
    if isinstance(error, OutOfBounds):
        return error.reason
    if isinstance(error, UnknownAction):
        return "unknown_action"
    if isinstance(error, RecursionError):
        return "too_deep"
    return next((reason for reason, begins in _WRONG if begins.match(str(error))), "other")


def _short(data: bytes, size: int) -> str:
    digest = hashlib.blake2b(data, digest_size=size).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()
