"""Every figure of ``/metrics`` that is read when it is asked for, in one list."""

import math
import sqlite3
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from edge import VERSION
from edge.collector.operations.disk import DAY, Disk
from edge.collector.operations.retention import oldest
from edge.journal import account

if TYPE_CHECKING:
    from edge.collector.state import State

_PREFIX = "flowback_edge_"


class Figure(NamedTuple):
    """A gauge, or a counter where the name ends in ``_total``."""

    name: str
    says: str
    read: "Callable[[State], float]"


def figures() -> tuple[Figure, ...]:
    """Return all that have no labels."""
    return (
        Figure("sessions_in_memory", "Sessions in memory", lambda s: len(s.ingest.sessions)),
        Figure("works_waiting", "Requests that wait for a commit", lambda s: s.journal.queued),
        Figure("queue_bytes", "Bytes that requests take until answered", lambda s: s.waiting_bytes),
        Figure("queue_limit_bytes", "Bytes that requests may take", lambda s: s.queue_bytes),
        Figure("commits_total", "Commits since the start", lambda s: s.journal.commits),
        Figure("commits_failed_total", "Commits that failed", lambda s: s.journal.failures),
        Figure("oldest_entry_seconds", "Age of the oldest entry", lambda s: oldest(s.journal)),
        Figure("retention_seconds", "At this age it ends", lambda s: s.regions.raw_days * DAY),
        Figure("retention_entries_total", "Entries ended by retention", lambda s: s.ended),
        Figure("journal_live_bytes", "Pages of the journal in use", lambda s: s.watch.seen.live),
        Figure("journal_file_bytes", "The journal's file", lambda s: s.watch.seen.file),
        Figure("journal_wal_bytes", "Its write-ahead log", lambda s: s.watch.seen.wal),
        Figure("disk_free_bytes", "What the file system has left", lambda s: s.watch.seen.free),
        Figure(
            "disk_capacity_bytes", "To what the journal can grow", lambda s: s.watch.seen.capacity
        ),
        Figure("disk_level", "Share of the capacity in use", lambda s: s.watch.seen.level),
        Figure(
            "disk_full_timestamp_seconds", "When the disk will be full", lambda s: s.watch.full_at
        ),
        Figure("disk_shed_bytes_total", "Deleted early, held by the hub", lambda s: s.watch.shed),
        Figure("disk_dropped_bytes_total", "Deleted undelivered", lambda s: s.watch.dropped),
        Figure("ballast", "1 while the ballast is in its place", lambda s: s.watch.ballast.there),
        Figure("accepted_events", "Accepted, ever", lambda s: s.watch.account.accepted),
        Figure("delivered_events", "Of which the hub holds", lambda s: s.watch.account.delivered),
        Figure("pending_events", "Of which wait", lambda s: s.watch.account.pending),
        Figure(
            "quarantined_events", "Of which are put aside", lambda s: s.watch.account.quarantined
        ),
        Figure("gap_events", "Of which left by a declared gap", lambda s: s.watch.account.gap),
        Figure("unaccounted", "Of which nobody knows: 0", lambda s: s.watch.account.unaccounted),
        Figure("account_timestamp_seconds", "When that was counted", lambda s: s.watch.account_at),
        Figure(
            "detection_failed_total", "Batches without detection", lambda s: s.ingest.undetected
        ),
        Figure("detection_made_up_total", "Made up later", lambda s: s.ingest.made_up),
        Figure(
            "projects_file_bad", "1 while it cannot be read", lambda s: bool(s.projects.problem)
        ),
        Figure("rules_bad", "1 while older rules hold than the file's", lambda s: s.regions.bad),
        Figure("config_reloads_total", "Settings read again", lambda s: s.reloads),
        Figure(
            "config_errors_total", "Settings refused when read again", lambda s: s.config_errors
        ),
        Figure("start_timestamp_seconds", "When the process began", lambda s: s.started / 1000),
    )


class Figures(Collector):
    """Reads :func:`figures` and what has labels from the collector's parts."""

    def __init__(self, state: "State") -> None:
        self._state = state

    def collect(self) -> Iterator[Metric]:
        """Yield everything as it is now."""
        state = self._state
        for figure in figures():
            name, counts = _PREFIX + figure.name.removesuffix("_total"), _counts(figure.name)
            family = CounterMetricFamily if counts else GaugeMetricFamily
            yield family(name, figure.says, value=_read(figure, state))
        latencies = state.journal.latencies
        yield HistogramMetricFamily(
            _PREFIX + "commit_seconds",
            "How long a commit takes",
            buckets=latencies.cumulative(),
            sum_value=latencies.total,
        )
        yield from _states(state)
        yield from _lanes(state)
        if state.forwarder is not None:
            yield from _link(state)


def _read(figure: Figure, state: "State") -> float:
    """Return a figure, or none where the journal cannot be read: the others are still told."""
    try:
        return float(figure.read(state))
    except sqlite3.Error:
        return math.nan


def _counts(name: str) -> bool:
    return name.endswith("_total")


def _states(state: "State") -> Iterator[Metric]:
    found = GaugeMetricFamily(_PREFIX + "disk_state", "1 for the disk's state", labels=["state"])
    for each in Disk:
        found.add_metric([each.value], float(state.watch.state is each))
    yield found
    answer = state.ready()
    found = GaugeMetricFamily(_PREFIX + "probe", "1 while a probe says ok", labels=["probe"])
    for name, says in answer.probes.items():
        found.add_metric([name], float(says == "ok"))
    yield found
    yield GaugeMetricFamily(_PREFIX + "ready", "1 while events are taken in", value=answer.ready)
    found = GaugeMetricFamily(
        _PREFIX + "info", "Which edge this is", labels=["version", "node", "epoch"]
    )
    own = state.journal.own
    found.add_metric([VERSION, own.node, f"{own.epoch:016x}"], 1.0)
    yield found


def _lanes(state: "State") -> Iterator[Metric]:
    now = state.now()
    lag = GaugeMetricFamily(
        _PREFIX + "lag_seconds", "Age of the oldest entry that waits", labels=["lane"]
    )
    try:
        waiting = account.oldest_pending(state.journal)
    except sqlite3.Error:
        return
    for lane in account.TRAVELLING:
        lag.add_metric([str(lane)], max(0.0, (now - waiting.get(lane, now)) / 1000))
    yield lag


_GAUGES = {"link_up", "link_refused", "control_revision", "control_complaints"}


def _link(state: "State") -> Iterator[Metric]:
    assert state.forwarder is not None
    status = state.forwarder.status()
    backlog = GaugeMetricFamily(
        _PREFIX + "backlog_entries", "Entries that the hub does not hold", labels=["lane"]
    )
    for lane in status.lanes:
        backlog.add_metric([str(lane.lane)], lane.backlog)
    yield backlog
    for name, says, value in (
        ("link_up", "1 while the hub answers", status.connected),
        ("link_sockets", "Sockets made after the first", status.reconnects),
        ("link_hellos", "Times the link was greeted", status.hellos),
        ("link_refusals", "Batches that the hub refused", status.naks),
        ("link_resent", "Entries sent again", status.resent),
        ("control_revision", "The hub's control is here up to it", state.control.rev or 0),
        ("control_complaints", "Items of it that do not hold", len(state.control.complaints())),
        ("link_refused", "1 while the hub refuses until a person acts", status.fatal),
        ("epochs_begun", "New epochs because the hub knew more", status.forks),
    ):
        family = GaugeMetricFamily if name in _GAUGES else CounterMetricFamily
        yield family(_PREFIX + name, says, value=float(value))
