"""
What a text may say: numbers by placeholder, names and quotes of the evidence, plain words.

English only, as the texts are: numbers in words are known by a list.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet

from ai.facts import PLACEHOLDER, Rows

EVIDENCE = re.compile(r"\[(e\w+)\]")
QUOTE = re.compile(r"“([^”]*)”(?:\s*\[(e\w+)\])?")
"""A quote, and the row that it names as its own."""
PLACES = ("page", "target", "name", "device", "cohort")
"""Fields of a row that name something."""
_PATH = re.compile(r"(?<![\w/])/[\w\-./:*~%]*")
_LINK = re.compile(
    r"\w+://|\bwww\.|\bmailto:|\bjavascript:|\bdata:|[\w.+-]+@[\w-]+\.\w|\]\(", re.IGNORECASE
)
_MARKUP = re.compile(r"<[a-z!/?]|&#?\w+;|[`{}\[\]|\\]|\*\*|^#+ ", re.IGNORECASE | re.MULTILINE)
_FORMULA = re.compile(r"^\s*[=+@\-\t\r]")
_NUMBER_WORDS = re.compile(
    r"\b(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen"
    r"|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty"
    r"|ninety|dozens?|scores?|hundreds?|thousands?|millions?|billions?|once|twice|thrice|first"
    r"|second|third|fourth|fifth|tenth|half|halves|quarters?|thirds?|double[ds]?|triple[ds]?"
    r"|most|majority|minority|all|none|every|everyone|everybody|nobody|always|never|percent"
    r"|per cent|yesterday|today|tomorrow|mondays?|tuesdays?|wednesdays?|thursdays?|fridays?"
    r"|saturdays?|sundays?|january|february|april|june|july|august|september"
    r"|october|november|december)\b|[%‰½¼¾⅓⅔]",
    re.IGNORECASE,
)


class Names:
    """What may be named, and what may not: *known* is field → all its names in the project."""

    def __init__(
        self, evidence: Iterable[str], rows: Rows, known: Mapping[str, AbstractSet[str]]
    ) -> None:
        mine = {id_: rows[id_] for id_ in evidence if id_ in rows}
        said = {str(row[field]) for row in mine.values() for field in PLACES if row.get(field)}
        self.allowed = {name for name in said if _is_name(name)}
        self.ids = mine.keys()
        self.texts = {
            id_: _folded(str(row["text"])) for id_, row in mine.items() if row.get("text")
        }
        others = {name for names in known.values() for name in names if len(name) > 1}
        self.foreign = sorted(others - self.allowed)

    def without(self, text: str) -> str:
        """Return *text* with every allowed name taken out, the longest first."""
        for name in sorted(self.allowed, key=len, reverse=True):
            text = _whole(name).sub(" ", text)
        return text


def problems(template: str, facts: AbstractSet[str], names: Names) -> Iterator[tuple[str, str]]:
    """Yield (kind, what) of each problem of one text; *facts* are the ids that it may use."""
    yield from (
        ("number", f"{{{id_}}}") for id_ in PLACEHOLDER.findall(template) if id_ not in facts
    )
    yield from _quotes(template, names)
    yield from _marks(template)
    said = names.without(PLACEHOLDER.sub(" ", QUOTE.sub(" ", template)))
    yield from _evidence(said, names)
    bare = EVIDENCE.sub(" ", said)
    yield from (("markup", found[0]) for found in _MARKUP.finditer(bare))
    yield from (("quote", mark) for mark in '"“”«»„' if mark in bare)
    yield from (("place", path) for path in _PATH.findall(bare))
    yield from (("place", name) for name in names.foreign if _whole(name).search(bare))
    yield from (("number", found[0]) for found in _NUMBER_WORDS.finditer(bare))
    yield from (("number", c) for c in bare if unicodedata.category(c) in ("Nd", "Nl", "No"))


def _quotes(template: str, names: Names) -> Iterator[tuple[str, str]]:
    """A quote is verbatim in the row it names, or in any of the evidence."""
    for quote, owner in QUOTE.findall(template):
        texts = [names.texts.get(owner, "")] if owner else names.texts.values()
        if not quote.strip() or not any(_folded(quote) in text for text in texts):
            yield "quote", quote
        if _LINK.search(quote) or _MARKUP.search(quote):
            yield "markup", quote


def _evidence(said: str, names: Names) -> Iterator[tuple[str, str]]:
    return (("evidence", id_) for id_ in EVIDENCE.findall(said) if id_ not in names.ids)


def _marks(template: str) -> Iterator[tuple[str, str]]:
    """Nothing is a link or a formula, nor cannot be seen."""
    if any(unicodedata.category(character) in ("Cf", "Cc", "Co", "Cs") for character in template):
        yield "markup", "a character that cannot be seen"
    for pattern in (_LINK, _FORMULA):
        if found := pattern.search(template):
            yield "markup", found[0]


def _is_name(name: str) -> bool:
    """Return whether *name* may stand in a text: no number in disguise, no mark, no link."""
    marks = (PLACEHOLDER, EVIDENCE, QUOTE, _LINK)
    return (
        (name.startswith("/") or any(map(str.isalpha, name)))
        and not _NUMBER_WORDS.fullmatch(name.strip())
        and not any(pattern.search(name) for pattern in marks)
        and not {*"<>“”"} & {*name}
    )


def _whole(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w/\-]){re.escape(name)}(?![\w/\-])")


def _folded(text: str) -> str:
    return " ".join(text.split())
