"""
All questions that the hub answers, each checked by the room: what the API may call.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar, cast

from edge.errors import FlowbackError
from edge.events.event import ConsentState
from edge.projects import Project
from hub.api import shapes
from hub.disclosure.consent import chosen
from hub.disclosure.evidence import evidence
from hub.disclosure.hotspots import By, hotspots
from hub.disclosure.insights import behind, explanation, insights, said_before
from hub.disclosure.journeys import journeys
from hub.disclosure.overview import overview
from hub.disclosure.retention import oldest_moment
from hub.disclosure.room import DAY, Room
from hub.disclosure.sentiment import Bucket, sentiment
from hub.disclosure.sessions import session
from hub.projections.events import regions_seen
from hub.projections.insights import stored
from hub.projections.scope import Scope
from hub.projections.table import HOUR, MINUTE

F = TypeVar("F", bound=Callable[..., Any])

LONGEST = 800 * DAY
"""A period may be as long as the longest retention of aggregates, and some."""


class BadPeriod(FlowbackError):
    """The period is none: give from < to in ms since 1970, at most 800 days apart."""


class NoInsight(FlowbackError):
    """There is no such insight. GET /api/insights lists those that are."""


def _none(insight: str) -> str:
    return f"there is no insight {insight[:64]!r}; GET /api/insights lists those that are"


class NoSession(FlowbackError):
    """There is no such session in this project."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A question's filters as they came; None: not given."""

    project_id: str | None = None
    start: int | None = None
    end: int | None = None
    page: str | None = None
    device: str | None = None
    cohort: str | None = None
    site: str | None = None


class ConsentShown(NamedTuple):
    """Choices in a scope: counts, and why others are hidden."""

    scope: shapes.Scope
    choices: dict[ConsentState, int]
    hidden: dict[ConsentState, shapes.HiddenReason]


class Kept(NamedTuple):
    """The oldest event of a project, ms; None where there is none, or it is hidden."""

    oldest: int | None
    hidden: bool
    regions: set[str]


def _at_one_moment(ask: F) -> F:
    """Let all that a method reads be of one state: the figures of an answer agree."""

    @functools.wraps(ask)
    def asked(self: "Answers", *args: Any, **kwargs: Any) -> Any:
        with self.reader.snapshot():
            return ask(self, *args, **kwargs)

    return cast("F", asked)


class Answers:
    """The faces of the API ask here and nowhere else."""

    def __init__(self, room: Room, *, insight_every: float) -> None:
        self._room = room
        self.reader = room.reader
        self._insight_every_ms = int(insight_every * 1000)

    def projects(self) -> shapes.Projects:
        """All projects, each with its k."""
        return shapes.Projects(rows=[self._project(one) for one in self._room.projects.list()])

    def project(self, project_id: str | None) -> Project:
        """Return a project; the only one where none is named. Raises NoProject."""
        return self._room.project(project_id)

    @_at_one_moment
    def overview(self, ask: Ask) -> shapes.Overview:
        """The state of things in one answer."""
        return overview(self._room, self._scope(ask))

    @_at_one_moment
    def consent(self, ask: Ask) -> ConsentShown:
        """How visitors of a project chose."""
        survey = self._room.survey(self._scope(ask))
        return ConsentShown(survey.said, *chosen(self._room, survey))

    @_at_one_moment
    def kept(self, project: Project) -> Kept:
        """How old a project's events are, and the regions that they came from."""
        moment, hidden = oldest_moment(self._room, project)
        return Kept(moment, hidden, regions_seen(self.reader, project.id))

    def every_project(self) -> list[Project]:
        """All projects as they are set."""
        return self._room.projects.list()

    @_at_one_moment
    def hotspots(self, ask: Ask, by: By) -> shapes.Hotspots:
        """Pages or elements, most friction first."""
        return hotspots(self._room, self._scope(ask), by)

    @_at_one_moment
    def sentiment(self, ask: Ask, bucket: Bucket | None) -> shapes.Sentiment:
        """Taps over time."""
        return sentiment(self._room, self._scope(ask), bucket)

    @_at_one_moment
    def evidence(self, ask: Ask) -> shapes.Evidence:
        """Steps that sessions share."""
        return evidence(self._room, self._scope(ask))

    @_at_one_moment
    def journeys(self, ask: Ask) -> shapes.Journeys:
        """Pages and the ways between them."""
        return journeys(self._room, self._scope(ask))

    @_at_one_moment
    def insights(self, ask: Ask) -> shapes.Insights:
        """What the insight agent found last."""
        return insights(self._room, self._scope(ask), self._insight_every_ms)

    @_at_one_moment
    def session(self, project_id: str | None, session_id: str) -> shapes.Session:
        """One session of a demo project. Raises AuditorsOnly and NoSession."""
        found = session(self._room, self._room.project(project_id), session_id)
        if found is None:
            raise NoSession
        return found

    @_at_one_moment
    def insight_history(self, project_id: str | None, insight: str) -> shapes.InsightHistory:
        """What an insight said, newest first. Raises NoInsight."""
        found = said_before(self._room, self._room.project(project_id).id, insight)
        if not found.rows:
            raise NoInsight(_none(insight))
        return found

    @_at_one_moment
    def explain(self, project_id: str | None, insight: str) -> shapes.Explanation:
        """The rows, the cluster, the prompt and the checks of an insight. Raises NoInsight."""
        found = explanation(self._room, self._room.project(project_id).id, insight)
        if found is None:
            raise NoInsight(_none(insight))
        return found

    def decide(self, project_id: str | None, insight: str, decision: str) -> str:
        """Record a person's decision; return the project's id. Raises NoInsight."""
        project = self._room.project(project_id)
        found = [one for one in stored(self._room.reader, project.id) if one["id"] == insight]
        if not found:
            raise NoInsight(_none(insight))
        at, sessions = self._room.clock(), behind(found[0])
        self._room.records.decide(project.id, insight, decision, at=at, sessions=sessions)
        return project.id

    def _scope(self, ask: Ask) -> Scope:
        """Fill in what was not given: the last 24 hours, the one project there is."""
        project = self._room.project(ask.project_id)
        grain = MINUTE if project.demo else HOUR
        now = self._room.clock()
        end = ask.end if ask.end is not None else now - now % grain + grain
        start = ask.start if ask.start is not None else max(0, end - DAY)
        if not 0 <= start < end or end - start > LONGEST:
            raise BadPeriod
        return Scope(
            project=project.id,
            start=start,
            end=end,
            page=ask.page,
            device=ask.device,
            cohort=ask.cohort,
            site=ask.site,
        )

    def _project(self, project: Project) -> shapes.Project:
        return shapes.Project(
            id=project.id,
            name=project.name,
            demo=project.demo,
            k=self._room.k(project),
            consent=project.consent,
            time_zone=project.time_zone,
        )
