"""
The hub assembled: inbox in, application out.

The process around it owns the inbox, the inlet and the server; this owns the stores,
the agents, the worker and the API.
"""

import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from starlette.applications import Starlette

from edge.erasures import Erasures
from edge.journal.journal import Journal
from edge.policy.regions import resolve
from edge.projects import ProjectBook
from hub.agents import default_agents
from hub.agents.insight import InsightAgent
from hub.agents.patterns import FILE, load
from hub.api import shapes
from hub.api.app import create_app
from hub.api.services import Services
from hub.backup.desk import BackupDesk
from hub.bus.bus import InProcessBus
from hub.changes import Changes
from hub.compliance.gather import Gatherer
from hub.custom.agents import CustomAgents
from hub.custom.feed import Source
from hub.disclosure.answers import Answers
from hub.disclosure.room import Room
from hub.insights import models
from hub.insights.people import Regroup
from hub.metrics import AgentFigures, HubMetrics, RetentionFigures
from hub.projections import rollup
from hub.projections.migrate import NewerAnalytics, prepare
from hub.retention import COMMENT_DAYS, Days, Retention
from hub.rights import VerifyKeys
from hub.roster import Roster
from hub.settings import HubSettings
from hub.stores.analytics import AnalyticsUnavailable
from hub.stores.analytics.duck import DuckStore
from hub.stores.records import Records
from hub.worker import Worker

STATIC = Path(__file__).parent / "static"


class Hub:
    """
    Stores, agents, worker and API of one hub.

    *edges* tells how the edges are, *edge_is_demo* says so of a node by its key record, and
    *verify_keys* the keys by which its signatures are known.
    Raises :class:`~hub.stores.analytics.AnalyticsUnavailable` where its files cannot be
    opened.
    """

    def __init__(
        self,
        settings: HubSettings,
        inbox: Journal,
        projects: ProjectBook,
        edges: Callable[[], list[shapes.Edge]],
        edge_is_demo: Callable[[str], bool],
        verify_keys: VerifyKeys = lambda _node: (),
        *,
        static: Path = STATIC,
    ) -> None:
        data = Path(settings.data)
        self._projects = projects
        self._edge_is_demo = edge_is_demo
        self._stopping = threading.Event()
        self._inbox = inbox
        self.inbox_problem: Callable[[], str | None] = lambda: None
        """Tells what is wrong with the file of the inbox."""
        routes = load(data / FILE)
        self.store = self._open_store(data)
        self.backups = BackupDesk(data, self.store)
        self.records = Records(data / "records.sqlite")
        self.room = Room(self.store, self.records, projects, k_of_region)
        self.changes = Changes(self._k_of)
        self._rolled = rolled = rollup.Rolled()
        agents = default_agents(self._is_demo, self.changes, routes=routes, rolled=rolled)
        self.bus = InProcessBus(agents)
        self.worker = Worker(
            inbox,
            self.store,
            self.bus,
            self._refuse,
            self.records.tombstones,
            verify_keys,
            Erasures(data),
            rollup.Roller(self.store, rolled),
        )
        self.insight = self._insight_agent(settings)
        source = Source(
            inbox=inbox,
            reader=self.store,
            refuse=self._refuse,
            erased=self.records.tombstones,
            applied=lambda: self.worker.position,
            routes=routes,
        )
        self.custom = CustomAgents(settings.agents, data, source)
        roster = Roster(self.bus, self.worker, self.insight, self.custom)
        answers = Answers(self.room, insight_every=settings.insight_seconds)
        self.metrics = HubMetrics(
            self.store, self.worker, self.bus, self.insight, self.records.tombstones, edges
        )
        self.metrics.add(AgentFigures(roster))
        self.metrics.add(RetentionFigures(lambda: self.worker.retention))
        self.app: Starlette = create_app(self._services(settings, answers, edges, roster, static))

    def _open_store(self, data: Path) -> DuckStore:
        """Open the analytics and bring them up to this version."""
        store = DuckStore(data / "analytics.duckdb")
        try:
            prepare(store, self._is_demo)
        except NewerAnalytics:
            store.close()
            raise
        return store

    def _make_retention(self) -> Retention:
        return Retention(
            self._inbox, self.store, self._rolled, self.bus.forget, self._days_of, self._now
        )

    def _days_of(self, region: str) -> Days:
        """Return what a region's row allows, or what rules for all edges make stricter."""
        told = self.records.control.said().items()
        rules = next((v for (who, kind, _), v in told if (who, kind) == ("", "rules")), None) or {}
        rows = [resolve(part) for part in region.split("+")]
        raw = [COMMENT_DAYS, rules.get("raw_days", COMMENT_DAYS), *(row.raw_days for row in rows)]
        days = [row.agg_days for row in rows]
        return Days(min(raw), min([*days, rules.get("agg_days", days[0])]))

    def _insight_agent(self, settings: HubSettings) -> InsightAgent:
        return InsightAgent(
            self.room,
            self.store,
            self.changes,
            every=settings.insight_seconds,
            wording=models.wording(settings),
            encoder=models.encoder(settings),
            types=models.types(settings),
            publish=self.bus.run,
        )

    def _services(
        self,
        settings: HubSettings,
        answers: Answers,
        edges: Callable[[], list[shapes.Edge]],
        roster: Roster,
        static: Path,
    ) -> Services:
        """Return what the API needs of this hub."""
        compliance = Gatherer(Path(settings.data), answers, self.records, self._now)
        return Services(
            answers=answers,
            edges=edges,
            agents=roster.list,
            run_insights=self._run_insights,
            regroup=self._regroup,
            version=self.changes.version,
            changed=self.changes.changed,
            privacy=compliance.facts,
            compliance=compliance.report,
            probes=self.probes,
            metrics=self.metrics.text,
            stopping=self._stopping.is_set,
            hosts=frozenset(filter(None, settings.names.split(","))),
            static=static,
        )

    def start(self) -> None:
        """Follow the inbox, run the insight agent on schedule, end nightly what is over."""
        self.worker.retention = self._make_retention()
        self.worker.start()
        self.insight.start()
        self.custom.start()
        self.backups.start()

    def end_streams(self) -> None:
        """Let open streams of ``/api/live`` end: a server waits for them when it stops."""
        self._stopping.set()

    def stop(self) -> None:
        """End streams and threads, close the stores. Harmless when repeated."""
        self.end_streams()
        self.backups.stop()
        self.custom.stop()
        self.worker.stop()
        self.insight.stop()
        self.records.close()
        self.store.close()

    def probes(self) -> Mapping[str, str | None]:
        """Return what ``/ready`` says: probe → what is wrong, or None."""
        worker = self.worker.problem or (None if self.worker.alive else "does not run")
        return {
            "worker": worker,
            "analytics": self._analytics_problem(),
            "retention": self.worker.retention.problem if self.worker.retention else None,
            "inbox": self.inbox_problem(),
        }

    def _analytics_problem(self) -> str | None:
        try:
            self.store.read("select 1")
        except AnalyticsUnavailable:
            return "cannot be read"
        return None

    def _refuse(self, node: str, project_id: str) -> str | None:
        """Keep demo and real data apart (decision 12), whoever claims what."""
        demo_edge, demo_project = self._edge_is_demo(node), self._is_demo(project_id)
        if demo_edge and not demo_project:
            return "demo_edge"
        if demo_project and not demo_edge:
            return "demo_project"
        return None

    def _is_demo(self, project_id: str) -> bool:
        """A project that this hub does not know is none: its data wait for it to be added."""
        project = self._projects.get(project_id)
        return project is not None and project.demo

    def _k_of(self, project_id: str) -> int:
        project = self._projects.get(project_id)
        return self.room.k(project) if project else 1_000_000

    def _now(self) -> int:
        return self.room.clock()

    def _run_insights(self, project_id: str | None) -> shapes.InsightRun:
        ran, count = self.insight.run(self.room.project(project_id))
        return shapes.InsightRun(ran=ran, insights=count)

    def _regroup(
        self, project_id: str | None, insight: str, change: shapes.Regroup
    ) -> shapes.InsightRun:
        said = Regroup(change.into, change.apart, change.name)
        ran, count = self.insight.regroup(self.room.project(project_id), insight, said)
        return shapes.InsightRun(ran=ran, insights=count)


def k_of_region(region: str) -> int:
    """Return k of a region, or of several merged as ``DE+FR``: the greatest of theirs."""
    return max(resolve(part).k_min for part in region.split("+"))
