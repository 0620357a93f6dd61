"""What the API needs of the hub, given by the process: it finds nothing by itself."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from hub.api import shapes
from hub.api.shapes import Report, SignedReport
from hub.disclosure.answers import Answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The hub as the API sees it. All may be called from any thread."""

    answers: Answers
    edges: Callable[[], list[shapes.Edge]]
    agents: Callable[[], list[shapes.Agent]]
    run_insights: Callable[[str | None], shapes.InsightRun]
    """Project id → what the run made. Raises NoProject."""
    regroup: Callable[[str | None, str, shapes.Regroup], shapes.InsightRun]
    """Project id, insight, what people say of its group → what the run made. Raises NotSo."""
    version: Callable[[str], tuple[int, int]]
    """Project id → (version, moment) of its last change."""
    changed: Callable[[str], None]
    """Says that a project's answers changed as a whole."""
    privacy: Callable[[int | None, int | None], Report]
    """From and to → what such a report would say now."""
    compliance: Callable[[int | None, int | None], SignedReport]
    """From and to → the signed report for an auditor."""
    probes: Callable[[], Mapping[str, str | None]]
    """Name of a probe → what is wrong, or None."""
    metrics: Callable[[], bytes]
    """Prometheus text."""
    stopping: Callable[[], bool]
    """Whether open streams are to end."""
    hosts: frozenset[str]
    """Host names that the hub may be called by, beside the loopback ones."""
    static: Path
    """Folder of the built dashboard."""
