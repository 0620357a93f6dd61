"""
The hub scrubs again what the edge has scrubbed, and counts what it finds (house plan,
decision 11). It refuses nothing for that. Pure.
"""

from collections.abc import Callable, Iterable
from typing import Any

from msgspec.structs import replace

from edge.events.event import Event
from edge.privacy import scrub_page, scrub_referrer, scrub_selector, scrub_text

_TEXTS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("target", scrub_selector),
    ("form", scrub_selector),
    ("origin", scrub_page),
    ("referrer", scrub_referrer),
    ("name", scrub_text),
    ("subtype", scrub_text),
    ("rule", scrub_text),
    ("detector", scrub_text),
    ("comment", scrub_text),
)
"""Texts of a payload → how each is scrubbed, as at the edge."""


_LISTED: dict[type, tuple[tuple[str, Callable[[str], str]], ...]] = {}
"""Type of a payload → those of its texts that are scrubbed."""
_CLEAN: set[tuple[Callable[[str], str], str]] = set()
"""Texts that were found clean: most come again and again."""
_MOST, _SHORT = 16_384, 256
"""Texts remembered, and the longest of them."""


def scrub_all(events: Iterable[Event]) -> int:
    """Scrub the texts of *events* in place; return how many were not clean."""
    if len(_CLEAN) > _MOST:
        _CLEAN.clear()
    return sum(scrub_again(event) for event in events if not _is_clean(event))


def _is_clean(event: Event) -> bool:
    """Tell whether every text of *event* is known to be clean, or proves to be."""
    payload: Any = event.payload
    kind = type(payload)
    if kind not in _LISTED:
        _LISTED[kind] = _listed(kind)
    for name, scrub in _LISTED[kind]:
        text = getattr(payload, name)
        if text and (scrub is _never or (scrub, text) not in _CLEAN) and not _proves(scrub, text):
            return False
    page = event.page
    return (scrub_page, page) in _CLEAN or _proves(scrub_page, page)


def _listed(kind: type) -> tuple[tuple[str, Callable[[str], str]], ...]:
    fields = set(kind.__struct_fields__)  # type: ignore[attr-defined]
    found = tuple((name, scrub) for name, scrub in _TEXTS if name in fields)
    return (*found, ("answers", _never)) if "answers" in fields else found


def _never(_: object) -> str:
    """Stand for what is looked at in full: the answers of a tap hold texts of their own."""
    return ""


def _proves(scrub: Callable[[str], str], text: str) -> bool:
    if scrub is _never or scrub(text) != text:
        return False
    if len(text) <= _SHORT:
        _CLEAN.add((scrub, text))
    return True


def scrub_again(event: Event) -> int:
    """Scrub the texts of *event* in place; return how many were not clean."""
    found = 0
    page = scrub_page(event.page)
    if page != event.page:
        event.page = page
        found += 1
    payload: Any = event.payload
    changes = _changes(payload)
    answers = getattr(payload, "answers", None)
    if answers is not None and (inner := _changes(answers)):
        changes["answers"] = replace(answers, **inner)
        found += len(inner) - 1
    if changes:
        event.payload = replace(payload, **changes)
    return found + len(changes)


def _changes(struct: Any) -> dict[str, Any]:
    """Return the texts of *struct* that are not clean, scrubbed."""
    changes: dict[str, Any] = {}
    for name, scrub in _TEXTS:
        text = getattr(struct, name, None)
        if text:
            clean = scrub(text)
            if clean != text:
                changes[name] = clean
    return changes
