"""What is looked for in free text, in order: what is surer goes before what is broader."""

import re
from collections.abc import Callable

from edge.privacy.codes import LONG_MIXED, scrub_codes
from edge.privacy.contacts import scrub_emails, scrub_handles, scrub_spelled_emails
from edge.privacy.identifiers import (
    scrub_ibans,
    scrub_ips,
    scrub_macs,
    scrub_user_paths,
    scrub_uuids,
    scrub_wallets,
)
from edge.privacy.numbers import scrub_births, scrub_cued, scrub_ninos, scrub_numbers
from edge.privacy.postcodes import scrub_postcodes
from edge.privacy.secrets import scrub_keywords, scrub_tokens

_IN_ORDER: tuple[Callable[[str], str], ...] = (
    scrub_tokens,
    scrub_emails,
    scrub_spelled_emails,
    scrub_keywords,
)
_WITH_DIGITS: tuple[tuple[int, Callable[[str], str]], ...] = (
    (1, scrub_uuids),
    (1, scrub_wallets),
    (4, scrub_ibans),
    (0, scrub_macs),
    (0, scrub_ips),
    (3, scrub_births),
    (4, scrub_cued),
    (6, scrub_ninos),
    (1, scrub_codes),
    (1, scrub_postcodes),
    (7, scrub_numbers),
)
"""How many digits there must be in a text for a rule to find anything, and the rule."""


_DIGIT = re.compile(r"[0-9]")


def scrub_words(text: str) -> str:
    """Return *text*, which is clean, with what leads to a person replaced by what it was."""
    for rule in _IN_ORDER:
        text = rule(text)
    text = scrub_user_paths(text)
    digits = len(_DIGIT.findall(text))
    if not digits and max(map(len, text.split()), default=0) >= LONG_MIXED:
        text = scrub_codes(text)
    for least, rule in _WITH_DIGITS:
        if digits >= least:
            text = rule(text)
    return scrub_handles(text)
