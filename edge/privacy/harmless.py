"""
Numbers that help to find a fault and name nobody: dates, versions, amounts, sizes.

A run is digits in groups with marks between them, as it stands in a text.
"""

import re
from collections.abc import Callable
from itertools import pairwise

from edge.privacy.letters import SIGNS, words_before

_YEAR = r"(?:19|20)\d\d"
_MONTH, _DAY = r"(?:0?[1-9]|1[0-2])", r"(?:0?[1-9]|[12]\d|3[01])"
_TIME = r"(?:[ \-]{1,3}[0-2]?\d(?:[\-.][0-5]\d){1,2}(?:[\-.]\d{1,3})?(?!\d))?"
_NO_DIGITS = str.maketrans("", "", "0123456789")
_DIGITS_ALONE = str.maketrans("", "", " ().-/+")


def _date(mark: str) -> str:
    """Return the pattern of a day written with *mark*; more of the same is no day."""
    forms = f"{_YEAR}{mark}{_MONTH}{mark}{_DAY}|{_DAY}{mark}{_DAY}{mark}(?:{_YEAR}|\\d\\d)"
    return rf"(?<!\d)(?<!\d{mark})(?:{forms})(?!\d){_TIME}(?!{mark}?\d)"


_DATE = re.compile(
    "|".join([*map(_date, ("-", r"\.", "/")), rf"(?<![\d ]){_DAY} {_MONTH} {_YEAR}(?! ?\d)"])
)
"""A day, and a moment of it as files are named: 2024-05-01-10-30-15."""
_YEARS = re.compile(r"(?:19|20)\d\d(?: ?[\-/ ] ?(?:19|20)\d\d)+")
_DECIMALS = re.compile(
    r"(?:0|[1-9]\d*)\.\d+|(?:0|[1-9]\d{0,3})\.\d{1,3}(?: ?[\-/ ] ?(?:0|[1-9]\d{0,3})\.\d{1,3})+"
)
_VERSION = re.compile(r"(?:0|[1-9]\d{0,5})(?:\.\d{1,6}){2,7}")
_DOTTED_PHONE = re.compile(
    r"0\d*\..*|(?:1\.)?\d{3}\.\d{3}\.\d{4}|\d{2}(?:\.\d{2}){3,}|\d{2,4}(?:\.\d{3,4}){2,}"
)
"""As telephones are written, and no version: no group but the country's has one digit."""
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:([. ])\d{3})(?:\1\d{3})+(?:\.\d{1,2})?")
_RANGE = re.compile(r"([1-9]\d{2,})(?:-| - )([1-9]\d{2,})")
_UNITS = """
kr eur usd gbp chf sek nok dkk pln czk huf jpy cny inr rub try brl krw aud cad euros? dollars?
pounds? yen rubles? zł kč ft лв руб円? bytes? b [kmgt]i?b ms ns µs us s px pt rows? items? users?
views? clicks? visits? visitors? events? requests? records? lines? points? steps? people times
orders? products? pages? results? entries files? images? photos? km m cm mm kg g years? hours?
minutes? seconds? days? downloads? tokens? characters? chars
"""
_UNIT = re.compile(
    r"(?i)(?:,(?:\d{1,2}(?!\d)|-)|\.-)?\s?(?:[€$£¥₽₹%‰円元원]|(?:"
    + "|".join(_UNITS.split())
    + r")(?![a-z0-9_]))"
)
_CURRENCY_WORDS = """
eur usd gbp chf sek nok dkk pln czk huf jpy cny inr rub brl aud cad kr rs cost costs price prices
total sum amount paid pay
"""
_CURRENCY = frozenset(_CURRENCY_WORDS.split())
_VERSIONED_WORDS = """
v ver version release build revision rev update firmware driver
"""
_VERSIONED = frozenset(_VERSIONED_WORDS.split())
_STANDARD_WORDS = """
iso iec iso/iec din en rfc ieee ansi
"""
_STANDARD = frozenset(_STANDARD_WORDS.split())
_DOCUMENT_WORDS = """
invoice order ticket case issue bug ref reference no nr number rechnung bestellung
"""
_DOCUMENT = frozenset(_DOCUMENT_WORDS.split())
_NUMBERED = re.compile(r"(?:19|20)\d\d[\-/]\d{3,6}")
_STATUS_WORDS = """
200 201 202 204 206 301 302 303 304 307 308 400 401 403 404 405 406 408 409 410 413 415 418 422
429 431 500 501 502 503 504 505
"""
_STATUS = frozenset(_STATUS_WORDS.split())
"""Codes of HTTP (RFC 9110)."""


def is_harmless(text: str, start: int, run: str, groups: list[str]) -> bool:
    """Say whether *run*, with its *groups* of digits at *start* of *text*, names nobody."""
    if run[0] == "+":  # what joins words in a query: "+2024-05-01"; no amount is written so
        return _are_dates(run, groups)
    if len(groups) == 1:
        return _is_counted(text, start, run)
    marks = run.translate(_NO_DIGITS)
    mark = marks[0] if marks == marks[0] * len(marks) else ""
    for holds in _FORMS.get(mark, _FORMS[""]):
        if holds(run, groups):
            return True
    if len(groups) == 2:
        word = "".join(words_before(text, start)[:1])
        return word in _STANDARD or (word in _DOCUMENT and _NUMBERED.fullmatch(run) is not None)
    if _VERSION.fullmatch(run) and not _VERSIONED.isdisjoint(words_before(text, start)[:1]):
        return True
    return _THOUSANDS.fullmatch(run) is not None and _is_counted(text, start, run)


def _is_counted(text: str, start: int, run: str) -> bool:
    """Say whether a unit stands behind the run, or a currency before it."""
    if _UNIT.match(text, start + len(run)):
        return True
    word = "".join(words_before(text, start)[:1])
    return word in _CURRENCY or (word != "" and word[-1] in SIGNS)


def _are_years(run: str, groups: list[str]) -> bool:
    return len(groups[0]) == 4 and _YEARS.fullmatch(run) is not None


def _are_dates(run: str, groups: list[str]) -> bool:
    """Days and moments, with less beside them than a telephone's number has digits."""
    if len(groups) < 3 or max(map(len, groups)) > 6:
        return False
    rest, found = _DATE.subn("", run)
    return found > 0 and len(rest.translate(_DIGITS_ALONE)) < 7


def _are_decimals(run: str, groups: list[str]) -> bool:
    return len(groups) % 2 == 0 and _DECIMALS.fullmatch(run) is not None


def _is_version(run: str, groups: list[str]) -> bool:
    return (
        len(groups) > 2
        and _VERSION.fullmatch(run) is not None
        and _DOTTED_PHONE.fullmatch(run) is None
    )


def _are_thousands(run: str, groups: list[str]) -> bool:
    """1 299 000 and 250.000.000; three groups of three may be a telephone's."""
    found = _THOUSANDS.fullmatch(run)
    return found is not None and (len(groups[0]) < 3 or run.endswith("000"))


def _are_sizes(_: str, groups: list[str]) -> bool:
    """38/40/42/44."""
    return len(groups) > 2 and groups[0][0] != "0" and max(map(len, groups)) <= 2


def _are_steps(_: str, groups: list[str]) -> bool:
    """10-20-30-40, 1 2 3 4 5 6 7: numbers that grow by the same."""
    if len(groups) < 4 or groups[0][0] == "0" or max(map(len, groups)) > 4:
        return False
    values = list(map(int, groups))
    step = values[1] - values[0]
    return step > 0 and all(b - a == step for a, b in pairwise(values))


def _are_statuses(_: str, groups: list[str]) -> bool:
    return _STATUS.issuperset(groups)


def _is_range(run: str, groups: list[str]) -> bool:
    """1000-2000, 12500 - 13000."""
    if len(groups) != 2 or _RANGE.fullmatch(run) is None:
        return False
    low, high = groups
    longer = len(high) - len(low)
    grows = longer == 1 or (longer == 0 and low <= high)
    return grows and (" - " in run or (low.endswith("00") and high.endswith("00")))


_FORMS: dict[str, tuple[Callable[[str, list[str]], bool], ...]] = {
    ".": (_are_decimals, _is_version, _are_thousands, _are_dates),
    "-": (_are_years, _are_dates, _is_range, _are_steps),
    "/": (_are_years, _are_dates, _are_sizes, _are_steps, _are_statuses),
    " ": (_are_years, _are_thousands, _are_dates, _are_steps, _are_statuses),
    "": (_are_years, _are_dates, _are_decimals, _are_thousands, _is_range, _are_steps),
}
"""The one mark between the groups of a run, empty where they differ → what it may be."""
