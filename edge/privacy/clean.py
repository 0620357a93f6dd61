"""What is done first with any text: one form of each letter, and no letter that hides."""

import re
import unicodedata

_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # controls
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e"  # soft hyphen, fillers
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\uffa0"  # zero width, bidi
    "\U000e0000-\U000e007f]"  # tags
)
_SPACE = str.maketrans("\t\n\r", "   ")
_PIECE = 512
"""Characters normalised at once: one letter can become eighteen."""


def clean(text: str, limit: int) -> str:
    """
    Return *text* in NFKC, without zero-width, bidi and control characters, at most *limit* long.

    Line breaks become spaces: they part words, but no line of a log.
    """
    if text.isascii() and text.isprintable():
        return text[:limit]
    parts, length = [], 0
    for start in range(0, min(len(text), 4 * limit), _PIECE):
        part = _HIDDEN.sub("", unicodedata.normalize("NFKC", text[start : start + _PIECE]))
        parts.append(part)
        length += len(part)
        if length >= limit:
            break
    return "".join(parts).translate(_SPACE)[:limit]
