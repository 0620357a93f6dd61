"""What is done first with any text: one form of each letter, and no letter that hides."""

import re
import unicodedata

_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # controls
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u3164"  # soft hyphen, fillers
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb"  # zero width
    "\U000e0000-\U000e007f]"  # tags
)
_SPACE = str.maketrans("\t\n\r", "   ")
_PIECE = 128
"""Characters normalised at once: one letter can become eighteen."""
_DIGIT = re.compile(r"(?![0-9])\d")
_DASH = re.compile("(?<=[0-9)])( ?)[\u2010-\u2015\u2212\u30fc]( ?)(?=[0-9(])")


def clean(text: str, limit: int) -> str:
    """
    Return *text* in NFKC, without zero-width, bidi and control characters, at most *limit* long.

    Line breaks become spaces: they part words, but no line of a log.
    """
    if text.isascii() and text.isprintable():
        return text[:limit]
    text = _HIDDEN.sub("", text[: 4 * limit])
    if not unicodedata.is_normalized("NFKC", text):
        text = _HIDDEN.sub("", _normalized(text, limit))
    return text.translate(_SPACE)[:limit]


def _normalized(text: str, limit: int) -> str:
    """Return the beginning of *text* in NFKC: *limit* letters and a few more."""
    parts, length = [], 0
    for start in range(0, len(text), _PIECE):
        part = unicodedata.normalize("NFKC", text[start : start + _PIECE])
        parts.append(part)
        length += len(part)
        if length >= limit:
            break
    # Two letters that become one may stand in two pieces.
    return unicodedata.normalize("NFKC", "".join(parts))


def plain_digits(text: str) -> str:
    """Return *text* with the digits of any script, and the dashes between them, in ASCII."""
    if text.isascii():
        return text
    text = _DIGIT.sub(lambda found: str(unicodedata.decimal(found[0])), text)
    return _DASH.sub(r"\1-\2", text)
