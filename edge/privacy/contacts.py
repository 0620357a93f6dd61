"""Ways to reach a person in text: email addresses, however they are spelled, and handles."""

import re

_DOMAIN = re.compile(r"@\[?([\w\-]{1,63}(?:\.[\w\-]{1,63}){1,8})\]?")
_MAX_LOCAL = 64
_LOCAL = frozenset(".%+-'_!#$&*/=?^`{|}~")
_AT = r"(?:[(\[{<]\s{0,2}at\s{0,2}[)\]}>]|@)"
_DOT = r"(?:\s{0,2}[(\[{<]\s{0,2}(?:dot|\.)\s{0,2}[)\]}>]\s{0,2}|\s{1,2}dot\s{1,2}|\.)"
_SPELLED = re.compile(
    rf"(?i)\s{{0,2}}{_AT}\s{{0,2}}[\w\-]{{1,63}}(?:{_DOT}[\w\-]{{1,63}}){{1,4}}"
    r"|\s{1,2}at\s{1,2}[\w\-]{1,63}(?:\s{1,2}dot\s{1,2}[\w\-]{1,63}){1,4}"
)
_HANDLE = re.compile(r"(?<![\w@./])@[A-Za-z_]\w{1,29}")


def scrub_emails(text: str) -> str:
    """Replace ``jane@example.com`` by ``[email]``."""
    return _with_local_part(_DOMAIN, text) if "@" in text else text


def scrub_spelled_emails(text: str) -> str:
    """Replace ``jane (at) example (dot) com`` and ``jane at example dot com`` by ``[email]``."""
    lower = text.lower()
    if "dot" not in lower and "at" not in lower and "(.)" not in lower and "[.]" not in lower:
        return text
    return _with_local_part(_SPELLED, text)


def scrub_handles(text: str) -> str:
    """Replace ``@jane`` by ``[handle]``."""
    return _HANDLE.sub("[handle]", text) if "@" in text else text


def _with_local_part(domains: re.Pattern[str], text: str) -> str:
    """Replace each match and the local part before it. Linear: no character is read twice."""
    kept, at = [], 0
    for found in domains.finditer(text):
        start = _local_start(text, found.start(), at)
        if start < found.start():
            kept += [text[at:start], "[email]"]
            at = found.end()
    return "".join([*kept, text[at:]])


def _local_start(text: str, end: int, floor: int) -> int:
    """Return where the local part that ends at *end* begins, not before *floor*."""
    start = end
    floor = max(floor, end - _MAX_LOCAL)
    if start > floor and text[start - 1] == '"':
        quote = text.rfind('"', floor, start - 1)
        return start if quote < 0 else quote
    while start > floor and (text[start - 1].isalnum() or text[start - 1] in _LOCAL):
        start -= 1
    return start
