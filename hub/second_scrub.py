"""
The hub scrubs again what the edge has scrubbed, and counts what it finds (house plan,
decision 11). It refuses nothing for that. Pure.
"""

from collections.abc import Callable
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
