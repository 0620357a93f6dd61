"""What the collector counts, in Prometheus' text form. No label ever names a visitor."""

from collections.abc import Iterator, Sequence

from prometheus_client import CollectorRegistry, Counter, generate_latest
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from edge.collector.http.batch import Parsed
from edge.events.wire import BatchAnswer
from edge.latencies import Latencies

_PREFIX = "flowback_edge_"


class Metrics(Collector):
    """
    The counters of one collector; each has a registry of its own.

    What every batch adds to is plain numbers of the event loop, read when asked for.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.accepted = self.duplicate = self.unknown = 0
        self.answers = Latencies()
        """From the first byte of a batch to its answer."""
        self._dropped = self._counter("events_dropped", "Events not kept", "reason")
        self._rejected = self._counter("events_rejected", "Events not understood", "reason")
        self._refused = self._counter("requests_refused", "Requests refused", "reason")
        self._served = self._counter("scripts_served", "Scripts of the widget served", "version")
        self._choices = self._counter("choices", "Choices recorded", "state")
        self.registry.register(self)

    def answered(self, answer: BatchAnswer, parts: Sequence[Parsed], seconds: float) -> None:
        """Count the batches *parts* of one request that was answered after *seconds*."""
        self.answers.note(seconds)
        self.accepted += answer.accepted
        self.duplicate += answer.duplicate
        for part in parts:
            self.unknown += part.unknown_fields
            for rejected in part.rejected:
                self._rejected.labels(rejected.reason).inc()
        for reason, count in answer.dropped.items():
            self._dropped.labels(reason).inc(count)

    def collect(self) -> Iterator[Metric]:
        """Yield the plain numbers as they are now."""
        for name, says, value in (
            ("events_accepted", "Events on disk", self.accepted),
            ("events_duplicate", "Events that had come before", self.duplicate),
            ("fields_unknown", "Fields that nobody knows, not kept", self.unknown),
        ):
            yield CounterMetricFamily(_PREFIX + name, says, value=value)
        yield HistogramMetricFamily(
            _PREFIX + "answer_seconds",
            "From the first byte of a batch to its answer",
            buckets=self.answers.cumulative(),
            sum_value=self.answers.total,
        )

    def refused(self, reason: str) -> None:
        """Count a refused request."""
        self._refused.labels(reason).inc()

    def chosen(self, state: str) -> None:
        """Count a choice."""
        self._choices.labels(state).inc()

    def served(self, version: str) -> None:
        """Count a script of the widget: ``newest``, ``pinned``, ``older`` or ``unknown``."""
        self._served.labels(version).inc()

    def text(self) -> bytes:
        """Return all in Prometheus' text form."""
        return generate_latest(self.registry)

    def _counter(self, name: str, description: str, *labels: str) -> Counter:
        return Counter(_PREFIX + name, description, labels, registry=self.registry)
