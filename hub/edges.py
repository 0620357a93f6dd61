"""An edge as the API shows it: what the link knows of it, and what lies in the inbox."""

import time
from typing import Literal

from edge.journal.journal import Journal
from edge.keys import EdgeRecord
from edge.protocol.frames import LANES
from hub.api.shapes import Bundle, Edge, EdgeControl, Missing
from hub.bundles import ledger
from hub.bundles.receipts import cursor_of
from hub.control import Control
from hub.inlet.inlet import EdgeStatus
from hub.stores.analytics import Reader

BEHIND = 20.0  # seconds of silence after which an edge is called behind: the link pings each 5 s
AWAY = 600.0

_NEWEST = """
select max(e.at) from head h
join origin o on o.id = h.origin
join entry e on e.origin = h.origin and e.lane = h.lane and e.seq = h.seq
where o.node = ?
"""
_GAPS = "select count(*) from gap g join origin o on o.id = g.origin where o.node = ?"
_PARKED = "select count(*) from parked where node = ?"
_EVENTS = """
select coalesce(sum(h.events), 0) from head h join origin o on o.id = h.origin where o.node = ?
"""


def show(
    status: EdgeStatus, record: EdgeRecord | None, inbox: Journal, store: Reader, control: Control
) -> Edge:
    """
    Return the edge of *status*, whose newest key is *record*.

    Its backlog is that of its last hello, less what came since.
    """
    now = int(time.time() * 1000)
    node = status.node
    [(newest,)] = inbox.read(_NEWEST, (node,))
    [(gaps,)] = inbox.read(_GAPS, (node,))
    [(events,)] = inbox.read(_EVENTS, (node,))
    [(parked,)] = store.read(_PARKED, (node,))
    held: dict[int, int] = {cursor.lane: cursor.seq for cursor in status.cursors}
    waiting = sum(max(0, head - held.get(lane, 0)) for lane, head in enumerate(status.heads))
    return Edge(
        node=node,
        name=status.name,
        site=status.site,
        region=status.region,
        state=_state(status, newest),
        seen=None if status.silent_for is None else now - int(status.silent_for * 1000),
        backlog=waiting if status.heads else None,
        lag_ms=now - newest if isinstance(newest, int) else None,
        held=_held(inbox, node),
        bundle=_bundle(inbox, node),
        events=int(str(events)),
        gaps=int(str(gaps)),
        key_made=record.made if record else None,
        version=status.version or None,
        control=_control(control, node),
        problem=_problem(status),
        parked=int(parked),
    )


def _held(inbox: Journal, node: str) -> list[int]:
    rows = inbox.read("select epoch from origin where node = ? order by id desc limit 1", (node,))
    cursor = cursor_of(inbox, node)
    return [cursor(int(str(epoch)), lane) for (epoch,) in rows for lane in LANES]


def _bundle(inbox: Journal, node: str) -> Bundle | None:
    known = ledger.files(inbox, node)
    came = [file for file in known if file.came]
    if not came:
        return None
    newest = [file for file in came if file.run == came[0].run]
    cursor = cursor_of(inbox, node)
    return Bundle(
        at=max(file.came for file in came),
        export=came[0].run,
        files=[file.no for file in newest],
        more=ledger.more(known)[1],
        early=ledger.early(known, cursor),
        missing=[
            Missing(file=one.no, lane=one.lane, first=one.lo, last=one.hi)
            for one in ledger.missing(known, cursor)
        ],
    )


def _control(control: Control, node: str) -> EdgeControl:
    report, head = control.report_of(node), control.head_of(node)
    if report is None:
        return EdgeControl(state="none", rev=None, head=head, complaints=[])
    told = [f"{one.kind} {one.key}".strip() + f": {one.why}" for one in report.complaints]
    states: tuple[Literal["behind", "current", "ahead"], ...] = ("behind", "current", "ahead")
    state = states[1 + (report.rev > head) - (report.rev < head)]
    return EdgeControl(state=state, rev=report.rev, head=head, complaints=told)


def _problem(status: EdgeStatus) -> str | None:
    if status.revoked:
        return "revoked: every key of this edge is revoked"
    return status.refused or None


def _state(status: EdgeStatus, newest: object) -> Literal["current", "behind", "away", "never"]:
    if status.silent_for is None:
        return "never" if newest is None else "away"
    if status.silent_for > AWAY or not status.connected:
        return "away"
    return "behind" if status.silent_for > BEHIND else "current"
