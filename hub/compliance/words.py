"""The report in plain words, for ``flowback report verify``."""

from collections.abc import Iterator
from datetime import UTC, datetime

from hub.api.shapes import Erasure, ProjectConsent, Report, Retention, RulesInForce


def summary(report: Report) -> Iterator[str]:
    """Yield what the report says, one fact a line."""
    yield f"Report of {_time(report.made)}, hub {report.hub.fingerprint}, {report.hub.version}."
    yield f"Consent from {_time(report.start)} to {_time(report.end)}:"
    for project in report.consent:
        yield f"  {project.project}: {_choices(project)}"
    yield f"Rules in force, rows as of {report.rules_as_of}:"
    yield from map(_rules, report.rules)
    yield "Retention:"
    for kept in report.retention:
        yield f"  {kept.project}: {_kept(kept)}"
    waiting = report.waiting
    yield f"Erasures: {_erasures(report.erasures)}."
    yield f"  {waiting.claims} claims wait for a grant, {waiting.errands} are with their edges."
    revoked = sum(key.state == "revoked" for key in report.keys)
    yield f"Keys: {len(report.keys)}, of them {revoked} revoked; {len(report.key_history)} changes."
    broken = "; ".join(report.audit.problems) or "whole"
    yield f"Audit log: {report.audit.rows} rows, {broken}; its head is {report.audit.hash}"


def _rules(one: RulesInForce) -> str:
    stricter = ", ".join(f"{key} = {value}" for key, value in one.tightened.items())
    refused = "; ".join(one.complaints)
    return (
        f"  {one.edge}: {one.rules.row} ({one.law}){_after(', stricter: ', stricter)};"
        f" the edge holds them: {one.known}{_after('; refused: ', refused)}"
    )


def _choices(project: ProjectConsent) -> str:
    found = [f"{count} {state}" for state, count in sorted(project.choices.items())]
    found += [f"{state} hidden ({why})" for state, why in sorted(project.hidden.items())]
    return (", ".join(found) or "no choice") + f" (k = {project.k})"


def _kept(kept: Retention) -> str:
    if kept.overdue is None:
        return f"{kept.raw_days} days; how old the oldest event is may not be shown"
    if kept.oldest_day is None:
        return f"{kept.raw_days} days; no event"
    end = "LONGER THAN ALLOWED" if kept.overdue else "within them"
    return f"{kept.raw_days} days; the oldest event is of {kept.oldest_day}, {end}"


def _erasures(found: list[Erasure]) -> str:
    complete = sum(one.state == "complete" for one in found)
    return f"{len(found)}, of them {complete} complete"


def _after(words: str, text: str) -> str:
    return words + text if text else ""


def _time(moment: int) -> str:
    return datetime.fromtimestamp(moment / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
