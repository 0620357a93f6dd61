"""
Which custom agents there are: the Python files that the setting ``agents`` names, a file or
a folder of them, and the installed entry points ``flowback.agents``.

Nothing of them is imported here: that is done in a process of their own.
"""

import hashlib
import re
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import Literal

from edge.errors import FlowbackError

GROUP = "flowback.agents"
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


class BadAgent(FlowbackError):
    """A custom agent cannot be used. The message names it and the remedy."""


@dataclass(frozen=True, slots=True)
class Found:
    """One custom agent: its name and where it is."""

    name: str
    kind: Literal["file", "entry"]
    source: str
    """Path of the file, or name of the entry point."""
    digest: str
    """Changes with the agent's code: one that was parked is then tried again."""


def find(setting: str) -> list[Found]:
    """Return the agents by their names. Raises :class:`BadAgent` where the setting is wrong."""
    found = [_of_file(path) for path in _files(setting)]
    for point in entry_points(group=GROUP):
        version = point.dist.version if point.dist is not None else ""
        found.append(Found(point.name, "entry", point.name, f"{point.value} {version}"))
    seen: dict[str, Found] = {}
    for one in sorted(found, key=lambda one: (one.name, one.kind)):
        if not NAME.fullmatch(one.name):
            raise BadAgent(f"{one.source}: an agent's name is lower case letters, digits and _")
        if one.name in seen:
            raise BadAgent(
                f"two agents are called {one.name!r}: {seen[one.name].source}, {one.source}"
            )
        seen[one.name] = one
    return [*seen.values()]


def _files(setting: str) -> list[Path]:
    if not setting:
        return []
    path = Path(setting)
    if path.is_dir():
        return sorted(one for one in path.glob("*.py") if not one.name.startswith(("_", ".")))
    if not path.is_file():
        raise BadAgent(f"hub.agents: {path} is neither a Python file nor a folder of them")
    return [path]


def _of_file(path: Path) -> Found:
    try:
        digest = hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest()
    except OSError as error:
        raise BadAgent(f"{path} cannot be read: {error.strerror}") from error
    return Found(path.stem, "file", str(path.resolve()), digest)
