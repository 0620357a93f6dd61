"""
Consent (decision 4): what was chosen, what a browser's signal adds, which events pass.

A choice is ordered by its event number ``n``, not by time, so that a grant and its
events can both be made offline. A withdrawal is final for its session.
"""

from collections.abc import Collection, Iterable
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from edge.events.event import ConsentState, Purpose
from edge.events.wire import ConsentRequest, RegionRow

ConsentMode = Literal["ask", "regional", "host"]
"""A project's: ask first · what the region's row allows · the site vouches for consent."""
Drop = Literal["before_consent", "consent_pending", "consent_denied", "consent_withdrawn"]
"""Why an event must not be kept."""

DAY_MS = 86_400_000


class Consent(Struct, frozen=True):
    """The choice of one session as it stands; ``at`` is when it was received, ms since 1970."""

    state: ConsentState = "pending"
    stream: str = ""
    n: int = -1
    purposes: tuple[Purpose, ...] = ()
    override: bool = False
    """The visitor overrode GPC or DNT explicitly."""
    at: int = 0


NO_CHOICE = Consent()


def choose(known: Consent, request: ConsentRequest, *, now: int) -> Consent:
    """Return the choice after *request*: *known* itself where it changes nothing."""
    stream, n = request.stream or "", -1 if request.n is None else request.n
    stale = known.stream == stream and n <= known.n
    if known.state == "withdrawn" or (stale and known.state != "pending"):
        return known
    return Consent(
        state=request.state,
        stream=stream,
        n=n,
        purposes=tuple(request.purposes),
        override=request.override,
        at=now,
    )


def opted_out(gpc: Iterable[str] = (), dnt: Iterable[str] = ()) -> bool:
    """
    Say whether the headers ``Sec-GPC`` or ``DNT`` ask not to be tracked.

    Valid only as exactly ``1``; any ``1`` among repeated headers counts (W3C GPC).
    """
    return "1" in {part.strip() for header in (*gpc, *dnt) for part in header.split(",")}


def effective(
    consent: Consent,
    *,
    mode: ConsentMode,
    region: RegionRow,
    now: int,
    opted_out: bool = False,
) -> ConsentState:
    """
    Return what a choice means here and now.

    GPC or DNT is a denial until the visitor overrides it; a grant ends after
    the region's ``consent_ttl_days`` and then has to be asked for again; with
    ``host`` the site has the consent.
    """
    if consent.state in ("withdrawn", "denied"):
        return consent.state
    if opted_out and not consent.override:
        return "denied"
    if consent.state == "granted":
        fresh = now - consent.at < region.consent_ttl_days * DAY_MS
        return "granted" if fresh or mode == "host" else "pending"
    return "granted" if mode == "host" else "pending"


def for_purpose(state: ConsentState, consent: Consent, purpose: Purpose) -> ConsentState:
    """Return *state* as it holds for *purpose*: a grant that does not name it is a denial."""
    left_out = consent.state == "granted" and purpose not in consent.purposes
    return "denied" if state == "granted" and left_out else state


def drop_reason(
    state: ConsentState,
    consent: Consent,
    *,
    mode: ConsentMode,
    region: RegionRow,
    stream: str,
    n: int,
) -> Drop | None:
    """
    Return why event *n* of *stream* must be dropped, None where it may be kept.

    *state* is what :func:`effective` said. A grant covers what follows it in
    its own stream, and the session's other streams; nothing from before it.
    """
    if state == "withdrawn":
        return "consent_withdrawn"
    if state == "denied":
        return "consent_denied"
    if mode == "host" or (mode == "regional" and region.capture_before_choice):
        return None
    if state == "pending":
        return "consent_pending"
    return "before_consent" if stream == consent.stream and n < consent.n else None


def withdraw(known: Consent, *, now: int) -> Consent:
    """Return the choice after an erasure at the visitor's request."""
    return replace(known, state="withdrawn", at=now)


def names(purposes: Collection[Purpose]) -> str:
    """Return *purposes* in plain words."""
    words = {
        "interaction": "how the page is used",
        "reaction_prompt": "being asked",
        "comment": "comments",
    }
    return ", ".join(words[purpose] for purpose in purposes) or "nothing"
