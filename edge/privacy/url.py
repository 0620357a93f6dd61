"""
URLs: what is kept stands in a list, everything else goes.

The fragment, user info, matrix parameters and every query parameter that is not
listed are dropped; a path segment that can name a person or a thing of theirs
becomes a placeholder. Schemes other than http are not kept at all.
"""

import re
from collections.abc import Callable
from urllib.parse import unquote

from edge.privacy.clean import clean
from edge.privacy.codes import is_token
from edge.privacy.routes import BEHIND, CONFIRMED, CONFIRMING, ROUTES
from edge.privacy.secrets import has_token
from edge.privacy.words import scrub_words

MAX_URL = 2048
MAX_HOST = 255
DECODE_ROUNDS = 3
MAX_SEGMENTS = 64
"""Segments of a path that are kept."""

QUERY_ALLOWED = frozenset(
    {"page", "sort", "order", "lang", "tab", "view", "utm_source", "utm_medium", "utm_campaign"}
)
"""Query parameters that are kept, where their value holds nothing personal."""

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]{0,30}):(?!\d{1,5}(?:[/?#]|$))")
_HOST = re.compile(r"(?:[A-Za-z0-9\-]{1,63}\.){0,8}[A-Za-z0-9\-]{1,63}\.?|\[[0-9A-Fa-f:.]{2,45}\]")
_WORD = re.compile(r"[A-Za-z]{1,15}|[A-Za-z_\-]{1,10}")
_NAMED = re.compile(r"(?i)(?:~|(?:user|member|customer|patient|client)(?:_?(?:name|id))?[:=]).")
_PORT = re.compile(r":\d{1,5}")
_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")
_DIGIT = re.compile(r"\d")
_VALUE = re.compile(r"[\w.,+\- ]{0,64}")


def scrub_url(text: str) -> str:
    """Return *text*, a path or an absolute URL, with only what is allowed left of it."""
    text = clean(text, MAX_URL).strip()
    scheme = _SCHEME.match(text)
    if scheme and scheme[1].lower() not in ("http", "https"):
        return f"{scheme[1].lower()}:[dropped]"
    rest = text[scheme.end() :] if scheme else text
    rest = rest.partition("#")[0].replace("\\", "/")
    origin = ""
    if rest.startswith("//"):
        authority, path_from = _authority(rest)
        origin = f"{scheme[0] if scheme else ''}//{authority}"
        rest = rest[path_from:]
    elif scheme:
        return f"{scheme[1].lower()}:[dropped]"
    path, mark, query = rest.partition("?")
    kept = _query(query) if mark else ""
    path = _path(path)
    if not origin and path.startswith("//"):  # what parted the two was dropped: no host follows
        path = "/" + path.lstrip("/")
    return (origin + path + (f"?{kept}" if kept else ""))[:MAX_URL].strip()


def host_of(text: str) -> str:
    """Return the host of *text*, a URL or a host, without port; empty where there is none."""
    text = clean(text, MAX_URL).strip()
    scheme = _SCHEME.match(text)
    if scheme and scheme[1].lower() not in ("http", "https"):
        return ""
    rest = text[scheme.end() :] if scheme else text
    rest = "//" + rest.replace("\\", "/").lstrip("/")
    authority, _ = _authority(rest)
    host = _PORT.sub("", authority)
    return host.lower()[:MAX_HOST] if "[" not in host else ""


def _authority(rest: str) -> tuple[str, int]:
    """Return host and port of ``//…`` without user info, and where the path begins."""
    ends = (rest.find("/", 2), rest.find("?", 2))
    end = min((at for at in ends if at >= 0), default=len(rest))
    host_port = rest[2:end].rpartition("@")[2]
    host = _HOST.match(host_port)
    if host is None:
        return "[host]", end
    port = host_port[host.end() :]
    if port and not _PORT.fullmatch(port):
        return "[host]", end
    return host_port, end


def _query(query: str) -> str:
    kept = []
    for part in query.split("&"):
        key, mark, value = part.partition("=")
        if key in QUERY_ALLOWED and _is_plain(value):
            kept.append(key + mark + value)
    return "&".join(kept)


def _is_plain(value: str) -> bool:
    """Say whether a query value holds nothing personal, however it is encoded."""
    plain = _decode(value.replace("+", " "))
    return plain is not None and bool(_VALUE.fullmatch(plain)) and scrub_words(plain) == plain


def _decode(text: str) -> str | None:
    """Return *text* with its percent signs resolved, None where they nest too deep."""
    if not _ESCAPE.search(text):
        return text
    for _ in range(DECODE_ROUNDS):
        text = unquote(text)
        if not _ESCAPE.search(text):
            return clean(text, MAX_URL)
    return None


def _path(path: str) -> str:
    segments = path.split("/", MAX_SEGMENTS)
    if len(segments) > MAX_SEGMENTS:
        segments[MAX_SEGMENTS:] = ["[id]"]  # no page lies so deep
    scrubbed = []
    before = ""
    for raw in segments:
        segment = _segment(raw, before)
        word = (segment if "%" not in segment else _decode(segment) or "").lower()
        if word and not (word in CONFIRMED and before in CONFIRMING):
            before = word  # "/users//jane" names jane too
        scrubbed.append(segment)
    return "/".join(scrubbed)


def _segment(raw: str, before: str) -> str:
    """Return a path segment, or the placeholder for what it holds."""
    raw = raw.partition(";")[0].strip()
    if not raw:
        return raw
    decoded = _decode(raw)
    if decoded is None or any(mark in decoded for mark in "/?#\\"):
        return "[id]"
    text = decoded.partition(";")[0].strip()
    behind = BEHIND.get(before, "")
    if text == raw and (raw in _LABELS or (not behind and _is_word(raw))):
        return raw
    found = next((label for label, holds in _HOLDS if holds(text)), "")
    if found:
        return found
    if behind and text and text.lower().partition(".")[0] not in ROUTES:
        return behind
    return raw if decoded == text else text


def _is_word(text: str) -> bool:
    """Say whether a segment is one plain word, too short for any token; most are."""
    return _WORD.fullmatch(text) is not None


_HOLDS: tuple[tuple[str, Callable[[str], object]], ...] = (
    ("[email]", lambda text: text.find("@") > 0),
    ("[id]", lambda text: "@" in text or _NAMED.match(text)),
    ("[uuid]", _UUID.fullmatch),
    ("[token]", has_token),
    ("[id]", lambda text: len(_DIGIT.findall(text)) > 1),
    ("[token]", is_token),
)
"""What a segment can hold → its placeholder, in order."""
_LABELS = frozenset(label for label, _ in _HOLDS)
