"""
Measure: `make bench`, or `make bench ONLY=edge` for one group.

Prints one JSON object a line and nothing else on stdout:
{"bench", "metric", "value", "unit", "reference", "ratio"}. A reference is measured
in the same run on the same machine; ratio = value / reference. A row of
bench_targets.json that nothing measures yet has value null.
"""

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

TARGETS = Path(__file__).parent.parent / "data" / "bench_targets.json"
OWN = [
    {
        "bench": "privacy",
        "metric": "scrub_4000_hostile_characters_ms",
        "unit": "ms",
        "floor": {"max": 5},
    },
    {"bench": "privacy", "metric": "parse_hostile_request_ms", "unit": "ms", "floor": {"max": 100}},
    {
        "bench": "bundle",
        "metric": "export_mib_per_s",
        "unit": "MiB/s",
        "floor": {"min": 50, "ratio_min": 0.1},
    },
    {
        "bench": "bundle",
        "metric": "import_mib_per_s",
        "unit": "MiB/s",
        "floor": {"min": 40, "ratio_min": 0.05},
    },
    {"bench": "bundle", "metric": "export_memory_growth_mib", "unit": "MiB", "floor": {"max": 24}},
    {"bench": "bundle", "metric": "import_memory_growth_mib", "unit": "MiB", "floor": {"max": 24}},
    {"bench": "link", "metric": "edge_memory_draining_10m_mb", "unit": "MB", "floor": {"max": 64}},
    {"bench": "link", "metric": "hub_memory_draining_10m_mb", "unit": "MB", "floor": {"max": 64}},
]
"""Rows beside the given ones."""


@dataclass(frozen=True, slots=True)
class Row:
    """One measured figure."""

    bench: str
    metric: str
    value: float | None
    reference: float | None = None

    @property
    def ratio(self) -> float | None:
        """Return value / reference."""
        if self.value is None or not self.reference:
            return None
        return self.value / self.reference


Group = Callable[[], Iterator[Row]]


def groups() -> dict[str, Group]:
    """Return the groups that can be measured, in order."""
    from tests.bench.groups import ai, bundle, edge, hub, link, privacy, widget

    return {
        "widget": widget.measure,
        "edge": edge.measure,
        "link": link.measure,
        "hub": hub.measure,
        "bundle": bundle.measure,
        "privacy": privacy.measure,
        "ai": ai.measure,
    }


def main() -> int:
    """Print every row of the targets; return 1 where a measured row misses its floor."""
    only = sys.argv[1] if len(sys.argv) > 1 else ""
    targets = json.loads(TARGETS.read_text())["rows"] + OWN
    names = dict.fromkeys(target["bench"] for target in targets)
    if only and only not in names:
        print(f"bench: there is no group {only!r}; there are {', '.join(names)}", file=sys.stderr)
        return 2
    missed = 0
    for name in names:
        if only in ("", name):
            missed += _print_group(name, [t for t in targets if t["bench"] == name])
    return 1 if missed else 0


def _print_group(name: str, targets: list[dict]) -> int:
    measure = groups().get(name)
    rows = {row.metric: row for row in measure()} if measure else {}
    missed = 0
    for target in targets:
        row = rows.get(target["metric"], Row(name, target["metric"], None))
        print(json.dumps(_line(row, target["unit"])), flush=True)
        if row.value is not None and not holds(row, target["floor"]):
            print(f"bench: {name} {row.metric} misses its floor {target['floor']}", file=sys.stderr)
            missed += 1
    return missed


def _line(row: Row, unit: str) -> dict[str, object]:
    return {
        "bench": row.bench,
        "metric": row.metric,
        "value": None if row.value is None else round(row.value, 3),
        "unit": unit,
        "reference": None if row.reference is None else round(row.reference, 3),
        "ratio": None if row.ratio is None else round(row.ratio, 4),
    }


def holds(row: Row, bounds: dict[str, float]) -> bool:
    """Return whether any one bound holds, as bench_targets.json says."""
    value, ratio = row.value, row.ratio
    return any(
        (
            "max" in bounds and value is not None and value <= bounds["max"],
            "min" in bounds and value is not None and value >= bounds["min"],
            "ratio_min" in bounds and ratio is not None and ratio >= bounds["ratio_min"],
        )
    )


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))
    sys.exit(main())
