"""
Is a summary true to its evidence? Decided by code alone, no model asked.

Numbers stand only in placeholders of facts that the evidence gives again; quotes are
verbatim; pages, elements, devices and cohorts named are those of the evidence; nothing
is a link, markup or a formula. What cannot be checked is dropped.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from ai.facts import CLOSE, CannotCompute, Fact, Rows, compute, render
from ai.texts import EVIDENCE, Names, problems

_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[^”]*(?:“|$))")
"""Between sentences, but not within a quote."""


@dataclass(frozen=True, slots=True)
class Summary:
    """Texts with placeholders ``{f1}``, marks ``[e1]`` of evidence, and quotes in “ ”."""

    title: str
    description: str
    hypothesis: str
    recommendations: tuple[str, ...]
    facts: tuple[Fact, ...]
    evidence: tuple[str, ...]

    def fields(self) -> Iterator[tuple[str, str]]:
        """Yield (field, its template) of every text."""
        yield "title", self.title
        yield "description", self.description
        yield "hypothesis", self.hypothesis
        for number, text in enumerate(self.recommendations):
            yield f"recommendations.{number}", text

    def texts(self) -> dict[str, str]:
        """Return field → its text as people read it: numbers in place, marks gone."""
        return {field: words(template, self.facts) for field, template in self.fields()}


def sentences(text: str) -> list[str]:
    """Return the sentences of *text*; a quote stays whole."""
    return _SENTENCE.split(text)


def words(template: str, facts: Sequence[Fact]) -> str:
    """Return *template* as people read it."""
    return re.sub(r"\s+([.,;:!?])", r"\1", EVIDENCE.sub("", render(template, facts))).strip()


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong where: *kind* is number, fact, quote, place, evidence, text or markup."""

    field: str
    kind: str
    said: str


def check(
    summary: Summary,
    rows: Rows,
    known: Mapping[str, AbstractSet[str]] | None = None,
    stored: Mapping[str, str] | None = None,
) -> list[Problem]:
    """
    Return every problem of *summary*; none means that it is true to its evidence *rows*.

    *known* is field → all its names in the project, none of which may be said that the
    evidence has not. *stored* is field → text as it was stored, which must be the same.
    """
    found = [*_evidence(summary, rows), *_facts(summary.facts, rows)]
    names = Names(summary.evidence, rows, known or {})
    facts = {fact.id for fact in summary.facts}
    for field, template in summary.fields():
        found += [Problem(field, kind, said) for kind, said in problems(template, facts, names)]
    if stored is not None:
        told = summary.texts()
        for field in sorted(told.keys() | stored.keys()):
            if told.get(field) != stored.get(field):
                found.append(Problem(field, "text", stored.get(field, "")))
    return found


def trusted(
    summary: Summary, rows: Rows, known: Mapping[str, AbstractSet[str]] | None = None
) -> Summary | None:
    """
    Return *summary* without the sentences that cannot be checked.

    None where nothing of worth is left: the title, the facts or the evidence are wrong.
    """
    if [*_evidence(summary, rows), *_facts(summary.facts, rows)]:
        return None
    names = Names(summary.evidence, rows, known or {})

    facts = {fact.id for fact in summary.facts}

    def kept(template: str) -> str:
        parts = sentences(template)
        return " ".join(part for part in parts if not [*problems(part, facts, names)])

    found = replace(
        summary,
        title=kept(summary.title),
        description=kept(summary.description),
        hypothesis=kept(summary.hypothesis),
        recommendations=tuple(filter(None, map(kept, summary.recommendations))),
    )
    if not found.title or not found.description or check(found, rows, known):
        return None
    return found


def _evidence(summary: Summary, rows: Rows) -> Iterator[Problem]:
    named = set(summary.evidence).union(*(fact.evidence for fact in summary.facts))
    if not summary.evidence:
        yield Problem("evidence", "evidence", "")
    for id_ in sorted(named - rows.keys()):
        yield Problem("evidence", "evidence", id_)
    for fact in summary.facts:
        for id_ in sorted(set(fact.evidence) - set(summary.evidence)):
            yield Problem(f"facts.{fact.id}", "evidence", id_)


def _facts(facts: Sequence[Fact], rows: Rows) -> Iterator[Problem]:
    ids = [fact.id for fact in facts]
    for fact in facts:
        if ids.count(fact.id) > 1:
            yield Problem(f"facts.{fact.id}", "fact", "there are several of this id")
        if len(set(fact.evidence)) != len(fact.evidence):
            yield Problem(f"facts.{fact.id}", "fact", "a row counts twice")
        try:
            value = compute(fact, rows)
        except CannotCompute as error:
            yield Problem(f"facts.{fact.id}", "fact", str(error))
            continue
        if abs(value - fact.value) > CLOSE * max(1.0, abs(value)):
            yield Problem(f"facts.{fact.id}", "fact", f"{fact.value:g} is {value:g}")
        if fact.op == "share" and not 0 <= value <= 1:
            yield Problem(f"facts.{fact.id}", "fact", "a part is more than the whole")
