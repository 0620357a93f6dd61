"""What the link's rows are made of."""

from tests.bench.link.hub import Arrival
from tests.bench.link.site import Run


def test_a_live_event_that_never_came_counts_with_its_wait() -> None:
    """Or a lane that stands still while the backlog drains would look quick."""
    came = [Arrival(each / 2 + 0.1, 0, each, each) for each in (1, 2, 3)]
    live = [each / 2 for each in range(1, 13)]
    run = Run(0.0, [*came, Arrival(10.0, 1, 1, 500)], 0.0, 0.0, live)
    assert run.live_lag == 8.0
