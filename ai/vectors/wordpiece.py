"""
Texts as WordPiece numbers, as uncased BERT models were trained on (Devlin et al. 2018).

Control characters go, accents go, every punctuation mark and every Chinese character
stands alone, and each word is cut greedily into the longest pieces that the vocabulary
has; a word that cannot be cut is the unknown piece.
"""

import json
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from ai.vectors.errors import ModelUnusable

LONGEST_WORD = 100
"""Characters; a longer word is unknown, as in the original."""
_IDEOGRAPHS = (
    (0x4E00, 0x9FFF),
    (0x3400, 0x4DBF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F),
    (0x2B820, 0x2CEAF),
    (0xF900, 0xFAFF),
    (0x2F800, 0x2FA1F),
)


class WordPiece:
    """Cuts texts by a vocabulary: piece → number."""

    def __init__(self, vocabulary: Mapping[str, int]) -> None:
        missing = {"[CLS]", "[SEP]", "[UNK]"} - vocabulary.keys()
        if missing:
            raise ModelUnusable(f"the vocabulary lacks {', '.join(sorted(missing))}")
        self._vocabulary = vocabulary
        self.first, self.last = vocabulary["[CLS]"], vocabulary["[SEP]"]
        self.unknown = vocabulary["[UNK]"]
        self._pieces = lru_cache(maxsize=1 << 16)(self._cut)

    def numbers(self, text: str) -> list[int]:
        """Return the pieces of *text*, without the marks of its ends."""
        return [number for word in split(text) for number in self._pieces(word)]

    def pieces(self) -> list[str]:
        """Return the vocabulary, by number."""
        return sorted(self._vocabulary, key=self._vocabulary.__getitem__)

    def _cut(self, word: str) -> tuple[int, ...]:
        if len(word) > LONGEST_WORD:
            return (self.unknown,)
        pieces = []
        start = 0
        while start < len(word):
            end = len(word)
            while (piece := self._vocabulary.get("##" * (start > 0) + word[start:end])) is None:
                end -= 1
                if end == start:
                    return (self.unknown,)
            pieces.append(piece)
            start = end
        return tuple(pieces)


def split(text: str) -> list[str]:
    """Return the words and marks of *text*, lower case and without accents."""
    spaced = "".join(map(_apart, text))
    bare = unicodedata.normalize("NFD", spaced.lower())
    return "".join(map(_marked, bare)).split()


@lru_cache(maxsize=1 << 14)
def _apart(character: str) -> str:
    """Return *character* cleaned, with space around it where it stands alone."""
    if character in "\t\n\r":
        return " "
    kind = unicodedata.category(character)
    if character in "\0\ufffd" or kind.startswith("C"):
        return ""
    code = ord(character)
    if any(low <= code <= high for low, high in _IDEOGRAPHS):
        return f" {character} "
    return " " if kind == "Zs" else character


@lru_cache(maxsize=1 << 14)
def _marked(character: str) -> str:
    """Return *character* without accent, with space around it where it is a mark."""
    kind = unicodedata.category(character)
    if kind == "Mn":
        return ""
    code = ord(character)
    ascii_mark = 33 <= code <= 47 or 58 <= code <= 64 or 91 <= code <= 96 or 123 <= code <= 126
    return f" {character} " if ascii_mark or kind.startswith("P") else character


def read(folder: Path) -> WordPiece:
    """Return the tokenizer of the model in *folder*. Raises ModelUnusable."""
    path = folder / "tokenizer.json"
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        model = told["model"]
        if model["type"] != "WordPiece" or not (told.get("normalizer") or {}).get("lowercase"):
            raise ModelUnusable(
                f"{path} is not of an uncased WordPiece model; serve this model by an"
                " OpenAI-compatible /v1/embeddings endpoint instead"
            )
        return WordPiece(model["vocab"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelUnusable(f"{path} cannot be read as a tokenizer: {error!r}") from error
