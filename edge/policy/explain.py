"""Decisions in plain words, for ``flowback policy explain``."""

from datetime import UTC, datetime

from edge.events.event import ConsentState, Moment, PolicyReason
from edge.events.wire import RegionRow
from edge.policy.consent import ConsentMode, drop_reason
from edge.policy.decide import decide
from edge.policy.regions import law
from edge.policy.residency import Travel, travel
from edge.policy.throttle import BACKOFF_MS, PromptRules, ThrottleState, Window

_REASONS: dict[PolicyReason, str] = {
    "throttle_ready": "consent is there, and nothing stands against a question",
    "throttle_active": "the last question was too short a time ago",
    "session_cap": "this session has had all its questions",
    "suppressed": "somebody set a window in which nobody is asked",
    "consent_pending": "the visitor has not chosen yet",
    "consent_denied": "the visitor said no, or the browser did with GPC or DNT",
    "consent_withdrawn": "the visitor took the consent back, which is final for the session",
    "regional_block": "the region asks for a choice before any question",
}

_MODES: dict[ConsentMode, str] = {
    "ask": "The project asks first: before a grant nothing is kept",
    "regional": "The project goes by the region's rules before a choice",
    "host": "The site vouches for its visitors' consent",
}

_FIRST_LANE = "signals, taps and comments, consent, navigation and exposure counts"


def explain(
    *,
    now: Moment,
    consent: ConsentState,
    region: RegionRow,
    throttle: ThrottleState,
    rules: PromptRules,
    mode: ConsentMode = "ask",
) -> str:
    """
    Return the decision of :func:`decide` and why, in plain words, one fact a line.

    *consent* is what the visitor's choice means here and now, *mode* the project's.
    """
    policy = decide(
        now=now, consent=consent, region=region, throttle=throttle, rules=rules, mode=mode
    )
    verdict = "A question may be shown" if policy.allow else "No question may be shown"
    lines = [
        f"{verdict}: {_REASONS[policy.reason]} ({policy.reason}).",
        f"Consent is {consent}. Rules of {region_name(region)}: {_model(region)}.",
        f"{_MODES[mode]}. {_kept(consent, region, mode)}.",
        _asked(throttle, rules),
    ]
    lines += [f"Nobody is asked {_window(window)}." for window in rules.suppressed]
    if policy.next_at is not None:
        lines.append(f"The answer changes by itself at {_clock(policy.next_at)}.")
    elif not policy.allow:
        lines.append("Time alone does not change this answer.")
    return "\n".join(lines)


def explain_travel(
    region: RegionRow, *, share_raw: bool, hub_country: str | None, raw_days: int | None = None
) -> str:
    """
    Return what leaves the site and what stays, in plain words, one fact a line.

    *raw_days*: after how many days the edge ends its events, where that is not the row's own.
    """
    may = travel(region, share_raw=share_raw, hub_country=hub_country)
    where = f"a hub in {hub_country}" if hub_country else "a hub whose country is not configured"
    days = region.raw_days if raw_days is None else raw_days
    lines = [
        f"Rules of {region_name(region)}, residency {region.residency}, {where}.",
        "Stays: addresses, user agents and text before it is scrubbed. They are never stored.",
        f"{'Leaves' if may.signals else 'Stays'}: {_FIRST_LANE}, all scrubbed.",
        "Leaves: raw events, scrubbed."
        if may.raw
        else f"Stays: raw events, scrubbed ({_why_raw(region, may, share_raw=share_raw)}).",
        f"Raw events end after {days} days, aggregates after {region.agg_days} days.",
    ]
    if not may.signals:
        home = " or ".join(region.home) or "no country"
        lines.append(
            f"Events may go to a hub in {home} only; elsewhere only aggregates of "
            f"{may.aggregates_from} sessions or more."
        )
    return "\n".join(lines)


def region_name(region: RegionRow) -> str:
    """Return a row's id with the laws that it stands for."""
    laws = " and ".join(law(part) for part in region.row.split("+"))
    return f"{region.row} ({laws})"


def _why_raw(region: RegionRow, may: Travel, *, share_raw: bool) -> str:
    by_rule = not may.signals or not region.hub_raw
    whose = {"the region's rule": by_rule, "the project's setting": not share_raw}
    return " and ".join(name for name, holds in whose.items() if holds)


def _model(region: RegionRow) -> str:
    before = "may" if region.capture_before_choice else "must not"
    asks = "after a choice" if region.prompt == "after_choice" else "at once"
    return f"{region.model}, where events {before} be kept before a choice, questions {asks}"


def _kept(consent: ConsentState, region: RegionRow, mode: ConsentMode) -> str:
    why = drop_reason(consent, "interaction", None, mode=mode, region=region)
    if why in (None, "before_consent"):
        return "This visitor's events are kept"
    return f"This visitor's events are dropped ({why})"


def _asked(throttle: ThrottleState, rules: PromptRules) -> str:
    last = "" if throttle.last_shown is None else f", the last at {_clock(throttle.last_shown)}"
    wait = max(rules.min_interval_ms, BACKOFF_MS[min(throttle.dismissed, len(BACKOFF_MS) - 1)])
    return (
        f"Asked {throttle.shown} of at most {rules.session_cap} times{last}, "
        f"dismissed {throttle.dismissed} times; {wait // 1000} s or more between two questions."
    )


def _window(window: Window) -> str:
    why = f" ({window.why})" if window.why else ""
    return f"from {_clock(window.start)} to {_clock(window.end)}{why}"


def _clock(moment: Moment) -> str:
    return datetime.fromtimestamp(moment / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
