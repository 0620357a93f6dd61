"""
Route patterns that people write, in ``routes.toml`` of the hub's folder: project → patterns.

A pattern is the route that it makes: ``:name`` stands for one part of a path, a last ``*``
for all that follows. The first that fits names the page; where none does, ids are found by
their looks (``routes``). Patterns under ``"*"`` are for every project, after its own.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from edge.errors import FlowbackError
from hub.agents.routes import route

FILE = "routes.toml"
EVERY = "*"
_PART = re.compile(r":[A-Za-z][A-Za-z0-9_-]*|[^:*?#\s]+")


class BadRoutes(FlowbackError):
    """The file of routes cannot be used. The message names the pattern and what would be right."""


class Routes:
    """Names pages. *patterns* by project, in their order. For any thread."""

    def __init__(self, patterns: Mapping[str, Sequence[str]] | None = None) -> None:
        given = patterns or {}
        every = [_compiled(one) for one in given.get(EVERY, ())]
        self._patterns = {
            project: [*map(_compiled, own), *every]
            for project, own in given.items()
            if project != EVERY
        }
        self._every = every
        self.of = lru_cache(maxsize=8_192)(self._of)
        """(project, path) → route. The query stays as the edge allowed it."""

    def _of(self, project: str, path: str) -> str:
        bare, mark, query = path.partition("?")
        for pattern, name in self._patterns.get(project, self._every):
            if pattern.fullmatch(bare):
                return name + mark + query
        return route(path)


BUILT_IN = Routes()
"""No patterns: ids are found by their looks."""


def load(path: Path) -> Routes:
    """Return the routes of the TOML file at *path*; none where it is not there."""
    if not path.exists():
        return Routes()
    try:
        table: Any = tomllib.loads(path.read_text())
    except OSError as error:
        raise BadRoutes(f"{path} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadRoutes(f"{path} is not TOML: {error}") from error
    for project, patterns in table.items():
        if not isinstance(patterns, list) or not all(isinstance(one, str) for one in patterns):
            raise BadRoutes(f'{path}: {project} must be a list, such as ["/p/:product"]')
    try:
        return Routes(table)
    except BadRoutes as error:
        raise BadRoutes(f"{path}: {error}") from None


def _compiled(pattern: str) -> tuple[re.Pattern[str], str]:
    head, slash, rest = pattern.partition("/")
    parts = rest.split("/")
    last = parts.pop() if parts[-1] == "*" else None
    if head or not slash or not all(_PART.fullmatch(part) for part in parts):
        raise BadRoutes(
            f"{pattern!r} is no pattern: it begins with /, its parts are words or :names,"
            " and a * may be the last"
        )
    found = "".join("/" + ("[^/]+" if part[0] == ":" else re.escape(part)) for part in parts)
    return re.compile(found + ("/.+" if last else "")), pattern
