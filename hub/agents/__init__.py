"""
Workers on topics: events in, events out.

An agent is one file and one line in :func:`default_agents`, whose order is the order in
which they are heard. The insight agent works on a schedule of its own and reads only
what disclosure shows.
"""

from collections.abc import Callable

from hub.agents.context import ContextAgent
from hub.agents.correlator import CorrelatorAgent
from hub.agents.feedback import FeedbackAgent
from hub.agents.live import LiveAgent
from hub.agents.patterns import BUILT_IN, Routes
from hub.agents.storage import StorageAgent
from hub.bus.bus import Agent
from hub.changes import Changes
from hub.projections.rollup import Rolled


def default_agents(
    is_demo: Callable[[str], bool],
    changes: Changes,
    *,
    routes: Routes = BUILT_IN,
    rolled: Rolled | None = None,
) -> list[Agent]:
    """
    Return the agents of a hub.

    *is_demo* says so of a project, *routes* name its pages, *rolled* which days are sums.
    """
    return [
        ContextAgent(routes),
        FeedbackAgent(),
        CorrelatorAgent(is_demo),
        StorageAgent(is_demo, rolled=rolled),
        LiveAgent(changes),
    ]
