"""Connections that say nothing take no files from the hub's pages."""

import contextlib
import resource
import socket
import sys

import pytest

from tests.stack import Process, answers, free_ports, wait_for

FILES = 256


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
            wait_for(lambda: answers(url), what="the hub beside them")
            for _ in range(20):
                assert answers(url).status_code == 200
    finally:
        assert hub.stop() == 0
