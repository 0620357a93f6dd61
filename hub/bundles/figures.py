"""What came by hand, in figures for Prometheus."""

from collections.abc import Iterable

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from edge.journal.reading import Reading
from edge.keys import Keyring
from hub.bundles import ledger
from hub.bundles.receipts import cursor_of
from hub.bundles.watch import Watch


class BundleFigures(Collector):
    """Reads the ledger, when asked, and what *watch* counted."""

    def __init__(self, inbox: Reading, keyring: Keyring, watch: Watch) -> None:
        self._inbox = inbox
        self._keyring = keyring
        self._watch = watch

    def collect(self) -> Iterable[Metric]:
        """Yield the metrics."""
        taken = CounterMetricFamily(
            "flowback_hub_bundles", "Files taken from the spool, since the start", labels=["result"]
        )
        taken.add_metric(["taken"], self._watch.taken)
        taken.add_metric(["refused"], self._watch.refused)
        yield taken
        came = GaugeMetricFamily(
            "flowback_hub_bundle_timestamp_seconds",
            "When the newest file of an edge came",
            labels=["edge", "node"],
        )
        missing = GaugeMetricFamily(
            "flowback_hub_bundle_missing_entries",
            "Numbers that have not come, though later ones did",
            labels=["edge", "node"],
        )
        for node, name in {one.node: one.name for one in self._keyring.records()}.items():
            known = ledger.files(self._inbox, node)
            if not any(file.came for file in known):
                continue
            came.add_metric([name, node], max(file.came for file in known) / 1000)
            lacking = ledger.missing(known, cursor_of(self._inbox, node))
            missing.add_metric([name, node], sum(one.hi - one.lo + 1 for one in lacking))
        yield came
        yield missing
