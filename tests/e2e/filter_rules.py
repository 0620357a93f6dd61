"""
Rules of public filter lists that come near to what the widget asks for.

Copied from EasyPrivacy (easyprivacy_general.txt of easylist/easylist, GPL-3.0 or
CC BY-SA 3.0): all rules of its part from ``/ref`` to ``/tracking`` that speak of events,
sessions, surveys or widgets. ``$ping`` is a rule that uBlock Origin's lists have for all
beacons (uBlockOrigin/uAssets#11272).
"""

import re

PATTERNS = (
    *("/registeradevent?", "/report?event_", "/rum/events", "/rum/id?", "/scribd_events?"),
    *("/session-hit.", "/session-tracker/tracking-", "/session/referer", "/session/update-beacon"),
    *("/sessioncam/*", "/stat/event/*", "/stat/event?", "/stat/eventManager/*", "/stat?event="),
    *("/statistics?eventType=", "/stats.*/event", "/stats/event.js?", "/stats/survey."),
    *("/stats?ev=", "/stats?event=", "/surveyoverlay/*", "/t/event.js?", "/t/event?"),
    *("/taevents-", "/tagmanager/event?", "/tags?session_id=", "/trace?sessionid="),
    *("/track-event.", "/track/?*&event=", "/track/attention-event", "/track/client-event/*"),
    *(
        "/track/client-events",
        "/track/event/*",
        "/track?*&event=",
        "/track?_event=",
        "/track?event=",
    ),
    *("/track?events=", "/trackBatchEvents?", "/tracker/event?", "/tracker/eventBatch/*"),
    *("/tracker/events/*", "/tracking-events.js", "/tracking-widget."),
)


def blocked(url: str) -> list[str]:
    """Return the patterns that *url* fits, as blockers read them: anywhere, in any case."""
    return [pattern for pattern in PATTERNS if _expression(pattern).search(url)]


def _expression(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, pattern.split("*"))), re.IGNORECASE)
