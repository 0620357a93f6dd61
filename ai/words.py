"""
A finding in plain words.

Every number in a sentence is one of the finding's figures; a cause is offered as a
hypothesis and says that it is not proven.
"""

from dataclasses import dataclass

from ai.facts import Fact, Op, Row, Rows, make
from ai.faithful import Summary, trusted
from ai.rules import Finding
from ai.trend import Trend
from ai.wording import Wording

NAMES: dict[str, tuple[str, str]] = {
    "rage_click": ("rage click", "rage clicks"),
    "error_click": ("click followed by a script error", "clicks followed by a script error"),
    "dead_click": ("dead click", "dead clicks"),
    "slow_click": ("slow click", "slow clicks"),
    "hesitation": ("hesitation", "hesitations"),
    "backtrack": ("step back", "steps back"),
    "quick_back": ("quick step back", "quick steps back"),
    "thrash": ("thrashing pointer", "thrashing pointers"),
    "form_abandon": ("abandoned form", "abandoned forms"),
}

HYPOTHESES: dict[str, str] = {
    "rage_click": "the element may not react, or too late, to what visitors expect of it",
    "error_click": "a script may fail when the element is used",
    "dead_click": "the element may look as if it could be clicked although nothing happens",
    "slow_click": "the page may take too long to answer",
    "hesitation": "visitors may be unsure what the element does or costs",
    "backtrack": "the page may not be what visitors expected when they came",
    "quick_back": "the link that leads here may promise something else",
    "thrash": "visitors may be searching for something or waiting for the page",
    "form_abandon": "the form may ask too much, or refuse what visitors enter",
}

ADVICE: dict[str, tuple[str, ...]] = {
    "rage_click": (
        "Try the element on a slow connection and on a phone; see whether it reacts right away.",
        "Show that it is working, or disable it until it can be used.",
    ),
    "error_click": (
        "Look for script errors on this page in the browser's console.",
        "Add a test that uses the element as visitors do.",
    ),
    "dead_click": (
        "Make the element do what it looks like, or make it look like what it is.",
        "See whether it is covered by something else on small screens.",
    ),
    "slow_click": (
        "Measure what the page waits for after the click.",
        "Answer the click right away, and show that the rest is on its way.",
    ),
    "hesitation": (
        "Say beside the element what happens next and what it costs.",
        "Compare with a clearer wording.",
    ),
    "backtrack": (
        "Compare what the page before promises with what this page shows at its top.",
        "Offer the way that visitors go back for on this page.",
    ),
    "quick_back": (
        "Compare the wording of the link with the title of this page.",
        "See whether the page shows its content without delay.",
    ),
    "thrash": (
        "See whether the page loads late or moves while it loads.",
        "Put the main action where visitors look for it.",
    ),
    "form_abandon": (
        "See at which field visitors leave, and whether it is needed.",
        "Keep what was entered, and say right away what is wrong with it.",
    ),
}

_TRENDS = {
    "new": "In the period before it was not seen, or by too few sessions to be told.",
    "rising": "The share rose against the period before ({before}).",
    "falling": "The share fell against the period before ({before}).",
    "steady": "No clear change against the period before ({before}).",
    "unclear": "Too few sessions to compare with the period before ({before}).",
}

EVIDENCE = "e1"
"""The one row of a finding's figures."""


@dataclass(frozen=True, slots=True)
class Words:
    """The words of an insight, and the figures that they use: (name, value, unit)."""

    title: str
    description: str
    hypothesis: str
    recommendations: tuple[str, ...]
    numbers: tuple[tuple[str, float, str], ...]
    made_by: str = "rules"


def describe(finding: Finding, wording: Wording | None = None) -> Words:
    """
    Return *finding* in words, each of which its figures bear.

    *wording* may choose others; what cannot be checked is left out.
    """
    rules, rows = told(finding)
    worded = (wording or Wording(None)).word(rules, rows)
    texts = worded.summary.texts()
    return Words(
        title=texts["title"],
        description=texts["description"],
        hypothesis=texts["hypothesis"],
        recommendations=worded.summary.recommendations,
        numbers=numbers(finding),
        made_by=worded.made_by,
    )


def told(finding: Finding) -> tuple[Summary, Rows]:
    """Return *finding* in the rules' words, and the evidence row behind them."""
    rows: Rows = {EVIDENCE: _row(finding)}
    rules = trusted(summarise(finding, finding.page, finding.element), rows)
    # A page or element whose name cannot be shown safely is not named.
    return rules or summarise(finding, "", ""), rows


def _row(finding: Finding) -> Row:
    """Return the figures as the evidence row that every number is computed from."""
    row: dict[str, str | int | float] = {
        "page": finding.page,
        "name": finding.element,
        "score": finding.score,
        "mean": finding.mean,
        "sessions": finding.sessions,
        "affected": finding.affected,
        "times": finding.times,
        "element times": finding.element_times,
        "taps": finding.taps,
        "unhappy": finding.unhappy,
        "sessions before": finding.sessions_before,
        "affected before": finding.affected_before,
    }
    return row | dict(finding.others)


class _Figures:
    """Facts over the row, made as sentences ask for them."""

    def __init__(self, finding: Finding) -> None:
        self._rows: Rows = {EVIDENCE: _row(finding)}
        self.facts: list[Fact] = []

    def __call__(self, field: str, per: str = "") -> str:
        """Return the placeholder of a figure, or of its share of another."""
        name = f"{field} / {per}" if per else field
        op: Op = "ratio" if per else "sum"
        known = [fact.id for fact in self.facts if fact.name == name]
        if not known:
            id_ = f"f{len(self.facts) + 1}"
            self.facts.append(make(id_, name, op, self._rows, [EVIDENCE], field=field, per=per))
            known = [id_]
        return f"{{{known[0]}}}"


def summarise(finding: Finding, page: str, element: str) -> Summary:
    """Return *finding* as a summary that names *page* and *element*, where they are given."""
    _, many = NAMES[finding.signal]
    figure = _Figures(finding)
    where = page or "a page"
    description = " ".join(_sentences(finding, figure, where, element))
    return Summary(
        title=f"{many[0].upper()}{many[1:]} on {where}",
        description=description,
        hypothesis=f"Not proven: {HYPOTHESES[finding.signal]}.",
        recommendations=ADVICE[finding.signal],
        facts=tuple(figure.facts),
        evidence=(EVIDENCE,),
    )


def _sentences(finding: Finding, figure: _Figures, where: str, element: str) -> list[str]:
    share = f" ({figure('affected', 'sessions')})" if finding.sessions else ""
    who = f"{figure('affected')} of {figure('sessions')} {_plural(finding.sessions, 'session')}"
    times = f"{figure('times')} {_named(finding.signal, finding.times)}"
    said = [f"{who}{share} had {times} on {where}."]
    if element:
        said.append(f"{figure('element times')} of {figure('times')} on {element}.")
    said.append(f"Friction here is {figure('score')}; on the whole site it is {figure('mean')}.")
    if finding.others:
        others = [f"{figure(signal)} {_named(signal, n)}" for signal, n in finding.others]
        said.append(f"Also {', '.join(others)}.")
    if finding.taps:
        taps = f"{figure('unhappy')} of {figure('taps')} {_plural(finding.taps, 'tap')}"
        said.append(f"{taps} were bad or confused.")
    if finding.trend == "new":
        return [*said, trend_sentence("new", "")]
    sessions = _plural(finding.sessions_before, "session")
    before = f"{figure('affected before')} of {figure('sessions before')} {sessions}"
    return [*said, trend_sentence(finding.trend, before)]


def trend_sentence(trend: Trend, before: str) -> str:
    """Return what is said of a *trend*; *before* names the period before's figures."""
    return _TRENDS[trend].format(before=before)


def _named(signal: str, times: int) -> str:
    one, many = NAMES[signal]
    return one if times == 1 else many


def _plural(count: int, noun: str) -> str:
    return noun if count == 1 else f"{noun}s"


def numbers(finding: Finding) -> tuple[tuple[str, float, str], ...]:
    """Return the figures: (name, value, unit)."""
    signal = NAMES[finding.signal][0]
    return (
        ("score", round(finding.score, 6), ""),
        ("mean score", round(finding.mean, 6), ""),
        ("sessions", float(finding.sessions), "sessions"),
        (f"sessions with a {signal}", float(finding.affected), "sessions"),
        (signal, float(finding.times), "times"),
        ("on the element", float(finding.element_times), "times"),
        *((NAMES[other][0], float(times), "times") for other, times in finding.others),
        ("taps", float(finding.taps), "taps"),
        ("unhappy taps", float(finding.unhappy), "taps"),
        ("sessions before", float(finding.sessions_before), "sessions"),
        (f"sessions with a {signal} before", float(finding.affected_before), "sessions"),
    )
