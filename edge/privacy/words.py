"""What is looked for in free text, in order: what is surer goes before what is broader."""

from collections.abc import Callable

from edge.privacy.contacts import scrub_emails, scrub_handles, scrub_spelled_emails
from edge.privacy.identifiers import (
    scrub_codes,
    scrub_ibans,
    scrub_ips,
    scrub_macs,
    scrub_postcodes,
    scrub_user_paths,
    scrub_uuids,
    scrub_wallets,
)
from edge.privacy.numbers import scrub_births, scrub_ninos, scrub_numbers
from edge.privacy.secrets import scrub_keywords, scrub_tokens

_IN_ORDER: tuple[Callable[[str], str], ...] = (
    scrub_tokens,
    scrub_emails,
    scrub_spelled_emails,
    scrub_keywords,
)
_WITH_DIGITS: tuple[Callable[[str], str], ...] = (
    scrub_uuids,
    scrub_wallets,
    scrub_ibans,
    scrub_macs,
    scrub_ips,
    scrub_births,
    scrub_ninos,
    scrub_codes,
    scrub_postcodes,
    scrub_numbers,
)
"""These can find nothing where there is no digit; an address of IPv6 has two colons."""


def scrub_words(text: str) -> str:
    """Return *text*, which is clean, with what leads to a person replaced by what it was."""
    for rule in _IN_ORDER:
        text = rule(text)
    text = scrub_user_paths(text)
    if "::" in text or any(char.isdigit() for char in text):
        for rule in _WITH_DIGITS:
            text = rule(text)
    return scrub_handles(text)
