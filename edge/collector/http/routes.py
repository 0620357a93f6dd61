"""Every route of the edge, in one list."""

from starlette.routing import Route

from edge.collector.http import cors, events, handlers, openapi, scripts

_ASKED = (events.PATH, "/consent", "/policy", "/sessions/{session_id}")
"""Paths for which a browser may ask beforehand."""

ROUTES = [
    Route(events.PATH, events.Events(), methods=["POST"]),
    Route("/consent", handlers.consent, methods=["POST"]),
    Route("/policy", handlers.policy, methods=["GET"]),
    Route("/sessions/{session_id}", handlers.see_session, methods=["GET"]),
    Route("/sessions/{session_id}", handlers.erase_session, methods=["DELETE"]),
    Route("/{name}.js", scripts.newest, methods=["GET"]),
    Route("/v/{version}/{name}.js", scripts.pinned, methods=["GET"]),
    Route("/health", handlers.health, methods=["GET"]),
    Route("/ready", handlers.ready, methods=["GET"]),
    Route("/metrics", handlers.metrics, methods=["GET"]),
    Route("/openapi.json", openapi.document, methods=["GET"]),
    *(Route(path, cors.preflight, methods=["OPTIONS"]) for path in _ASKED),
]
