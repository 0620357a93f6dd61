"""Whose request is it: the project of its write key, and whether its origin is verified."""

from dataclasses import dataclass

from starlette.requests import Request

from edge.collector.http.cors import PROJECT
from edge.collector.http.errors import UnknownKey, WrongOrigin
from edge.events.wire import RegionRow
from edge.policy.consent import opted_out
from edge.projects import Project

_HEARD = frozenset({b"origin", b"user-agent", b"sec-gpc", b"dnt"})


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends, as far as it can be known."""

    project: Project
    verified: bool
    """The Origin header was there and is one of the project's."""
    device: str
    """``phone``, ``tablet``, ``desktop`` or ``bot``."""
    region: RegionRow
    """The rules that hold for this visitor here."""
    opted_out: bool
    """The browser says no: Sec-GPC or DNT is exactly 1."""
    address: int | None = None
    """Stands for the visitor's address in this process; None where no proxy can be trusted."""


def admit(request: Request) -> Sender:
    """
    Return the sender before anything of the body is read.

    Raises :class:`UnknownKey` (401), :class:`WrongOrigin` (403) and
    :class:`~edge.collector.http.errors.TooMany` (429). A request without an Origin
    header is let in unverified and counts towards no k.
    """
    collector = request.app.state.collector
    project = collector.projects.by_key(request.query_params.get("k", ""))
    if project is None:
        raise UnknownKey
    request.scope[PROJECT] = project
    told: dict[bytes, list[str]] = {}
    for name, value in request.scope["headers"]:
        if name in _HEARD:
            told.setdefault(name, []).append(value.decode("latin-1"))
    origin = told.get(b"origin", [None])[-1]
    if origin is not None and origin not in project.origins:
        raise WrongOrigin
    address = collector.proxies.sender(request)
    collector.rates.admit(project.id, address, collector.tick())
    return Sender(
        project=project,
        verified=origin is not None,
        device=device_class(told.get(b"user-agent", [""])[-1]),
        region=collector.regions.of(request),
        opted_out=opted_out(gpc=told.get(b"sec-gpc", ()), dnt=told.get(b"dnt", ())),
        address=address,
    )


_BOTS = ("bot", "crawl", "spider", "slurp", "headless", "lighthouse", "preview", "monitor")


def device_class(user_agent: str) -> str:
    """Return the class of a device; the user agent itself is forgotten."""
    text = user_agent[:512].lower()
    if any(word in text for word in _BOTS):
        return "bot"
    if "ipad" in text or "tablet" in text or ("android" in text and "mobile" not in text):
        return "tablet"
    if "mobi" in text or "iphone" in text:
        return "phone"
    return "desktop"
