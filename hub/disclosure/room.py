"""
The room where a scope is read, checked, and remembered as shown.

No question reads the stores for an answer without a :class:`Survey` of its scope, and
what it found leaves only through :meth:`Room.show`.
"""

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from edge.errors import FlowbackError
from edge.projects import Project
from hub.api import shapes
from hub.api.shapes import HiddenReason
from hub.disclosure.cells import Cell, Union, summed, suppress
from hub.disclosure.threshold import KOfRegion, threshold
from hub.projections import exposure
from hub.projections.events import regions_seen
from hub.projections.scope import LABELS, Scope
from hub.projections.table import HOUR, MINUTE
from hub.stores.analytics import AnalyticsUnavailable as StoreAway
from hub.stores.analytics import Reader
from hub.stores.records import Records, Shown

DAY = 24 * HOUR
K_REMEMBERED_S = 10.0
"""Seconds for which a project's k is remembered; a new region raises it within that time."""


__all__ = ["AuditorsOnly", "NoProject", "Room", "StoreAway", "Survey"]


class NoProject(FlowbackError):
    """There is no such project. GET /api/projects lists those that are."""


class AuditorsOnly(FlowbackError):
    """Single sessions are for auditors: all other answers are about k sessions or more."""


class Projects(Protocol):
    """The book of projects."""

    def get(self, project_id: str) -> Project | None:
        """Return a project, or None."""
        ...

    def list(self) -> list[Project]:
        """Return all projects."""
        ...


@dataclass(frozen=True, slots=True)
class Survey:
    """A scope that was checked: what may be asked within it."""

    project: Project
    scope: Scope
    k: int
    sessions: int
    """As they are; not for showing."""
    hidden: HiddenReason | None
    """Why nothing at all may be shown of it."""
    said: shapes.Scope
    """As it is repeated in the answer."""


class Room:
    """Reader, records and projects together; the only holder of k."""

    def __init__(
        self,
        reader: Reader,
        records: Records,
        projects: Projects,
        k_of_region: KOfRegion,
        clock: Callable[[], int] = lambda: int(time.time() * 1000),
    ) -> None:
        self.reader = reader
        self.records = records
        self.projects = projects
        self.clock = clock
        self._k_of_region = k_of_region
        self._k: dict[str, tuple[float, int]] = {}

    def project(self, project_id: str | None) -> Project:
        """Return a project; the only one there is where none is named. Raises NoProject."""
        if project_id is not None:
            found = self.projects.get(project_id)
            if found is None:
                raise NoProject
            return found
        every = self.projects.list()
        if len(every) != 1:
            raise NoProject(f"there are {len(every)} projects: say which one with projectId")
        return every[0]

    def k(self, project: Project) -> int:
        """Return the threshold of *project*."""
        now = time.monotonic()
        until, k = self._k.get(project.id, (0.0, 0))
        if now >= until:
            regions = regions_seen(self.reader, project.id)
            # It is only ever raised while the hub runs.
            k = max(k, threshold(regions, self._k_of_region, demo=project.demo))
            self._k[project.id] = (now + K_REMEMBERED_S, k)
        return k

    def survey(self, scope: Scope) -> Survey:
        """Check *scope*: its period snaps to whole hours (in a demo to minutes)."""
        project = self.project(scope.project)
        grain = MINUTE if project.demo else HOUR
        start = scope.start - scope.start % grain
        scope = replace(scope, start=start, end=scope.end + -scope.end % grain)
        k = self.k(project)
        sessions = exposure.sessions(self.reader, scope)
        hidden = self._hidden(scope, sessions, k)
        shown: int | None = None
        if hidden is None:
            shown = self._sessions_shown(scope, sessions, k)
        said = shapes.Scope(
            project_id=project.id, start=scope.start, end=scope.end, k=k, sessions=shown
        )
        return Survey(project, scope, k, sessions, hidden, said)

    def show(
        self,
        survey: Survey,
        question: str,
        cells: Sequence[Cell],
        *,
        total: int | None = None,
        together: Union | None = None,
    ) -> tuple[list[Cell], dict[str, HiddenReason]]:
        """
        Return the cells that may be shown, as they may be, and why the others may not.

        *question* names the list. *total* is the sessions behind all of it, those of the
        survey unless given.
        """
        if survey.hidden is not None:
            return [], {cell.key: survey.hidden for cell in cells}
        whole = survey.sessions if total is None else total
        hidden = suppress(cells, whole, survey.k, together=together)
        open_cells = [cell for cell in cells if cell.key not in hidden]
        if survey.k == 1 or not open_cells:
            return open_cells, hidden
        return self._as_shown(survey.scope, survey.k, question, open_cells, hidden)

    def _hidden(self, scope: Scope, sessions: int, k: int) -> HiddenReason | None:
        """Return why a scope may not be asked about: it, or what it leaves out, is too few."""
        if sessions == 0:
            return None
        if sessions < k:
            return "few"
        for label in LABELS:
            value = getattr(scope, label)
            if value is not None:
                values = exposure.by_label(self.reader, scope, label)
                cells = [Cell(name, count) for name, count in values.items()]
                hidden = suppress(cells, sum(values.values()), k, together=summed(cells))
                if value in hidden:
                    return hidden[value]
        if scope.page is not None:
            rest = exposure.sessions(self.reader, scope.without("page")) - sessions
            if 0 < rest < k:
                return "complement"
        return None

    def _sessions_shown(self, scope: Scope, sessions: int, k: int) -> int | None:
        if k == 1 or sessions == 0:
            return sessions
        cells = [Cell("", sessions)]
        shown, _ = self._as_shown(scope, k, "scope", cells, {})
        return shown[0].sessions if shown else None

    def _as_shown(
        self,
        scope: Scope,
        k: int,
        question: str,
        cells: Sequence[Cell],
        hidden: dict[str, HiddenReason],
    ) -> tuple[list[Cell], dict[str, HiddenReason]]:
        names = {cell.key: _name(scope, question, cell.key) for cell in cells}
        now = {names[cell.key]: Shown(cell.sessions, cell.figures) for cell in cells}
        settled = self.records.shown([*now])
        if any(_is_news(settled.get(name), one, k) for name, one in now.items()):
            settled = self.records.settle(now, k)
        found: list[Cell] = []
        for cell in cells:
            one = settled[names[cell.key]]
            if one.figures is None:
                hidden[cell.key] = "unchanged"
            else:
                found.append(Cell(cell.key, one.sessions, one.figures))
        return found, hidden


def _is_news(old: Shown | None, now: Shown, k: int) -> bool:
    return old is None or not 0 <= now.sessions - old.sessions < k


def _name(scope: Scope, question: str, key: str) -> bytes:
    text = f"{scope.name}\x1e{question}\x1e{key}".encode()
    return hashlib.blake2b(text, digest_size=16).digest()
