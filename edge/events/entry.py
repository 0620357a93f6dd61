"""
An entry: what one commit wrote to one lane, as it lies on disk and travels.

``body = zstd(msgpack([Group, …]))``, sealed by ``hash = BLAKE2b-128(body)``.
Events are counted through all groups in order: that is the ``index`` of
``(node, epoch, lane, seq, index)``, which names one event everywhere behind the edge.
"""

from msgspec import Struct

from edge.events.event import Event, Moment

SCHEMA = 1
"""Version of these structs; fields are only ever added within one."""


class Stamp(Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """What the edge adds to the events of one request (decision 3)."""

    project: str
    received_at: Moment
    session: str | None = None
    """Absent for a denial, which is only counted."""
    stream: str | None = None
    device: str = ""
    """``phone``, ``tablet``, ``desktop`` or ``bot``; the user agent itself is forgotten."""
    cohort: str = ""
    region: str = ""
    site: str = ""
    verified: bool = False
    """The Origin header was there and allowed. Unverified events count towards no k."""


class Group(Struct, kw_only=True, rename="camel"):
    """The events of one request, or of one agent about one session, with their stamp."""

    stamp: Stamp
    events: list[Event | None]
    """None is an event that was erased: its place and number stay (decision 9)."""
