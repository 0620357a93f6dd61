"""An insight before it is worded, and what is stored of it: its fields, and what explains them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from ai.facts import Rows
from ai.faithful import Summary
from ai.friction import Types, friction_type
from ai.trend import Trend
from ai.wording import Worded, Wording

Kind = Literal["page", "element", "cohort", "comments"]
"""What it is about: trouble on a page · at an element · of a cohort; or a group of comments."""
Number = tuple[str, float, str]
"""Name, value, unit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What the rules found, in their words, with the evidence *rows*."""

    kind: Kind
    about: tuple[str, ...]
    """What names it within its project: the insight's id is a hash of it."""
    rules: Summary
    rows: Rows
    sessions: int
    """Behind it."""
    trend: Trend
    pages: tuple[str, ...]
    numbers: tuple[Number, ...]
    signal: str = ""
    element: str = ""
    evidence: tuple[str, ...] = ()
    """Patterns in ``/api/evidence``."""
    quotes: tuple[str, ...] = ()
    """Evidence ids of what may be quoted, the most typical first."""
    level: int | None = None
    """Of the vectors that grouped its comments; None where there are none."""
    theme: str | None = None
    related: tuple[tuple[str, ...], ...] = ()
    """What names the insights that it shares sessions with."""
    named: str | None = None
    """The title that people gave."""
    cluster: dict[str, Any] = field(default_factory=dict)
    """How its comments were grouped."""
    changed: bool = True
    """False: what may be shown is what was told before; the words of then stand."""


def id_of(project: str, about: Sequence[str]) -> str:
    """Return the id of an insight: the same for the same thing from run to run."""
    name = "\x1f".join((project, *about)).encode()
    return hashlib.blake2b(name, digest_size=8).hexdigest()


def about(group: int) -> tuple[str, ...]:
    """Return what names the insight of a group of comments."""
    return "comments", str(group)


def told(
    project: str, draft: Draft, wording: Wording, types: Types | None = None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the insight as fields of ``shapes.Insight``, and what explains it."""
    texts = [str(draft.rows[id_]["text"]) for id_ in draft.quotes]
    worded = wording.word(draft.rules, draft.rows, texts)
    said = worded.summary.texts()
    fields = {
        "id": id_of(project, draft.about),
        "kind": draft.kind,
        **{name: said[name] for name in ("title", "description", "hypothesis")},
        "quote": _quote(draft),
        "friction": friction_type(
            [*draft.pages, draft.element, draft.rules.title], draft.signal, types
        ),
        "trend": draft.trend,
        "sessions": draft.sessions,
        "pages": [*draft.pages],
        "recommendations": [*worded.summary.recommendations],
        "evidence": [*draft.evidence],
        "numbers": [{"name": n, "value": v, "unit": unit} for n, v, unit in draft.numbers],
        "made_by": worded.made_by,
        "level": draft.level,
        "theme": draft.theme,
        "related": [id_of(project, other) for other in draft.related],
        "named": draft.named is not None,
    }
    why = explained(draft, worded, said)
    if draft.named:
        fields["title"] = draft.named
    return fields, why


def explained(draft: Draft, worded: Worded, said: dict[str, str]) -> dict[str, Any]:
    """Return the rows, the cluster, the prompt and all that the checks need, as plain data."""
    return {
        "rows": {id_: dict(row) for id_, row in draft.rows.items()},
        "cluster": draft.cluster,
        "prompt": [*worded.prompt],
        "answer": worded.said,
        "problem": worded.problem,
        "made_by": worded.made_by,
        "summary": msgspec.to_builtins(worded.summary),
        "stored": said,
    }


def numbers_of(summary: Summary) -> tuple[Number, ...]:
    """Return the figures of a summary's facts."""
    units = {"ratio": "share", "share": "share", "low": "share", "high": "share"}
    return tuple((f.name, f.value, units.get(f.op, f.unit)) for f in summary.facts)


def _quote(draft: Draft) -> str | None:
    """Return the quote that the rules chose, verbatim."""
    said = draft.rules.description
    for id_ in draft.quotes:
        quote = " ".join(str(draft.rows[id_]["text"]).split())
        if f"“{quote}” [{id_}]" in said:
            return quote
    return None
