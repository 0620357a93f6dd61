"""Every agent and how it stands: what ``GET /api/agents`` and the metrics tell."""

from hub.agents.insight import InsightAgent
from hub.api import shapes
from hub.bus.bus import InProcessBus
from hub.custom.agents import CustomAgents
from hub.custom.runner import Runner
from hub.worker import Worker


class Roster:
    """The agents of one hub. May be called from any thread."""

    def __init__(
        self, bus: InProcessBus, worker: Worker, insight: InsightAgent, custom: CustomAgents
    ) -> None:
        self._bus, self._worker = bus, worker
        self._insight, self._custom = insight, custom

    def list(self) -> list[shapes.Agent]:
        """Return the built-in agents in the order in which they are heard, then the others."""
        worker = self._worker
        state: shapes.AgentState = "waits" if worker.problem else "runs"
        built_in = [
            shapes.Agent(
                name=agent.name,
                state=state,
                reason=worker.problem or "",
                position=worker.position,
                taken=self._bus.handled[agent.name],
            )
            for agent in self._bus.agents
        ]
        insight = shapes.Agent(
            name=self._insight.name,
            state="runs",
            taken=self._insight.runs,
            failures=self._insight.failures,
        )
        return [*built_in, insight, *map(_shape, self._custom.runners)]


def _shape(runner: Runner) -> shapes.Agent:
    kept = runner.kept
    return shapes.Agent(
        name=kept.name,
        custom=True,
        state=runner.state,
        reason=kept.reason,
        position=kept.position,
        behind=runner.behind,
        taken=kept.taken,
        said=kept.said,
        failures=kept.failures,
    )
