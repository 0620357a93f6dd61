"""Ends of different versions on real sockets (fault 32): refused aloud, nothing lost, mended."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.integration.test_link import Site, wait_for


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    yield made
    for stop in ("stop_edge", "stop_hub"):
        with suppress(AttributeError):
            getattr(made, stop)()


@pytest.mark.fault(32)
def test_without_a_common_version_the_edge_keeps_everything_until_one_end_is_upgraded(
    site: Site,
) -> None:
    """Both ends say so with both lists; then all arrives, once, without a restart of the edge."""
    site.start_hub()
    site.inlet._receiver._versions = (7, 8, 9)
    site.start_edge()
    site.write(0, 5)
    wait_for(lambda: site.forwarder.status().fatal)
    status = site.forwarder.status()
    assert "(version): edge speaks [1], hub speaks [7, 8, 9]" in status.last_error
    [shown] = site.inlet.edges()
    assert shown.refused == "version: edge speaks [1], hub speaks [7, 8, 9]"
    site.write(1, 5)
    assert site.at_hub(0) == site.at_hub(1) == 0
    assert [lane.backlog for lane in status.lanes] == [5, 0]
    site.inlet._receiver._versions = (1, 2, 3)
    site.wait_drained()
    site.check_same()
    assert site.inlet.edges()[0].refused == ""
    assert not site.forwarder.status().fatal
