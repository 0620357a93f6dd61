"""``flowback edge``: the collector as a process."""

from collections.abc import Callable
from pathlib import Path

import structlog

from edge import logs
from edge.collector.app import app_of, start
from edge.collector.operations.reload import reload
from edge.collector.settings import EdgeSettings
from edge.connection import widen
from edge.lock import hold
from edge.serve import listen, serve
from edge.signals import early

log = structlog.get_logger(__name__)


def run(settings: EdgeSettings, read: Callable[[], EdgeSettings]) -> None:
    """
    Run an edge until a signal ends it; SIGHUP takes over what *read* then returns.

    What came during the start, after ``early.hold()``, is done as soon as it can be.
    """
    logs.set_up(level=settings.log, process="edge")
    if early.ending:
        log.info("edge ended before it began")
        return
    widen()
    hold(Path(settings.data))
    listener = listen(settings.host, settings.port)
    state = start(settings)
    try:
        early.on_hang_up(lambda: reload(state, read))
        log.info("edge listens", host=settings.host, port=listener.getsockname()[1])
        serve(app_of(state), listener, tls_cert=settings.tls_cert, tls_key=settings.tls_key)
    finally:
        state.close()
    log.info("edge ended")
