"""
Where a word ends, in text that mixes scripts, and what stands before a place.

Chinese, Japanese, Thai and others write no spaces: there a number or an address
stands between letters, and ends where the script changes.
"""

ALPHABETIC = "A-Za-z0-9\u00aa\u00b5\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u058f"
"""A class of letters and digits: Latin, Greek, Cyrillic, Armenian, the scripts of addresses."""
LAST_ALPHABETIC = "\u058f"
_LOOK_BACK = 24
_MARKS = " .:=：#("


def is_ascii_letter(text: str, at: int) -> bool:
    """Say whether an ASCII letter stands at *at*, which may lie outside of *text*."""
    char = text[at : at + 1] if at >= 0 else ""
    return char.isascii() and char.isalpha()


def words_before(text: str, at: int) -> list[str]:
    """Return the last words before *at*, in small letters, the nearest first; at most three."""
    if not at:
        return []
    before = text[max(0, at - _LOOK_BACK) : at].rstrip(_MARKS).lower()
    words = before.rsplit(None, 3)
    return [word.strip("(\"'.,:;") for word in words[:-4:-1]]
