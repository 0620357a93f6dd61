"""
What is scrubbed from urls, selectors and text, and how; pure.

The order follows the house's rule: allow-lists where there is a grammar, patterns
only for free text, each of them linear. Pages and selectors repeat, so short
answers are remembered; the memory is bounded.
"""

from collections.abc import Callable
from functools import lru_cache, wraps

from edge.privacy.selector import scrub_selector_uncached
from edge.privacy.text import scrub_text_uncached
from edge.privacy.url import host_of, scrub_url

REMEMBERED = 4096
"""Answers that each scrubber remembers."""
SHORT = 256
"""Characters of a text whose answer is remembered."""


def _remembering(scrub: Callable[[str], str]) -> Callable[[str], str]:
    remembered = lru_cache(maxsize=REMEMBERED)(scrub)

    @wraps(scrub)
    def answer(text: str) -> str:
        return remembered(text) if len(text) <= SHORT else scrub(text)

    return answer


@_remembering
def scrub_page(text: str) -> str:
    """Return *text*, a page's path or address, with only what is allowed left of it."""
    return scrub_url(text)


@_remembering
def scrub_referrer(text: str) -> str:
    """Return the host of *text*, the page before; empty where there is none."""
    return host_of(text)


@_remembering
def scrub_selector(text: str) -> str:
    """Return *text* with only what names a kind of element, or ``*``."""
    return scrub_selector_uncached(text)


@_remembering
def scrub_text(text: str) -> str:
    """Return *text*, which a visitor wrote, with what leads to a person replaced."""
    return scrub_text_uncached(text)


__all__ = ["scrub_page", "scrub_referrer", "scrub_selector", "scrub_text"]
