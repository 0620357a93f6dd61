"""``flowback edge``: the collector as a process."""

import signal
from collections.abc import Callable
from pathlib import Path

import structlog

from edge import logs
from edge.collector.app import app_of, start
from edge.collector.operations.reload import reload
from edge.collector.settings import EdgeSettings
from edge.lock import hold
from edge.serve import listen, serve

log = structlog.get_logger(__name__)


def run(settings: EdgeSettings, read: Callable[[], EdgeSettings]) -> None:
    """Run an edge until a signal ends it; SIGHUP takes over what *read* then returns."""
    logs.set_up(level=settings.log, process="edge")
    hold(Path(settings.data))
    listener = listen(settings.host, settings.port)
    state = start(settings)
    signal.signal(signal.SIGHUP, lambda *_: reload(state, read))
    try:
        log.info("edge listens", host=settings.host, port=listener.getsockname()[1])
        serve(app_of(state), listener, tls_cert=settings.tls_cert, tls_key=settings.tls_key)
    finally:
        state.close()
    log.info("edge ended")
