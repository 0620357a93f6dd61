"""What the settings alone decide, and what may therefore be replaced while the edge runs."""

from typing import NamedTuple

from edge.collector.http.address import Proxies
from edge.collector.http.rates import Limit, Rates
from edge.collector.operations.space import Limits
from edge.collector.regions import Regions
from edge.collector.settings import EdgeSettings

MIB = 2**20

LIVE = frozenset(
    {
        *("log", "rules", "regions", "proxies", "queue_mb", "disk_mb", "when_full", "wal_mb"),
        *("session_rate", "project_rate", "address_rate"),
    }
)
"""Settings that a running edge takes over; the others take effect at its next start."""


class Parts(NamedTuple):
    """Made anew as a whole, so that half a change never holds."""

    regions: Regions
    proxies: Proxies
    rates: Rates
    limits: Limits
    drop: bool
    """When the disk is full the oldest may go."""
    queue_bytes: int


def parts_of(settings: EdgeSettings) -> Parts:
    """Return the parts that *settings* describe. Raises :class:`~edge.errors.FlowbackError`."""
    return Parts(
        regions=Regions(
            settings.region,
            rules=settings.rules,
            database=settings.regions,
            proxies=settings.proxies,
        ),
        proxies=Proxies(settings.proxies),
        rates=Rates(
            session=Limit(settings.session_rate),
            project=Limit(settings.project_rate),
            address=Limit(settings.address_rate),
        ),
        limits=Limits(
            budget=settings.disk_mb * MIB,
            reserve=2 * settings.ballast_mb * MIB,
            wal_cap=settings.wal_mb * MIB,
        ),
        drop=settings.when_full == "drop_oldest",
        queue_bytes=settings.queue_mb * MIB,
    )
