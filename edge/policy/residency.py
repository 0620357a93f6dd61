"""Residency (decision 10): what may leave the site, and what stays."""

from msgspec import Struct

from edge.events.wire import RegionRow


class Travel(Struct, frozen=True, kw_only=True):
    """What may leave. Addresses, user agents and unscrubbed text never do."""

    signals: bool
    """Lane 0: signals, feedback, consent, navigation and exposure, all scrubbed."""
    raw: bool
    """Lane 1: raw events, scrubbed."""
    aggregates_from: int
    """Sessions below which not even an aggregate leaves."""


def travel(region: RegionRow, *, share_raw: bool, hub_country: str | None) -> Travel:
    """
    Return what may go to a hub in *hub_country* (None: unknown) under *region*.

    *share_raw* is the project's own setting. A row that keeps events in their
    country lets them go only to a hub that says it stands there: fail closed.
    """
    signals = region.residency != "in_country" or (hub_country or "").upper() in region.home
    raw = signals and share_raw and region.hub_raw
    return Travel(signals=signals, raw=raw, aggregates_from=region.k_min)
