"""
One decision with its reason: may this session be asked now, and when next.

``consent`` is what holds for the purpose ``reaction_prompt``
(:func:`edge.policy.consent.effective`, then ``for_purpose``).
"""

from edge.events.event import ConsentState, Moment, PolicyReason
from edge.events.wire import Policy, RegionRow
from edge.policy.consent import ConsentMode, needs_no_choice
from edge.policy.throttle import PromptRules, ThrottleState, is_spent, open_at, ready_at


def decide(
    *,
    now: Moment,
    consent: ConsentState,
    region: RegionRow,
    throttle: ThrottleState,
    rules: PromptRules,
    mode: ConsentMode = "regional",
) -> Policy:
    """
    Return whether a session may be asked at *now*.

    The first of these that forbids it is the reason: consent, region, session
    cap, suppression window, throttle. ``next_at`` is set where time alone changes
    the answer.
    """
    closed = _closed(consent, region, throttle, rules, mode)
    if closed is not None:
        return Policy(allow=False, reason=closed)
    next_at = open_at(rules, max(now, ready_at(throttle, rules)))
    if next_at == now:
        return Policy(allow=True, reason="throttle_ready")
    reason: PolicyReason = "suppressed" if open_at(rules, now) > now else "throttle_active"
    return Policy(allow=False, reason=reason, next_at=next_at)


def _closed(
    consent: ConsentState,
    region: RegionRow,
    throttle: ThrottleState,
    rules: PromptRules,
    mode: ConsentMode,
) -> PolicyReason | None:
    """Return what forbids it whatever the time."""
    if consent == "withdrawn":
        return "consent_withdrawn"
    if consent == "denied":
        return "consent_denied"
    if consent == "pending":
        if not rules.before_choice or mode == "ask":
            return "consent_pending"
        # A question that is not kept cannot be counted, and throttle and cap would not hold.
        if region.prompt == "after_choice" or not needs_no_choice(mode, region):
            return "regional_block"
    return "session_cap" if is_spent(throttle, rules) else None
