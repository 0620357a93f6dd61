"""
Free text that a visitor wrote: a comment.

Bare names are not found, and nothing here claims to make a text anonymous.
"""

import re

from edge.privacy.clean import clean, plain_digits
from edge.privacy.secrets import scrub_pem
from edge.privacy.url import scrub_url
from edge.privacy.words import scrub_words

MAX_TEXT = 4000
LOOKS = 4000
"""Characters that are looked at in all: what was replaced may have hidden what it was glued
to, so that a text is looked at until nothing is found, as often as its length allows."""
MAX_ROUNDS = 4
LONGEST_WORD = 320
"""Characters of a last word that are looked at: the longest email has as many (RFC 3696, 3)."""
UNSETTLED = "[text]"
"""What is left of a text in which each look finds something new: nobody wrote it to be read."""
MAX_LINKS = 16
"""Addresses of a text that are kept."""

_WEB = re.compile(r"(?i)(?<![A-Za-z0-9_])(?:https?://|www\.)[^\s<>\"']{1,2048}+")
_LOGIN = re.compile(r"(?<![A-Za-z0-9+.\-])([A-Za-z][A-Za-z0-9+.\-]{0,30}+://)[^\s/@]{1,256}+@")
_WHOLE_WORDS = re.compile(r"(?s)(?:.*\s)?")
_AFTER = ".,;:!?)}"
"""Marks that end a sentence, not the address before them."""


def scrub_text_uncached(text: str) -> str:
    """Return *text* with what leads to a person replaced by what it was, such as ``[email]``."""
    text = clean(text, MAX_TEXT + 1)
    if len(text) > MAX_TEXT:
        # Half a word may hide what it is.
        end = MAX_TEXT - LONGEST_WORD
        text = text[:end] + _WHOLE_WORDS.match(text, end, MAX_TEXT)[0]  # type: ignore[index]
    plain = plain_digits(text)
    scrubbed = _settle(scrub_pem(plain))
    return text if scrubbed == plain else scrubbed


def _settle(text: str) -> str:
    """Return *text* scrubbed until nothing is found, so that a second scrubbing finds nothing."""
    looks = max(1, min(MAX_ROUNDS, LOOKS // max(1, len(text))))
    for _ in range(looks):
        scrubbed = scrub_once(text)
        if scrubbed == text:
            return text
        text = scrubbed
    return UNSETTLED if looks == MAX_ROUNDS else text[:MAX_TEXT]


def scrub_once(text: str) -> str:
    """Return *text*, which is clean, after one look for all that is replaced."""
    if "://" in text or "www." in text.lower():
        text = _LOGIN.sub(r"\1", text)
        text = _Links().scrub(text)
    return scrub_words(text)


class _Links:
    """Scrubs the addresses of one text; counts them, since each costs as much as a page."""

    def __init__(self) -> None:
        self._seen = 0

    def scrub(self, text: str) -> str:
        return _WEB.sub(self._link, text)

    def _link(self, found: re.Match[str]) -> str:
        self._seen += 1
        if self._seen > MAX_LINKS:
            return "[link]"
        text = found[0]
        bare = text.rstrip(_AFTER if "[" in text else _AFTER + "]")
        return scrub_url(bare) + text[len(bare) :]
