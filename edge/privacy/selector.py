"""
Selectors: tag, static ids and classes, place, and three attributes with known values.

What is no selector becomes ``*``, and so does what is left of one that says nothing.
"""

import re

from edge.privacy.clean import clean

MAX_SELECTOR = 256
MAX_COMPOUNDS = 5
"""Sentry's depth: more says where, not what."""

_TYPES_WORDS = """
button checkbox color date datetime-local email file hidden image month number password radio
range reset search submit tel text time url week
"""
_TYPES = frozenset(_TYPES_WORDS.split())
_LETTER_ATTRIBUTES = frozenset({"role", "data-testid", "data-fb-id"})
_PSEUDO_WORDS = """
active after any-link before checked default disabled empty enabled first-child first-of-type
focus focus-visible focus-within has host hover indeterminate invalid is last-child
last-of-type link not only-child only-of-type open optional part placeholder-shown read-only
required root selection slotted target valid visited where
"""
_PSEUDO = frozenset(_PSEUDO_WORDS.split())
"""Pseudo classes and elements that are dropped; one that CSS does not know spoils it all."""

_STATIC = re.compile(r"[A-Za-z_\-]{1,40}")
_TAG = re.compile(r"(?:[A-Za-z][A-Za-z\-]{0,39}|[hH][1-6]|\*)")
_IDENT = r"(?:[\w\-]|\\.)+"
_TOKEN = re.compile(
    rf"(?P<gap>\s*[>+~]\s*|\s+)|(?P<mark>[#.])(?P<name>{_IDENT})|(?P<tag>{_IDENT}|\*)"
    rf"|\[\s*(?P<key>[\w\-]+)\s*(?:(?P<op>[~|^$*]?=)\s*(?P<value>\"[^\"]*\"|'[^']*'|[^\]\s\"']+)"
    rf"\s*(?:[iIsS]\s*)?)?\]"
    rf"|::?(?P<pseudo>[A-Za-z\-]+)(?:\((?P<inner>[^()]*)\))?"
)
_NTH = re.compile(r"nth-(?:last-)?(?:of-type|child)")
_PLACE = re.compile(r"\d{1,4}")


class _NoSelector(Exception):
    """The text is no selector."""


def scrub_selector_uncached(text: str) -> str:
    """Return *text* with only what names a kind of element, or ``*``."""
    try:
        compounds = _parse(clean(text, 4 * MAX_SELECTOR).strip())
    except _NoSelector:
        return "*"
    kept = compounds[-MAX_COMPOUNDS:]
    selector = "".join(
        (gap if place else "") + compound for place, (gap, compound) in enumerate(kept)
    )
    return selector if len(selector) <= MAX_SELECTOR else kept[-1][1][:MAX_SELECTOR]


def _parse(text: str) -> list[tuple[str, str]]:
    """Return (combinator before, compound) in order. Raises :class:`_NoSelector`."""
    compounds: list[tuple[str, str]] = []
    gap, parts, empty, at = "", "", True, 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            raise _NoSelector
        at = token.end()
        if token["gap"]:
            if empty:
                raise _NoSelector
            compounds.append((gap, parts or "*"))
            mark = token["gap"].strip()
            gap, parts, empty = (f" {mark} " if mark else " "), "", True
        elif token["tag"] and not empty:
            raise _NoSelector
        else:
            parts += _part(token)
            empty = False
    if empty:
        raise _NoSelector
    compounds.append((gap, parts or "*"))
    return compounds


def _part(token: re.Match[str]) -> str:
    """Return what is kept of one simple selector."""
    if token["tag"]:
        return token["tag"] if _TAG.fullmatch(token["tag"]) else "*"
    if token["mark"]:
        return token[0] if _STATIC.fullmatch(token["name"]) else ""
    if token["key"]:
        return _attribute(token["key"].lower(), token["op"], token["value"] or "")
    pseudo = token["pseudo"].lower()
    if _NTH.fullmatch(pseudo):
        inner = (token["inner"] or "").strip()
        return f":{pseudo}({inner})" if _PLACE.fullmatch(inner) else ""
    if pseudo not in _PSEUDO:
        raise _NoSelector
    return ""


def _attribute(key: str, op: str | None, quoted: str) -> str:
    value = quoted.strip("\"'")
    if op != "=":
        return ""
    if key == "type" and value.lower() in _TYPES:
        return f'[type="{value.lower()}"]'
    return f'[{key}="{value}"]' if key in _LETTER_ATTRIBUTES and _STATIC.fullmatch(value) else ""
