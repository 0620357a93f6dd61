"""
The insight agent: every two minutes, or when asked, a few insights of what may be shown.

It reads only what disclosure shows, over a sliding period and the one before, so that
no word of it can tell of fewer than k sessions. It works on a thread of its own, of low
priority where the system knows that, and never keeps the worker waiting but for the
moment in which its few rows are written.
"""

import contextlib
import os
import threading
from collections.abc import Callable
from typing import Any

import structlog

from ai.friction import Types
from ai.vectors.encoder import Encoder
from ai.vectors.errors import ModelUnusable
from ai.wording import Wording
from edge.errors import FlowbackError
from edge.projects import Project
from hub.agents.storage import StorageAgent
from hub.bus.bus import Batch
from hub.changes import Changes
from hub.disclosure.insights import NotSo
from hub.disclosure.room import DAY, Room
from hub.insights.draft import Draft, id_of, told
from hub.insights.findings import Places
from hub.insights.memory import Memory
from hub.insights.people import Regroup, regroup
from hub.insights.summary import TOPIC, summaries
from hub.insights.themes import Themes
from hub.projections import insights as projection
from hub.projections import positions
from hub.projections.scope import Scope
from hub.projections.table import HOUR
from hub.stores.analytics import AnalyticsStore, Transaction

log = structlog.get_logger(__name__)

DEMO_LEAST = 5
"""Sessions behind an excess or a group of comments in a demo; elsewhere it is k."""
HOLD = HOUR
"""ms for which an excess stands before it is told; in a demo, which is short, none."""
LOW_PRIORITY = 10

Publish = Callable[[Transaction, Batch], None]


class InsightAgent:
    """
    Makes the insights of every project. *period* in ms, *every* in seconds.

    *encoder* is the level at which comments are grouped, None for level 0; *publish*
    says on the bus, within a transaction, what is new.
    """

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
        encoder: Encoder | None = None,
        types: Callable[[str], Types] = lambda _: {},
        publish: Publish | None = None,
    ) -> None:
        self._room = room
        self._store = store
        self._changes = changes
        self.every = every
        self._period = period
        self._wording = wording or Wording(None)
        self._encoder = encoder
        self._types = types
        self._publish = publish
        self._places: dict[str, Places] = {}
        self._themes: dict[str, Themes] = {}
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
            return self._run(project)

    def regroup(self, project: Project, insight: str, change: Regroup) -> tuple[int, int]:
        """Merge, split or name a group as people say, and run. Raises NoInsight, NotSo."""
        with self._lock:
            self._drafts(project, self._room.clock())
            themes = self._themes.get(project.id)
            if themes is None:
                raise NotSo("the comments wait for the model that groups them; see the log")
            at = self._room.clock()
            regroup(self._room.records.themes, project.id, themes.memory, insight, change, at=at)
            return self._run(project)

    def _run(self, project: Project) -> tuple[int, int]:
        ran, seen = self._room.clock(), positions.of_all(self._store)
        found, note = self._make(project, ran)
        with self._store.transaction() as transaction:
            done = projection.replace(transaction, project.id, found, ran, note)
            positions.move(transaction, [self.name], seen.get(StorageAgent.name, 0))
            if self._publish is not None and done.any:
                events = summaries(project.id, done.new, done.gone, ran)
                self._publish(transaction, {TOPIC: events})
        self.runs += 1
        if done.any:
            self._changes.changed(project.id)
        return ran, done.listed

    def make(self, project: Project, now: int) -> list[dict[str, Any]]:
        """Return the insights as fields of ``shapes.Insight``, places first; store none."""
        with self._lock:
            return [fields for fields, _ in self._make(project, now)[0]]

    def _make(
        self, project: Project, now: int
    ) -> tuple[list[tuple[dict[str, Any], dict[str, Any]]], dict[str, Any]]:
        drafts, note = self._drafts(project, now)
        return self._worded(project, drafts, waiting=bool(note.get("waiting"))), note

    def _worded(
        self, project: Project, drafts: list[Draft], *, waiting: bool
    ) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        """Return (fields, why) of each insight; where nothing new may be told, those of before."""
        before = {one["id"]: one for one in projection.stored(self._store, project.id)}
        types = self._types(project.id)
        kept = [id_ for id_, one in before.items() if waiting and one.get("kind") == "comments"]
        found = []
        for draft in drafts:
            id_ = id_of(project.id, draft.about)
            if draft.changed:
                found.append(told(project.id, draft, self._wording, types))
            elif before.get(id_, {}).get("level") == draft.level:
                kept.append(id_)
        for id_ in kept:
            why = projection.why(self._store, project.id, id_)
            if id_ in before and why is not None:
                fields = {k: v for k, v in before[id_].items() if k not in ("revision", "made")}
                found.append((fields, why))
        return found

    def _drafts(self, project: Project, now: int) -> tuple[list[Draft], dict[str, Any]]:
        """Return what the rules find, places first, and the run's note."""
        end = now + -now % HOUR
        survey = self._room.survey(Scope(project=project.id, start=end - self._period, end=end))
        start = end - 2 * self._period
        earlier = self._room.survey(Scope(project=project.id, start=start, end=end - self._period))
        least = DEMO_LEAST if project.demo else survey.k
        places = self._places_of(project)
        drafts = places.drafts(self._room, survey, earlier, least=least, now=now)
        note: dict[str, Any] = {"standing": places.stands()}
        try:
            themes = self._themes_of(project)
            themes.memory.expect(now, self._held(project))
            groups, found = themes.drafts(self._room, survey, earlier, least=least)
        except ModelUnusable as error:  # another level's vectors would not be comparable
            log.warning("comments wait for their model", project=project.id, problem=str(error))
            self._themes.pop(project.id, None)
            return drafts, {**note, "waiting": True}
        self._room.records.themes.save(project.id, themes.memory.body())
        note |= {"ungrouped": found.ungrouped, "level": themes.memory.level}
        return [*themes.beside(drafts, found), *groups], note

    def _places_of(self, project: Project) -> Places:
        places = self._places.get(project.id)
        if places is None:
            places = self._places[project.id] = Places(0 if project.demo else HOLD)
            places.resume(projection.note(self._store, project.id).get("standing", []))
        return places

    def _themes_of(self, project: Project) -> Themes:
        themes = self._themes.get(project.id)
        if themes is None:
            saved = self._room.records.themes.ledger(project.id)
            memory = Memory(project.id, self._encoder, saved, keep=2 * self._period)
            themes = self._themes[project.id] = Themes(memory)
        return themes

    def _held(self, project: Project) -> set[str]:
        """Return the insights that people work with."""
        decisions = self._room.records.decisions(project.id)
        return {name for name, one in decisions.items() if one.decision == "accepted"}

    def _follow(self) -> None:
        with contextlib.suppress(AttributeError, OSError):  # where threads have a priority
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), LOW_PRIORITY)
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
