"""A hub that is told to end while it starts."""

from pathlib import Path

import pytest

from tests.stack import Process, free_ports, wait_for


@pytest.mark.parametrize("opened", ["inbox.db", "analytics.duckdb"])
def test_a_hub_that_is_ended_while_it_starts_ends_well(tmp_path: Path, opened: str) -> None:
    """SIGTERM waits until all is open, then closes it: the exit code is 0."""
    port, link = free_ports(2)
    hub = Process(
        *("hub", "--data", str(tmp_path / "hub"), "--port", str(port)),
        *("--link", f"tcp://127.0.0.1:{link}"),
        log=tmp_path / "hub.log",
    )
    hub.start()
    try:
        wait_for((tmp_path / "hub" / opened).exists, seconds=60)
    finally:
        code = hub.stop(seconds=60)
    assert code == 0, (tmp_path / "hub.log").read_text()
    assert "hub ended" in (tmp_path / "hub.log").read_text()
