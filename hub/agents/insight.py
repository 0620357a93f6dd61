"""
The insight agent: every two minutes, or when asked, a few insights of what may be shown.

It reads only what disclosure shows, over a sliding period and the one before, so that
no word of it can tell of fewer than k sessions. It works on a thread of its own and
never slows the worker.
"""

import hashlib
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import structlog

from ai.endpoint import Endpoint
from ai.rules import Finding, Place, find
from ai.wording import Wording
from ai.words import describe
from edge.errors import FlowbackError
from edge.projects import Project
from hub.agents.storage import StorageAgent
from hub.api.shapes import Pattern
from hub.changes import Changes
from hub.disclosure.cells import Cell
from hub.disclosure.estimate import Sums, shrink
from hub.disclosure.evidence import evidence
from hub.disclosure.hotspots import By, shown_places
from hub.disclosure.room import DAY, Room
from hub.projections import insights as projection
from hub.projections import positions
from hub.projections.scope import Scope
from hub.projections.table import HOUR
from hub.settings import HubSettings
from hub.stores.analytics import AnalyticsStore

log = structlog.get_logger(__name__)

EVIDENCE = 5
"""Patterns named as the evidence of one insight."""


class InsightAgent:
    """Makes the insights of every project. *period* in ms, *every* in seconds."""

    name = "insight"

    def __init__(
        self,
        room: Room,
        store: AnalyticsStore,
        changes: Changes,
        *,
        every: float = 120.0,
        period: int = DAY,
        wording: Wording | None = None,
    ) -> None:
        self._room = room
        self._store = store
        self._changes = changes
        self.every = every
        self._period = period
        self._wording = wording
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self.runs = 0
        self.failures = 0
        store.create([*projection.CREATE, *positions.CREATE])
        with store.transaction() as transaction:
            positions.join(transaction, [self.name])

    def start(self) -> None:
        """Run on schedule."""
        self._thread = threading.Thread(target=self._follow, name="hub-insight", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End after the run at work. Harmless when repeated."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def run(self, project: Project) -> tuple[int, int]:
        """Make the insights of *project* now; return (moment of the run, how many)."""
        with self._lock:
            ran, seen = self._room.clock(), positions.of_all(self._store)
            found = self.make(project, ran)
            with self._store.transaction() as transaction:
                changed = projection.replace(transaction, project.id, found, ran)
                positions.move(transaction, [self.name], seen.get(StorageAgent.name, 0))
            self.runs += 1
        if changed:
            self._changes.changed(project.id)
        return ran, len(found)

    def make(self, project: Project, now: int) -> list[dict[str, Any]]:
        """Return the insights as fields of ``shapes.Insight``, weightiest first."""
        end = now + -now % HOUR
        scope = Scope(project=project.id, start=end - self._period, end=end)
        earlier = Scope(project=project.id, start=scope.start - self._period, end=scope.start)
        pages, mean = self._places(scope, "page")
        before, _ = self._places(earlier, "page")
        elements, _ = self._places(scope, "element")
        least = self._room.k(project)
        findings = find(pages, before, elements, mean=mean, least=least)
        patterns = evidence(self._room, scope).rows if findings else []
        return [_fields(project.id, finding, patterns, self._wording) for finding in findings]

    def _places(self, scope: Scope, by: By) -> tuple[list[Place], float]:
        cells, _, _ = shown_places(self._room, self._room.survey(scope), by)
        sums = [Sums(c.sessions, c.figures["total"], c.figures["squares"]) for c in cells]
        mean, scores = shrink(sums)
        places = [_place(c, score.value) for c, score in zip(cells, scores, strict=True)]
        return places, mean or 0.0

    def _follow(self) -> None:
        while not self._stop.wait(self.every):
            for project in self._room.projects.list():
                try:
                    self.run(project)
                except FlowbackError as error:
                    self.failures += 1
                    log.warning("insights wait", project=project.id, problem=str(error))
                except Exception:
                    self.failures += 1
                    log.exception("insights failed", project=project.id)


def wording(settings: HubSettings) -> Wording:
    """Return what words insights: nobody but the rules unless a server is named."""
    if not settings.model_url:
        return Wording(None)
    key = ""
    if settings.model_key_file:
        try:
            key = Path(settings.model_key_file).read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            raise FlowbackError(f"hub.model_key_file cannot be read: {error}") from error
    seconds = float(settings.model_seconds)
    endpoint = Endpoint(settings.model_url, settings.model_name, key, timeout=seconds)
    return Wording(endpoint, hourly=settings.model_hourly)


def _place(cell: Cell, score: float) -> Place:
    figures = cell.figures
    return Place(
        page=figures["page"],
        target=figures["target"],
        name=figures["name"],
        sessions=cell.sessions,
        score=score,
        signals=figures["signals"],
        affected=figures["affected"],
        contributions=figures["contributions"],
        reactions=figures["reactions"],
    )


def _fields(
    project: str, finding: Finding, patterns: Sequence[Pattern], wording: Wording | None
) -> dict[str, Any]:
    words = describe(finding, wording)
    name = f"{project}\x1f{finding.page}\x1f{finding.signal}".encode()
    shared = [p.id for p in patterns if p.page == finding.page and _shows(p, finding.signal)]
    return {
        "id": hashlib.blake2b(name, digest_size=8).hexdigest(),
        "title": words.title,
        "description": words.description,
        "hypothesis": words.hypothesis,
        "trend": finding.trend,
        "pages": [finding.page],
        "recommendations": [*words.recommendations],
        "evidence": shared[:EVIDENCE],
        "numbers": [
            {"name": name, "value": value, "unit": unit} for name, value, unit in words.numbers
        ],
        "made_by": words.made_by,
    }


def _shows(pattern: Pattern, signal: str) -> bool:
    return any(step.what == signal for step in pattern.steps)
