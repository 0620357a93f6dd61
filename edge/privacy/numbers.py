"""
Numbers in text that lead to a person: phones, cards, national ids, birth dates.

All digits are found in one pass over runs of digits, so that no text can make it
slow; what a run is, its digits and the marks between them say. Numbers that help
to find a fault stay: prices, dates, times, error codes, up to eight digits.
"""

import re

from edge.privacy.checksums import luhn, nhs, ssn

_RUN = re.compile(r"(?=[+(]{0,2}\d[\d ().\-/]{5})\+?\(?\d+(?:(?:[ .\-/]|\)[ \-]?| \()\d+)*")
_DATE = re.compile(
    r"(?:\d{4}[\-./]\d{1,2}[\-./]\d{1,2}|\d{1,2}[\-./]\d{1,2}[\-./](?:\d{4}|\d{2}))(?: \d{1,2})?"
)
_YEARS = re.compile(r"(?:19|20)\d\d ?[\-/] ?(?:19|20)\d\d")
_DECIMAL = re.compile(r"\d+\.\d+")
_SSN = re.compile(r"(\d{3})[ \-](\d{2})[ \-](\d{4})")
_CARD = re.compile(r"\d{4}(?:[ \-]\d{4}){3}(?:[ \-]\d{1,3})?|\d{4}[ \-]\d{6}[ \-]\d{4,5}|\d{13,19}")
_NINO = re.compile(
    r"(?i)(?<!\w)(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]"
    r"[ \-]?\d\d[ \-]?\d\d[ \-]?\d\d[ \-]?[A-D](?!\w)"
)
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
_BIRTH = re.compile(
    r"(?i)(?<!\w)(born|dob|d\.o\.b\.?|date of birth|birth ?date|birth ?day)"
    r"((?:\s{0,2}(?:is|was|on|in|at|[:=\-(])){0,2}\s{0,2})"
    r"(?:\d{4}[\-./]\d{1,2}[\-./]\d{1,2}|\d{1,2}[\-./ ]\d{1,2}[\-./ ]\d{2,4}"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {_MONTH},? \d{{2,4}}"
    rf"|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?,? \d{{2,4}}|(?:19|20)\d\d)(?!\w)"
)
_PRICE = frozenset("$€£¥#%")
MAX_PHONE = 15
"""Digits of a telephone number (ITU-T E.164)."""
HARMLESS = 8
"""Plain digits that stay: error codes, order sizes, days written as one number."""
LONG = 12
"""Digits of a run that always goes, whatever it is."""


def scrub_births(text: str) -> str:
    """Replace a date behind a word for birth by ``[dob]``; other dates stay."""
    lower = text.lower()
    if not any(cue in lower for cue in ("born", "birth", "dob", "d.o.b")):
        return text
    return _BIRTH.sub(r"\1\2[dob]", text)


def scrub_ninos(text: str) -> str:
    """Replace UK national insurance numbers by ``[natid]``."""
    return _NINO.sub("[natid]", text)


def scrub_numbers(text: str) -> str:
    """Replace phones, cards, national ids and all long runs of digits by what they are."""
    return _RUN.sub(_name, text)


def _name(found: re.Match[str]) -> str:
    run = found[0]
    digits = re.sub(r"\D", "", run)
    if len(digits) < 7:
        return run
    before = found.string[found.start() - 1 : found.start()]
    after = found.string[found.end() : found.end() + 1]
    glued = (before.isalnum() or before == "_") and run[0] not in "+("
    inside = glued or after.isalnum() or after == "_"
    if not inside and not before.startswith(tuple(_PRICE)):
        label = _identity(run, digits)
        if label:
            return label
    return "[number]" if _longest(run) >= LONG else run


def _identity(run: str, digits: str) -> str:
    """Return the label of a run that stands by itself, nothing for a harmless one."""
    plain = run.lstrip("+(")
    if _DATE.fullmatch(plain) or _YEARS.fullmatch(run) or _DECIMAL.fullmatch(run):
        return ""
    parts = _SSN.fullmatch(run)
    if parts and ssn(*parts.groups()):
        return "[natid]"
    if _CARD.fullmatch(run):
        return "[card]" if luhn(digits) else "[number]"
    if run != digits:
        return "[phone]" if len(digits) <= MAX_PHONE else "[number]"
    return _plain(digits)


def _plain(digits: str) -> str:
    """Return the label of digits without marks between them."""
    size = len(digits)
    if size == 10 and nhs(digits):
        return "[natid]"
    if size in (10, 11):
        return "[phone]"
    return "[number]" if size > HARMLESS else ""


def _longest(run: str) -> int:
    return max(len(part) for part in re.findall(r"\d+", run))
