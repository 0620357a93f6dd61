"""Whose request is it: the project of its write key, and whether its origin is verified."""

import re
from collections.abc import Mapping

from msgspec import Struct
from starlette.datastructures import QueryParams
from starlette.types import Scope

from edge.collector.http.cors import PROJECT
from edge.collector.http.errors import UnknownKey, WrongOrigin
from edge.events.wire import RegionRow
from edge.policy.consent import Refusal, opted_out
from edge.projects import Project

_HEARD = frozenset(
    {b"origin", b"user-agent", b"sec-gpc", b"dnt", b"content-length", b"content-encoding"}
)
_PLAIN_KEY = re.compile(rb"k=([A-Za-z0-9_.~-]*)")


class Sender(Struct, frozen=True, kw_only=True):
    """Who sends, as far as it can be known."""

    project: Project
    origin: bytes | None
    """The page's origin, one of the project's; None where no Origin header came."""
    device: str
    """``phone``, ``tablet``, ``desktop`` or ``bot``."""
    region: RegionRow
    """The rules that hold for this visitor here."""
    refused: Refusal
    """The browser says no: Sec-GPC or DNT is exactly 1."""
    address: int | None = None
    """Stands for the visitor's address in this process; None where no proxy can be trusted."""

    @property
    def verified(self) -> bool:
        """The Origin header was there, and it is one of the project's."""
        return self.origin is not None


def heard(scope: Scope) -> dict[bytes, bytes]:
    """
    Return the headers that an answer depends on, looked through once.

    Of one that is repeated the values are joined with commas (RFC 9110, 5.3).
    """
    told: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        if name in _HEARD:
            told[name] = told[name] + b"," + value if name in told else value
    return told


def admit(scope: Scope, told: Mapping[bytes, bytes]) -> Sender:
    """
    Return the sender before anything of the body is read; *told* are the headers.

    Raises :class:`UnknownKey` (401), :class:`WrongOrigin` (403) and
    :class:`~edge.collector.http.errors.TooMany` (429). A request without an Origin
    header is let in unverified and counts towards no k.
    """
    collector = scope["app"].state.collector
    project = collector.projects.by_key(write_key(scope))
    if project is None:
        raise UnknownKey
    scope[PROJECT] = project
    origin = told.get(b"origin")
    if origin is not None and origin.decode("latin-1") not in project.origins:
        raise WrongOrigin
    address = collector.proxies.sender(scope)
    collector.rates.admit(project.id, address, collector.tick())
    return Sender(
        project=project,
        origin=origin,
        device=device_class(told.get(b"user-agent", b"").decode("latin-1")),
        region=collector.regions.of(scope),
        refused=opted_out(gpc=_text(told, b"sec-gpc"), dnt=_text(told, b"dnt"))
        if b"sec-gpc" in told or b"dnt" in told
        else "",
        address=address,
    )


def write_key(scope: Scope) -> str:
    """Return the write key that a request carries as ``k``; empty where it carries none."""
    query: bytes = scope["query_string"]
    plain = _PLAIN_KEY.fullmatch(query)
    return plain[1].decode() if plain else QueryParams(query).get("k", "")


def _text(told: Mapping[bytes, bytes], name: bytes) -> tuple[str]:
    return (told.get(name, b"").decode("latin-1"),)


_BOT = re.compile("bot|crawl|spider|slurp|headless|lighthouse|preview|monitor")


def device_class(user_agent: str) -> str:
    """Return the class of a device; the user agent itself is forgotten."""
    text = user_agent[:512].lower()
    if _BOT.search(text):
        return "bot"
    if "ipad" in text or "tablet" in text or ("android" in text and "mobile" not in text):
        return "tablet"
    if "mobi" in text or "iphone" in text:
        return "phone"
    return "desktop"
