"""The demo shop's server: static pages that carry the widget."""

import json
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from edge.projects import Project

PAGES = Path(__file__).with_name("shop")
NAMES = ("product", "cart", "checkout", "thanks")


def create_shop(project: Project, *, edge_url: str) -> Starlette:
    """Return the shop whose pages send to the edge at *edge_url* for *project*."""
    config = {
        "projectId": project.id,
        "apiUrl": edge_url,
        "key": project.key,
        "siteName": "Alpenhaus",
    }
    script = (
        f"window.flowbackConfig = Object.assign({json.dumps(config)}, window.flowbackConfig);\n"
        "(function () {\n"
        '  var script = document.createElement("script");\n'
        f"  script.src = {json.dumps(edge_url + '/flowback.js')};\n"
        "  script.async = true;\n"
        "  document.head.appendChild(script);\n"
        "})();\n"
    )

    async def page(request: Request) -> Response:
        name = request.path_params.get("name", "index")
        if name not in (*NAMES, "index"):
            return Response("There is no such page.", 404)
        return FileResponse(PAGES / f"{name}.html", headers={"Cache-Control": "no-cache"})

    async def configuration(_: Request) -> Response:
        return Response(script, media_type="text/javascript", headers={"Cache-Control": "no-cache"})

    return Starlette(
        routes=[
            Route("/", page),
            Route("/flowback-config.js", configuration),
            Route("/{name}", page),
            Mount("/", StaticFiles(directory=PAGES)),
        ]
    )
