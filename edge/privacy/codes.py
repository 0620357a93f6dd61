"""
Ids and tokens of no known make: words that nobody would say.

What is made at random mixes letters, digits and case as no word, version or size does.
"""

import re
from itertools import count

_RUN = re.compile(
    r"(?<![A-Za-z0-9_\-#])(?=[A-Za-z_\-]*[0-9]|[A-Za-z]{20})([A-Za-z0-9_\-]{8,}+)(={0,2})"
)
_NO_MARKS = str.maketrans("", "", "-_")
_PART = re.compile(r"[A-Za-z0-9_]{8,}")
_CHUNK = re.compile(r"[A-Za-z0-9]+")
_REFERENCE = re.compile(r"[A-Za-z]{1,5}\d{6,}[A-Za-z]?")
_HEX = re.compile(r"(?=(?:[a-fA-F]*\d){2})[0-9a-fA-F]{16,}")
_VIN = re.compile(r"(?=[0-9]*[A-Z])[A-HJ-NPR-Z0-9]{13}\d{4}")
"""A vehicle's number (ISO 3779): 17 letters and digits without I, O and Q."""
_SEGMENT = re.compile(r"\d+|[A-Za-z]+")
_KNOWN = re.compile(r"(?i)[hx]26[456]|mp[34]|utf(?:8|16)|sha(?:1|256|512)|md5")
"""Names of formats with digits in them."""
_HUMP = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_VOWEL = re.compile(r"[aeiouyAEIOUY]")
_MEASURE = re.compile(r"\d+x\d+(?:x\d+)?|\d{8}T\d{4,6}Z?|(?:\d+[hmsdw])+")
"""Sizes and moments: 1920x1080, 20240501T1030, 1h30m."""
MAX_JUDGED = 100
"""Words of a text that are judged one by one; a text with more is a list, and they all go."""
LONG = 16
"""Letters and digits from which a mixture is an id: 80 bits where they are random."""
LONG_MIXED = 20
"""Letters from which a mixture of cases is a token."""
ENOUGH = 12
"""Letters and digits of the mixed parts of an id that is written in groups."""


def scrub_codes(text: str) -> str:
    """Replace reference numbers and ids by ``[id]``, what looks like a token by ``[token]``."""
    judged = count(1)
    return _RUN.sub(lambda found: _name_run(found, judged), text)


def is_token(text: str) -> bool:
    """Say whether *text*, a word, is a mixture of cases that nobody would say; base64 as well."""
    text = text.rstrip("=")
    if len(text) < LONG_MIXED or text.islower() or text.isupper() or not _CHUNK.fullmatch(text):
        return False
    humps = _HUMP.findall(text)
    odd = sum(len(hump) <= 2 or not _VOWEL.search(hump) for hump in humps)
    return 2 * odd >= len(humps)


def _name_run(found: re.Match[str], judged: "count[int]") -> str:
    name = _name_word(found[1], judged)
    return name if name == "[token]" else name + found[2]


def _name_word(run: str, judged: "count[int]") -> str:
    if run.translate(_NO_MARKS).isdigit():
        return run
    if next(judged) > MAX_JUDGED:
        return "[id]"
    if "-" not in run and "_" not in run:
        return _name(run)
    chunks = _CHUNK.findall(run)
    if sum(len(chunk) for chunk in chunks if _is_mixed(chunk)) >= ENOUGH:
        return "[id]"
    return _PART.sub(lambda part: _name(part[0]), run)


def _name(text: str) -> str:
    digits = sum(map(str.isdigit, text))
    if digits == len(text):
        return text
    if digits < 2:
        return "[token]" if is_token(text) else text
    if _REFERENCE.fullmatch(text) or _HEX.fullmatch(text) or _VIN.fullmatch(text):
        return "[id]"
    if len(text) < LONG or _are_words(_SEGMENT.findall(text)):
        return text
    both = any(map(str.islower, text)) and any(map(str.isupper, text))
    label = "[token]" if both and len(text) >= LONG_MIXED else ""
    if not label and _is_mixed(text, segments=5):
        label = "[id]"
    return label if label and not _are_words(_SEGMENT.findall(_KNOWN.sub("", text))) else text


def _is_mixed(chunk: str, segments: int = 3) -> bool:
    """Say whether letters and digits take turns, and the letters are no words."""
    found = _SEGMENT.findall(chunk)
    if len(chunk) < 4 or len(found) < segments or _MEASURE.fullmatch(chunk):
        return False
    return not _are_words(found)


def _are_words(segments: list[str]) -> bool:
    """Say whether the letters among *segments* can be said: Step1Step2Step3."""
    return all(len(part) >= 3 and _VOWEL.search(part) for part in segments if part[0] > "9")
