"""What the collector counts, in Prometheus' text form. No label ever names a visitor."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from edge.events.wire import BatchAnswer


class Metrics:
    """The counters of one collector; each has a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._accepted = self._counter("events_accepted", "Events on disk")
        self._duplicate = self._counter("events_duplicate", "Events that had come before")
        self._dropped = self._counter("events_dropped", "Events not kept", "reason")
        self._rejected = self._counter("events_rejected", "Events not understood", "reason")
        self._unknown = self._counter("fields_unknown", "Fields that nobody knows, not kept")
        self._refused = self._counter("requests_refused", "Requests refused", "reason")
        self._served = self._counter("scripts_served", "Scripts of the widget served", "version")
        self._choices = self._counter("choices", "Choices recorded", "state")
        self._answer_seconds = Histogram(
            "flowback_edge_answer_seconds",
            "From the first byte of a batch to its answer",
            registry=self.registry,
            buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1),
        )

    def answered(
        self, answer: BatchAnswer, unknown_fields: int, rejected: Iterable[str], seconds: float
    ) -> None:
        """Count a batch that was answered after *seconds*; *rejected* holds a reason for each."""
        self._answer_seconds.observe(seconds)
        self._accepted.inc(answer.accepted)
        if answer.duplicate:
            self._duplicate.inc(answer.duplicate)
        for reason in rejected:
            self._rejected.labels(reason).inc()
        if unknown_fields:
            self._unknown.inc(unknown_fields)
        for reason, count in answer.dropped.items():
            self._dropped.labels(reason).inc(count)

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
        return Counter(f"flowback_edge_{name}", description, labels, registry=self.registry)
