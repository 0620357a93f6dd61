"""Connections that say nothing take no files from the hub's pages."""

import contextlib
import resource
import socket
import sys
from pathlib import Path

import pytest

from tests.stack import Process, answers, free_ports, wait_for

FILES = 256


def open_files(hub):
    """Return how many files the hub has open."""
    return len([*Path(f"/proc/{hub.process.pid}/fd").iterdir()])


@pytest.mark.skipif(sys.platform != "linux", reason="sets another process' limit")
def test_silent_connections_leave_the_hub_its_files(tmp_path):
    """A real hub that may open 256 files, and 400 connections of its link without a key."""
    http, link = free_ports(2)
    hub = Process(
        *("hub", "--data", str(tmp_path), "--port", str(http)),
        *("--link", f"tcp://127.0.0.1:{link}"),
        log=tmp_path / "log",
    )
    hub.start()
    url = f"http://127.0.0.1:{http}/health"
    try:
        wait_for(lambda: answers(url), what="the hub")
        resource.prlimit(hub.process.pid, resource.RLIMIT_NOFILE, (FILES, FILES))
        with contextlib.ExitStack() as opened:
            for _ in range(400):
                with contextlib.suppress(OSError):
                    opened.enter_context(socket.create_connection(("127.0.0.1", link), timeout=1))
            # less than the 10 s after which ZeroMQ itself ends a handshake
            wait_for(lambda: open_files(hub) < 3 * FILES // 4, seconds=6, what="room")
            for _ in range(20):
                assert answers(url).status_code == 200
    finally:
        assert hub.stop() == 0
