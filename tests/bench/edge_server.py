"""The edge as the bench runs it, with one more route that only reads the body."""

import os
import sys

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from edge.collector.app import create_app
from edge.collector.settings import EdgeSettings
from edge.serve import listen, serve


async def read(request: Request) -> Response:
    """Read the body and answer as many bytes as the edge does."""
    await request.body()
    return Response(b"x" * 120, 202)


def main() -> None:
    """Serve on a free port, pinned to one core, and print the port."""
    folder, core = sys.argv[1], int(sys.argv[2])
    os.sched_setaffinity(0, {core})
    # the limits are worked out for every request, and never reached
    rates = {"session_rate": 10**9, "project_rate": 10**9}
    app = create_app(EdgeSettings(data=folder, region="DE", **rates))
    app.router.routes.insert(0, Route("/read", read, methods=["POST"]))
    listener = listen("127.0.0.1", 0)
    print(listener.getsockname()[1], flush=True)
    serve(app, listener)


if __name__ == "__main__":
    main()
