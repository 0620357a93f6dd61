"""
Where a word ends, in text that mixes scripts, and what stands before a place.

Chinese, Japanese, Thai and others write no spaces: there a number or an address
stands between letters, and ends where the script changes.
"""

import re

ALPHABETIC = "A-Za-z0-9\u00aa\u00b5\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u058f"
"""A class of letters and digits: Latin, Greek, Cyrillic, Armenian, the scripts of addresses."""
LAST_ALPHABETIC = "\u058f"
SIGNS = "$€£¥₽₹%"
_LOOK_BACK = 24
_MARKS = " .:=：#("
_QUOTES = "(\"'.,:;“”‘’«»"
_OTHER = re.compile(rf".*[^\x00-{LAST_ALPHABETIC}{SIGNS}]")


def is_ascii_letter(text: str, at: int) -> bool:
    """Say whether an ASCII letter stands at *at*, which may lie outside of *text*."""
    char = text[at : at + 1] if at >= 0 else ""
    return char.isascii() and char.isalpha()


def words_before(text: str, at: int) -> list[str]:
    """
    Return the last words before *at*, in small letters, the nearest first; at most three.

    None where something else than a word or a currency's sign stands there.
    """
    before = text[max(0, at - _LOOK_BACK) : at].rstrip(_MARKS)
    if not before or not (before[-1].isalpha() or before[-1] in SIGNS):
        return []
    words = before.lower().rsplit(None, 3)
    return [_bare(word) for word in words[:-4:-1]]


def _bare(word: str) -> str:
    word = word.strip(_QUOTES)
    return word if word.isascii() else _OTHER.sub("", word)
