"""
Numbers in text that lead to a person: phones, cards, national ids, birth dates.

All digits are found in one pass over runs of digits, so that no text can make it
slow; what a run is, its digits, the marks between them and what stands beside it say.
Numbers that help to find a fault stay: prices, dates, times, error codes, up to eight digits.
"""

import re
from itertools import count

from edge.privacy.checksums import ahv, citizen, cpf, luhn, nhs, ssn
from edge.privacy.harmless import is_harmless
from edge.privacy.letters import is_ascii_letter, words_before

_RUN = re.compile(
    r"(?=[+(]{0,2}[0-9][0-9 ().\-/]{5})\+?(?:\((?=[0-9 .\-]{1,6}\)))?[0-9]++"
    r"(?:(?: ?[\-/] ?|[ .]|\)[ .\-/]?| ?\((?=[0-9 .\-]{1,6}\)))[0-9]++)*+"
    r"(?P<extension>\s?(?i:x|ext\.?|extn\.?|extension|durchwahl|dw|poste|#)\s?[0-9]{1,6}"
    r"(?![A-Za-z0-9_]))?"
)
_DIGITS = re.compile(r"[0-9]+")
_SSN = re.compile(r"([0-9]{3})[ \-]([0-9]{2})[ \-]([0-9]{4})")
_CARD = re.compile(
    r"[0-9]{4}(?:[ .\-][0-9]{4}){3}(?:[ .\-][0-9]{1,3})?|[0-9]{4}[ .\-][0-9]{6}[ .\-][0-9]{4,5}"
    r"|[0-9]{13,19}"
)
_AHV = re.compile(r"756\.[0-9]{4}\.[0-9]{4}\.[0-9]{2}")
_CPF = re.compile(r"[0-9]{3}\.[0-9]{3}\.[0-9]{3}-[0-9]{2}")
_SURE_PHONE = re.compile(
    r"(?:1[ .\-])?\(?[2-9][0-9]{2}(?:\) ?|[ .\-])[2-9][0-9]{2}[ .\-][0-9]{4}"
    r"|0[0-9]{1,4}-[0-9]{2,4}-[0-9]{3,4}|\+.*"
)
"""Telephones by their form alone: of the North American plan, of Japan, international."""
_NINO = re.compile(
    r"[A-CEGHJ-PR-TW-Za-ceghj-pr-tw-z](?<![A-Za-z0-9_].)[A-CEGHJ-NPR-TW-Za-ceghj-npr-tw-z]"
    r"[ \-]?[0-9]{2}[ \-]?[0-9]{2}[ \-]?[0-9]{2}[ \-]?[A-Da-d](?![A-Za-z0-9_])"
)
_NO_NINO = frozenset({"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"})
_MONTH = (
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mär|mai|okt|dez|fév|avr|juin|aoû|déc|ene"
    r"|abr|ago|dic|gen|mag|giu|lug|set|ott|fev|out)[a-zû]{0,7}\.?"
)
_BIRTH = re.compile(
    r"(?i)(?<![a-z0-9_])(born|dob|d\.o\.b\.?|date of birth|birth ?date|birth ?day|geboren|geb\."
    r"|geburtsdatum|née? le|nacid[oa] el|nat[oa] il|nascid[oa] em|date de naissance"
    r"|fecha de nacimiento|data di nascita|data de nascimento|geboortedatum|生年月日|出生日期|生日)"
    r"((?:\s{0,2}(?:is|was|on|in|at|am|el|op|le|[:=\-(：是は])){0,2}\s{0,2})"
    r"(?:[0-9]{4}[\-./][0-9]{1,2}[\-./][0-9]{1,2}|[0-9]{1,2}[\-./ ][0-9]{1,2}[\-./ ][0-9]{2,4}"
    r"|[0-9]{4}年[0-9]{1,2}月[0-9]{1,2}日"
    rf"|[0-9]{{1,2}}(?:st|nd|rd|th|er|\.)?(?: of| de)? {_MONTH},?(?: del?)? [0-9]{{2,4}}"
    rf"|{_MONTH} [0-9]{{1,2}}(?:st|nd|rd|th)?,? [0-9]{{2,4}}|(?:19|20)[0-9]{{2}})(?![A-Za-z0-9_])"
)
_CUES = (
    "born", "birth", "dob", "d.o.b", "geb", "née le", "né le", "nacido", "nacida", "nato il",
    "nata il", "nascid", "naissance", "nacimiento", "nascita", "nascimento", "生",
)  # fmt: skip
_CUED = re.compile(
    r"(?i)(?<![a-z0-9_])((?:steuer-?(?:id|nummer)|dni|pan|medicare|sort code"
    r"|account (?:no\.?|number)|account(?= [0-9]{6,10}(?![ .\-/]?[0-9])))"
    r"(?: (?:no\.?|nr\.?|number|card|is|ist|es))?[ :.#]{1,3})"
    r"([a-z]{0,5}[0-9][a-z0-9]{0,13}(?:[ .\-/][a-z]{0,3}[0-9][a-z0-9]{0,5}|-[a-z]){0,5})"
    r"(?![a-z0-9])"
)
"""Identity cards, taxpayers, patients and accounts of several countries, behind their names."""
_ID_CUES = ("steuer", "dni", "pan", "medicare", "sort code", "account")
_BANK = ("sort", "account")
SHORTEST_ID, FEWEST_DIGITS = 6, 4
"""Letters and digits, and digits among them, of a number behind its name."""
_CALL_WORDS = """
phone tel telephone telefon tél call mobile cell fax whatsapp handy ring sms text
"""
_CALL = frozenset(_CALL_WORDS.split())
_CODE = re.compile(r"(?<![A-Za-z0-9_])([A-Z]{2,6})-$")
_CALL_GLUED = ("电话", "電話", "手机", "手機", "携帯", "전화", "电话是", "電話は", "手机是")
MAX_PHONE = 15
"""Digits of a telephone number (ITU-T E.164)."""
MIN_PHONE = 7
"""Digits from which a number with marks in it may be a telephone's."""
HARMLESS = 8
"""Plain digits that stay: error codes, order sizes, days written as one number."""
MAX_JUDGED = 100
"""Numbers of a text that are judged one by one; a text with more is a list, and they all go."""
LONGEST = 64
"""Characters of a run; what is longer is no number that anybody uses."""
LONG = 12
"""Digits of a run that always goes, whatever it is."""


def scrub_births(text: str) -> str:
    """Replace a date behind a word for birth by ``[dob]``; other dates stay."""
    lower = text.lower()
    return _BIRTH.sub(r"\1\2[dob]", text) if any(cue in lower for cue in _CUES) else text


def scrub_cued(text: str) -> str:
    """Replace what follows the name of a national id by ``[natid]``, of an account's number."""
    lower = text.lower()
    return _CUED.sub(_cued, text) if any(cue in lower for cue in _ID_CUES) else text


def _cued(found: re.Match[str]) -> str:
    digits = sum(map(str.isdigit, found[2]))
    if digits < FEWEST_DIGITS or sum(map(str.isalnum, found[2])) < SHORTEST_ID:
        return found[0]
    return found[1] + ("[number]" if found[1].lower().startswith(_BANK) else "[natid]")


def scrub_ninos(text: str) -> str:
    """Replace UK national insurance numbers by ``[natid]``."""
    return _NINO.sub(
        lambda found: found[0] if found[0][:2].upper() in _NO_NINO else "[natid]", text
    )


def scrub_numbers(text: str) -> str:
    """Replace phones, cards, national ids and all long runs of digits by what they are."""
    judged = count(1)
    return _RUN.sub(lambda found: _name(found, judged), text)


def _name(found: re.Match[str], judged: "count[int]") -> str:
    if len(found[0]) < MIN_PHONE:
        return found[0]
    text, start = found.string, found.start()
    extension = found["extension"] or ""
    run = found[0].removesuffix(extension)
    if len(run) > LONGEST:
        return "[number]"
    groups = _DIGITS.findall(run)
    digits = "".join(groups)
    if len(digits) < MIN_PHONE:
        return found[0]
    if next(judged) > MAX_JUDGED:
        return "[number]"
    label = _judge(text, start, run, groups, digits)
    if label == "[phone]":
        return label
    return (label or ("[number]" if max(map(len, groups)) >= LONG else run)) + extension


def _judge(text: str, start: int, run: str, groups: list[str], digits: str) -> str:
    """Return the label of a run by what stands beside it, nothing for a harmless one."""
    end = start + len(run)
    glued = is_ascii_letter(text, end) or (run[0] not in "+(" and _is_led(text, start))
    if label := _identity(run, digits):
        return label
    if len(digits) == 10 and nhs(digits) and "nhs" in words_before(text, start):
        return "[natid]"
    if glued:
        return "[phone]" if _SURE_PHONE.fullmatch(run) else ""
    harmless = (run == digits and len(digits) <= HARMLESS) or (
        run[0] != "(" and is_harmless(text, start, run, groups)
    )
    if text[max(0, start - 1) : start] == "#" or (harmless and not _is_called(text, start)):
        return ""
    return _plain(digits) if run == digits and not harmless else _phone(digits)


def _phone(digits: str) -> str:
    return "[phone]" if len(digits) <= MAX_PHONE else "[number]"


def _is_led(text: str, start: int) -> bool:
    """Say whether letters lead a number on, as in E123 or CVE-2024-12345."""
    if is_ascii_letter(text, start - 1):
        return True
    if text[max(0, start - 1) : start] != "-":
        return False
    led = _CODE.search(text, max(0, start - 8), start)
    return led is not None and led[1].lower() not in _CALL


def _is_called(text: str, start: int) -> bool:
    """Say whether the words before a number call it a telephone's."""
    glued = text[max(0, start - 8) : start].rstrip(" :.").endswith(_CALL_GLUED)
    return glued or not _CALL.isdisjoint(words_before(text, start))


def _identity(run: str, digits: str) -> str:
    """Return the label of what has a form or a check sum of its own."""
    size = len(digits)
    if size == 9:
        parts = _SSN.fullmatch(run)
        return "[natid]" if parts and ssn(*parts.groups()) else ""
    if size == 11:
        return "[natid]" if _CPF.fullmatch(run) and cpf(digits) else ""
    if size < 13:
        return ""
    if (_AHV.fullmatch(run) and ahv(digits)) or (run == digits and size == 18 and citizen(digits)):
        return "[natid]"
    if _CARD.fullmatch(run):
        return "[card]" if luhn(digits) else "[number]"
    return ""


def _plain(digits: str) -> str:
    """Return the label of more than eight digits without marks between them."""
    size = len(digits)
    if size == 10 and nhs(digits):
        return "[natid]"
    return "[phone]" if size in (10, 11) else "[number]"
