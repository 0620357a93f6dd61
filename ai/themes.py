"""
What comments of one group say, as a summary: its own words, one quote, counted sessions.

A session counts once, however often it writes: a flood of one visitor changes nothing.
"""

from collections import Counter
from collections.abc import Sequence

from ai.facts import Rows, make
from ai.faithful import Summary, check
from ai.texts import Names, problems

HYPOTHESIS = "Not proven: these comments may have a common cause."
ADVICE = ("Read the comments together and see whether they mean the same.",)


def theme(
    label: Sequence[str], quotable: Sequence[str], rows: Rows, evidence: Sequence[str]
) -> Summary:
    """
    Return the summary of the comments *evidence*.

    *rows* is id → {session, page, text}; a page that may not be told is empty.
    *label* are words for its title, *quotable* the ids whose text may be shown, the best
    first; the first that can be shown safely is.
    """
    named = Names(evidence, rows, {})
    fit = [word for word in label if not [*problems(word, frozenset(), named)]]
    pages = Counter(str(rows[id_]["page"]) for id_ in evidence)
    page = min(filter(None, pages), key=lambda page: (-pages[page], page), default="")
    facts = [
        make("f1", "comments", "count", rows, evidence),
        make("f2", "sessions with a comment", "distinct", rows, evidence, field="session"),
    ]
    text = "Comments counted: {f1}, of {f2} sessions."
    if page and not [*problems(page, frozenset(), named)]:
        where = {"page": page}
        here = make(
            "f3", "of them on the page", "distinct", rows, evidence, field="session", where=where
        )
        facts.append(here)
        text += f" Sessions that wrote on {page}: {{f3}}."
    title = f"Comments: {' '.join(fit)}" if fit else "Comments that are alike"
    plain = Summary(title, text, HYPOTHESIS, ADVICE, tuple(facts), tuple(evidence))
    return _quoting(plain, quotable, rows)


def _quoting(plain: Summary, quotable: Sequence[str], rows: Rows) -> Summary:
    for id_ in quotable:
        quote = " ".join(str(rows[id_]["text"]).split())
        said = Summary(
            plain.title,
            f"{plain.description} Typical: “{quote}” [{id_}].",
            plain.hypothesis,
            plain.recommendations,
            plain.facts,
            plain.evidence,
        )
        if not check(said, rows):
            return said
    return plain
