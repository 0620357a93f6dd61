"""
Free text that a visitor wrote: a comment.

Bare names are not found, and nothing here claims to make a text anonymous.
"""

import re

from edge.privacy.clean import clean
from edge.privacy.secrets import scrub_pem
from edge.privacy.url import scrub_url
from edge.privacy.words import scrub_words

MAX_TEXT = 4000
ROUNDS = 3
"""Looks at a text: what was replaced may have hidden what it was glued to."""
SHORT = 1000
"""Characters up to which a text is looked at again; the widget lets one write 500."""

_WEB = re.compile(r"(?i)(?<!\w)(?:https?://|www\.)[^\s<>\"']{1,2048}")
_LOGIN = re.compile(r"(?<![A-Za-z0-9+.\-])([A-Za-z][A-Za-z0-9+.\-]{0,30}://)[^\s/@]{1,256}@")
_AFTER = ".,;:!?)}"
"""Marks that end a sentence, not the address before them."""


def scrub_text_uncached(text: str) -> str:
    """Return *text* with what leads to a person replaced by what it was, such as ``[email]``."""
    text = scrub_pem(clean(text, MAX_TEXT))
    for _ in range(ROUNDS if len(text) <= SHORT else 1):
        scrubbed = _scrub(text)
        if scrubbed == text:
            break
        text = scrubbed
    return text[:MAX_TEXT]


def _scrub(text: str) -> str:
    if "://" in text or "www." in text.lower():
        text = _LOGIN.sub(r"\1", text)
        text = _WEB.sub(_link, text)
    return scrub_words(text)


def _link(found: re.Match[str]) -> str:
    text = found[0]
    bare = text.rstrip(_AFTER if "[" in text else _AFTER + "]")
    return scrub_url(bare) + text[len(bare) :]
