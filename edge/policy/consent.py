"""
Consent (decision 4): what was chosen, what a browser's signal adds, which events pass.

A session's choices are a set, so that their order of arrival does not matter. Within a
stream they are ordered by number, not by time, so that a grant and its events can both be
made offline. The session's other streams count by numbers of their own: for them a grant
holds from the moment at which it was made, by the device's clock. What no grant precedes
is dropped, never queued or replayed (privacy-and-security.md, section 1, rule 2). A
withdrawal is final for its session.
"""

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from edge.events.event import ConsentState, Moment, Purpose
from edge.events.wire import ConsentRequest, RegionRow

ConsentMode = Literal["ask", "regional", "host"]
"""A project's: ask first · what the region's row allows · the site vouches for consent."""
Drop = Literal["before_consent", "consent_pending", "consent_denied", "consent_withdrawn"]
"""Why an event must not be kept."""
Refusal = Literal["", "gpc", "dnt"]
"""Which signal of the browser says no."""

DAY_MS = 86_400_000
CLOCK_SET_MS = 60_000
"""A device's clock that is off by so much more or less than before was set in between."""
MAX_GRANTS = 32
"""Grants kept of one session, the latest; a visitor makes one, or a few."""


class Grant(Struct, frozen=True, array_like=True):
    """One grant."""

    stream: str
    n: int
    purposes: tuple[Purpose, ...]
    made: Moment
    """By the device's clock."""
    skew: int
    """What corrected that clock when the grant came, ms."""
    at: Moment
    """When it came, by the server's clock."""
    override: bool = False
    """The visitor overrode GPC or DNT explicitly."""

    def since(self, skew: int) -> Moment:
        """Return when it was made by the device's clock of now, which *skew* corrects."""
        was_set = abs(self.skew - skew) > CLOCK_SET_MS
        return self.made + self.skew - skew if was_set else self.made


class Consent(Struct, frozen=True):
    """The choices of one session."""

    grants: tuple[Grant, ...] = ()
    """In the order in which they were made."""
    withdrawn: bool = False
    refused: Refusal = ""
    """The browser said no when the visitor said yes; it counts until that is overridden."""

    @property
    def latest(self) -> Grant | None:
        """The grant that was made last."""
        return self.grants[-1] if self.grants else None

    @property
    def override(self) -> bool:
        """The visitor overrode what the browser says."""
        return any(grant.override for grant in self.grants)

    @property
    def state(self) -> ConsentState:
        """What was chosen, as it is recorded."""
        if self.withdrawn:
            return "withdrawn"
        if self.refused and not self.override:
            return "denied"
        return "granted" if self.grants else "pending"


NO_CHOICE = Consent()


def choose(
    known: Consent, request: ConsentRequest, *, now: Moment, skew: int = 0, refused: Refusal = ""
) -> Consent:
    """
    Return the choices after *request*: *known* itself where it changes nothing.

    *skew* corrects the device's clock; *refused* is what its browser says meanwhile. A
    grant under GPC or DNT that does not override it is recorded as that denial (P2).
    """
    if known.withdrawn:
        return known
    if request.state == "withdrawn":
        return replace(known, withdrawn=True)
    if (refused or known.refused) and not (request.override or known.override):
        return known if known.refused else replace(known, refused=refused)
    stream, n = request.stream or "", request.n or 0
    if any((grant.stream, grant.n) == (stream, n) for grant in known.grants):
        return known
    grant = Grant(
        stream=stream,
        n=n,
        purposes=tuple(request.purposes),
        made=request.sent_at if request.at is None else min(request.at, request.sent_at),
        skew=skew,
        at=now,
        override=request.override,
    )
    return replace(known, grants=tuple(sorted([*known.grants, grant], key=_order))[-MAX_GRANTS:])


def _order(grant: Grant) -> tuple[Moment, str, int]:
    return (grant.made, grant.stream, grant.n)


def opted_out(gpc: Iterable[str] = (), dnt: Iterable[str] = ()) -> Refusal:
    """
    Say which of the headers ``Sec-GPC`` and ``DNT`` asks not to be tracked, if one does.

    Valid only as exactly ``1``; any ``1`` among repeated headers counts (W3C GPC).
    """
    if _says_one(gpc):
        return "gpc"
    return "dnt" if _says_one(dnt) else ""


def _says_one(headers: Iterable[str]) -> bool:
    return "1" in {part.strip() for header in headers for part in header.split(",")}


def effective(
    consent: Consent,
    *,
    mode: ConsentMode,
    region: RegionRow,
    now: Moment,
    refused: Refusal = "",
) -> ConsentState:
    """
    Return what a session's choices mean here and now.

    GPC or DNT (*refused*: the browser says so now) is a denial until the visitor
    overrides it; a grant ends after the region's ``consent_ttl_days`` and then has to be
    asked for again; with ``host`` the site has the consent.
    """
    if consent.withdrawn:
        return "withdrawn"
    if (refused or consent.refused) and not consent.override:
        return "denied"
    if mode == "host":
        return "granted"
    latest = consent.latest
    return "granted" if latest is not None and now < ends(latest, region) else "pending"


def ends(grant: Grant, region: RegionRow) -> Moment:
    """Return the moment from which *grant* has to be asked for again."""
    return grant.at + region.consent_ttl_days * DAY_MS


def for_purpose(state: ConsentState, grant: Grant | None, purpose: Purpose) -> ConsentState:
    """Return *state* as it holds for *purpose*: a *grant* that does not name it is a denial."""
    left_out = grant is not None and purpose not in grant.purposes
    return "denied" if state == "granted" and left_out else state


def covering(consent: Consent, *, stream: str, n: int, at: Moment, skew: int) -> Grant | None:
    """
    Return the grant that holds for event *n* of *stream*, which was made *at*: the last before it.

    *at* is by the device's clock, which *skew* corrects. Of the event's own stream that is
    the one with the greatest smaller number, of the others the latest made until then;
    where both are there, the later of the two.
    """
    own, other = None, None
    for grant in consent.grants:
        if grant.stream != stream:
            if grant.since(skew) <= at:
                other = grant
        elif grant.n < n and (own is None or own.n < grant.n):
            own = grant
    if own is None or other is None:
        return own or other
    return own if own.made >= other.made else other


def settled(consent: Consent, *, stream: str, skew: int) -> tuple[int, Moment]:
    """
    Return *n* and *at* such that one answer holds for all events of *stream* with a greater
    number that were made at that moment or later: the quick way for nearly all events.
    """
    n, at = -1, 0
    for grant in consent.grants:
        if grant.stream == stream:
            n = max(n, grant.n)
        else:
            at = max(at, grant.since(skew))
    return n, at


def needs_no_choice(mode: ConsentMode, region: RegionRow) -> bool:
    """Say whether events may be kept before a choice."""
    return mode == "host" or (mode == "regional" and region.capture_before_choice)


def drop_reason(
    state: ConsentState,
    purpose: Purpose,
    grant: Grant | None,
    *,
    mode: ConsentMode,
    region: RegionRow,
) -> Drop | None:
    """
    Return why an event for *purpose* must be dropped, None where it may be kept.

    *state* is what :func:`effective` said, *grant* what :func:`covering` found.
    """
    if state == "withdrawn":
        return "consent_withdrawn"
    if state == "denied":
        return "consent_denied"
    needs_none = needs_no_choice(mode, region)
    if state == "pending" and not needs_none:
        return "consent_pending"
    if state == "granted" and grant is not None:
        return None if purpose in grant.purposes else "consent_denied"
    if needs_none:
        return None
    return "before_consent"
