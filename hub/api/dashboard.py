"""The built dashboard at ``/``: its files, and its index for every page it draws itself."""

from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from hub.api.errors import problem

FOREVER = "public, max-age=31536000, immutable"
"""For files whose names hold a hash of what is in them."""


class Dashboard(StaticFiles):
    """Serves a folder; a path without a file in it is a page of the dashboard."""

    def __init__(self, folder: Path) -> None:
        super().__init__(directory=folder, check_dir=False)
        self._folder = folder

    async def check_config(self) -> None:
        """Accept that there is no folder: then the index says so."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return a file, or the index for what looks like a page."""
        try:
            found = await super().get_response(path, scope)
        except HTTPException as error:
            if error.status_code != 404 or path.startswith("api/") or "." in Path(path).name:
                raise
            return await self._index(scope)
        if path in (".", ""):
            return await self._index(scope)
        hashed = path.startswith("assets/")
        found.headers["Cache-Control"] = FOREVER if hashed else "no-cache"
        return found

    async def _index(self, scope: Scope) -> Response:
        if not (self._folder / "index.html").is_file():
            detail = "The dashboard is not built here: make run builds it. The API answers."
            return problem(503, "No dashboard", detail)
        found = await super().get_response("index.html", scope)
        found.headers["Cache-Control"] = "no-cache"
        return found
