"""
A finding in plain words.

Every number in a sentence is one of the finding's figures; a cause is offered as a
hypothesis and says that it is not proven.
"""

from dataclasses import dataclass

from ai.rules import Finding

_NAMES: dict[str, tuple[str, str]] = {
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

_HYPOTHESES: dict[str, str] = {
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

_ADVICE: dict[str, tuple[str, ...]] = {
    "rage_click": (
        "Try the element on a slow connection and on a phone; see whether it reacts at once.",
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
        "Answer the click at once, and show that the rest is on its way.",
    ),
    "hesitation": (
        "Say beside the element what happens next and what it costs.",
        "Compare with a clearer wording.",
    ),
    "backtrack": (
        "Compare what the page before promises with what this page shows first.",
        "Offer the way that visitors go back for on this page.",
    ),
    "quick_back": (
        "Compare the wording of the link with the title of this page.",
        "See whether the page shows its content within a second.",
    ),
    "thrash": (
        "See whether the page loads late or moves while it loads.",
        "Put the main action where visitors look for it.",
    ),
    "form_abandon": (
        "See at which field visitors leave, and whether it is needed.",
        "Keep what was entered, and say at once what is wrong with it.",
    ),
}

_TRENDS = {
    "new": "It was not seen in the period before.",
    "rising": "The share rose against the period before ({before}).",
    "falling": "The share fell against the period before ({before}).",
    "steady": "No clear change against the period before ({before}).",
    "unclear": "Too few sessions to compare with the period before ({before}).",
}


@dataclass(frozen=True, slots=True)
class Words:
    """The words of an insight, and the figures that they use: (name, value, unit)."""

    title: str
    description: str
    hypothesis: str
    recommendations: tuple[str, ...]
    numbers: tuple[tuple[str, float, str], ...]


def describe(finding: Finding) -> Words:
    """Return *finding* in words."""
    one, many = _NAMES[finding.signal]
    return Words(
        title=f"{many[0].upper()}{many[1:]} on {finding.page}",
        description=" ".join(_sentences(finding)),
        hypothesis=f"Not proven: {_HYPOTHESES[finding.signal]}.",
        recommendations=_ADVICE[finding.signal],
        numbers=_numbers(finding, one),
    )


def _sentences(finding: Finding) -> list[str]:
    who = _of(finding.affected, finding.sessions)
    said = [f"{who} had {_counted(finding.signal, finding.times)} on {finding.page}."]
    if finding.element:
        said.append(f"{finding.element_times} of {finding.times} on {finding.element}.")
    said.append(f"Friction here is {finding.score:.2f}; over all pages it is {finding.mean:.2f}.")
    if finding.others:
        others = ", ".join(_counted(signal, times) for signal, times in finding.others)
        said.append(f"Also {others}.")
    if finding.taps:
        said.append(f"{finding.unhappy} of {_plural(finding.taps, 'tap')} were 👎 or 😕.")
    before = f"{finding.affected_before} of {_plural(finding.sessions_before, 'session')}"
    said.append(_TRENDS[finding.trend].format(before=before))
    return said


def _of(part: int, whole: int) -> str:
    share = f" ({100 * part / whole:.0f} %)" if whole else ""
    return f"{part} of {_plural(whole, 'session')}{share}"


def _counted(signal: str, times: int) -> str:
    one, many = _NAMES[signal]
    return f"{times} {one if times == 1 else many}"


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _numbers(finding: Finding, signal: str) -> tuple[tuple[str, float, str], ...]:
    return (
        ("score", round(finding.score, 6), ""),
        ("mean score", round(finding.mean, 6), ""),
        ("sessions", float(finding.sessions), "sessions"),
        (f"sessions with a {signal}", float(finding.affected), "sessions"),
        (signal, float(finding.times), "times"),
        ("on the element", float(finding.element_times), "times"),
        *((_NAMES[other][0], float(times), "times") for other, times in finding.others),
        ("taps", float(finding.taps), "taps"),
        ("unhappy taps", float(finding.unhappy), "taps"),
        ("sessions before", float(finding.sessions_before), "sessions"),
        (f"sessions with a {signal} before", float(finding.affected_before), "sessions"),
    )
