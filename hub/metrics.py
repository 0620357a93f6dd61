"""The hub in figures, for Prometheus: read when asked, so that nothing is counted twice."""

import sqlite3
from collections.abc import Callable, Iterable, Sequence

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from hub.agents.insight import InsightAgent
from hub.api.shapes import Agent, Edge
from hub.bus.bus import InProcessBus
from hub.projections import positions
from hub.projections.events import dropped, parked, put_aside
from hub.retention import Retention
from hub.roster import Roster
from hub.stores.analytics import AnalyticsUnavailable, Reader
from hub.stores.records.tombstones import Tombstones
from hub.worker import Worker


class HubMetrics(Collector):
    """Reads the worker, the bus and the store."""

    def __init__(
        self,
        reader: Reader,
        worker: Worker,
        bus: InProcessBus,
        insight: InsightAgent,
        tombstones: Tombstones,
        edges: Callable[[], Sequence[Edge]] = list,
    ) -> None:
        self._reader = reader
        self._worker = worker
        self._bus = bus
        self._insight = insight
        self._tombstones = tombstones
        self._edges = edges
        self._registry = CollectorRegistry()
        self._registry.register(self)

    def add(self, collector: Collector) -> None:
        """Show what *collector* reads too."""
        self._registry.register(collector)

    def text(self) -> bytes:
        """Return all in Prometheus' text format."""
        return generate_latest(self._registry)

    def collect(self) -> Iterable[Metric]:
        """Yield the metrics."""
        worker = self._worker
        yield _gauge("hub_inbox_position", "Inbox position applied", worker.position)
        yield _gauge("hub_worker_waits", "1 while the store is away", bool(worker.problem))
        yield _counter("hub_events_applied", "Events applied since the start", worker.applied)
        yield _counter("hub_ticks", "Commits since the start", worker.ticks)
        yield _counter("hub_tick_seconds", "Seconds spent in them", worker.tick_seconds)
        yield _counter("hub_insight_runs", "Runs of the insight agent", self._insight.runs)
        yield _counter("hub_insight_failures", "Runs that failed", self._insight.failures)
        stones = self._tombstones
        yield _gauge("hub_tombstones", "Sessions that visitors had deleted", len(stones))
        yield _gauge("hub_erasures_waiting", "Erasures not complete", stones.waiting)
        claims = len(stones.claims)
        yield _gauge("hub_claims_waiting", "Deletions asked for, of sessions unknown yet", claims)
        errands = len(stones.errands)
        yield _gauge("hub_errands_waiting", "Sessions that edges are still to erase", errands)
        text = "Texts that edges had not scrubbed, scrubbed here, since the start"
        yield _counter("hub_texts_scrubbed", text, worker.scrubbed)
        blanked = worker.eraser.blanked
        yield _counter("hub_events_blanked", "Events blanked in the inbox since the start", blanked)
        agents = CounterMetricFamily(
            "flowback_hub_agent_messages", "Messages taken", labels=["agent"]
        )
        for name, count in self._bus.handled.items():
            agents.add_metric([name], count)
        yield agents
        yield from self._left_out()

    def _of_edges(self) -> Iterable[Metric]:
        """How each edge stands, by its name: what people have to act on."""
        edges = self._edges()
        behind = GaugeMetricFamily(
            "flowback_hub_edge_control_behind",
            "1 while an edge does not hold all that this hub told it",
            labels=["edge"],
        )
        complaints = GaugeMetricFamily(
            "flowback_hub_edge_control_complaints",
            "Items of control that do not hold at an edge; see GET /api/edges",
            labels=["edge"],
        )
        refused = GaugeMetricFamily(
            "flowback_hub_edge_refused",
            "1 while an edge is refused until a person acts; see GET /api/edges",
            labels=["edge"],
        )
        for edge in edges:
            name = [edge.name or edge.node]
            behind.add_metric(name, edge.control.state == "behind")
            complaints.add_metric(name, len(edge.control.complaints))
            refused.add_metric(name, edge.problem is not None)
        yield from (behind, complaints, refused)

    def _left_out(self) -> Iterable[Metric]:
        try:
            reasons, aside = dropped(self._reader), put_aside(self._reader)
            waiting = len(parked(self._reader))
            reached = positions.of_all(self._reader)
            yield from self._of_edges()
        except AnalyticsUnavailable:
            return  # the probe "analytics" says so
        found = CounterMetricFamily(
            "flowback_hub_events_dropped", "Events that may not count", labels=["reason"]
        )
        for reason, count in reasons.items():
            found.add_metric([reason], count)
        yield found
        stands = GaugeMetricFamily(
            "flowback_hub_agent_position", "Inbox position of its last entry", labels=["agent"]
        )
        for agent, position in reached.items():
            stands.add_metric([agent], position)
        yield stands
        yield _gauge("hub_entries_put_aside", "Entries that could not be applied", aside)
        text = "Entries of a newer schema, kept until this hub is upgraded"
        yield _gauge("hub_entries_parked", text, waiting)


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"flowback_{name}", text, value=float(value))


def _counter(name: str, text: str, value: float) -> Metric:
    return CounterMetricFamily(f"flowback_{name}", text, value=float(value))


class AgentFigures(Collector):
    """The custom agents in figures."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster

    def collect(self) -> Iterable[Metric]:
        """Yield the metrics."""
        custom = [one for one in self._roster.list() if one.custom]
        for name, text, of in _OF_CUSTOM:
            found = GaugeMetricFamily(f"flowback_hub_custom_agent_{name}", text, labels=["agent"])
            for agent in custom:
                found.add_metric([agent.name], of(agent))
            yield found


class RetentionFigures(Collector):
    """How old the oldest of everything is, beside the age at which it ends."""

    def __init__(self, retention: Callable[[], Retention | None]) -> None:
        self._retention = retention

    def collect(self) -> Iterable[Metric]:
        """Yield the metrics."""
        retention = self._retention()
        if retention is None:
            return
        try:
            oldest, sealed = retention.oldest(), retention.sealed
        except (AnalyticsUnavailable, sqlite3.Error):
            return  # the probes "analytics" and "inbox" say so
        name, text = "hub_retention_timestamp_seconds", "The last day whose night is done"
        yield _gauge(name, text, retention.done / 1000)
        yield _gauge("hub_retention_waits", "1 while it cannot work", bool(retention.problem))
        yield _gauge("hub_sessions_sealed", "Sessions that only count any more", sealed)
        text = "Age of the oldest entry of the inbox"
        yield _gauge("hub_oldest_entry_seconds", text, oldest.entries / 1000)
        for kind, label, found in (
            ("event", "region", oldest.events),
            ("row", "project", oldest.rows),
        ):
            age = GaugeMetricFamily(
                f"flowback_hub_oldest_{kind}_seconds", f"Age of the oldest {kind}", labels=[label]
            )
            limit = GaugeMetricFamily(
                f"flowback_hub_{kind}_limit_seconds", f"Age at which a {kind} ends", labels=[label]
            )
            for one, (old, most) in sorted(found.items()):
                age.add_metric([one], old / 1000)
                limit.add_metric([one], most / 1000)
            yield from (age, limit)


_OF_CUSTOM: tuple[tuple[str, str, Callable[[Agent], float]], ...] = (
    (
        "up",
        "1 while it is at work, 0 while it waits, is stopped or parked",
        lambda a: a.state == "runs",
    ),
    ("parked", "1 where it was given up; GET /api/agents says why", lambda a: a.state == "parked"),
    ("position", "Inbox position of the last entry that it took", lambda a: a.position or 0),
    ("behind", "Entries that it has not taken yet", lambda a: a.behind),
    ("failures", "Times that it raised, hung, said too much or ended", lambda a: a.failures),
    ("taken", "Messages that it took", lambda a: a.taken),
    ("said", "Messages that it said", lambda a: a.said),
)
