"""
The projects that a node serves, in one small JSON file in its data folder.

``demo`` is set when a project is made and never after (house plan, decision 12).
"""

import json
import logging
import os
import re
import secrets
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec

from edge.errors import FlowbackError
from edge.events.wire import ProjectId
from edge.policy.throttle import PromptRules, Window

FILE = "projects.json"
LOOK_AGAIN = 1.0  # seconds between two looks whether the file has changed
_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


log = logging.getLogger(__name__)


class ProjectRefused(FlowbackError):
    """The project cannot be made so. The message names what is wrong."""


class BadProjects(FlowbackError):
    """projects.json cannot be read. Restore it from a backup, or move it away to start anew."""


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """A web property."""

    id: ProjectId
    name: str
    key: str
    """Its public write key: 128 random bits. It lets one write, never read."""
    origins: list[str]
    """Origins whose pages may send, such as ``https://shop.example``."""
    consent: Literal["ask", "regional", "host"] = "ask"
    demo: bool = False
    time_zone: str = "UTC"
    share_raw: bool = True
    """Raw events go to the hub, as far as the region's row allows it."""
    prompts: PromptRules = PromptRules()
    """How often, and when never, a session may be asked."""


class _File(msgspec.Struct):
    projects: Annotated[list[Project], msgspec.Meta(max_length=10_000)]


def make(
    project_id: str,
    *,
    origins: list[str],
    name: str = "",
    consent: Literal["ask", "regional", "host"] = "ask",
    demo: bool = False,
    time_zone: str = "UTC",
    key: str | None = None,
) -> Project:
    """Return a new project with a new write key. Raises :class:`ProjectRefused`."""
    if not _ID.fullmatch(project_id):
        raise ProjectRefused(
            f"{project_id!r} is no project id: use a-z, 0-9, - and _, at most 64 characters"
        )
    return Project(
        id=project_id,
        name=name or project_id,
        key=key or secrets.token_urlsafe(16),
        origins=[_origin(origin) for origin in origins],
        consent=consent,
        demo=demo,
        time_zone=time_zone,
    )


class ProjectBook:
    """The projects of one data folder; read again when the file has changed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._stamp: tuple[int, int] | None = None
        self._projects: dict[str, Project] = {}
        self._looked = 0.0
        self.reload()

    @classmethod
    def open(cls, folder: Path) -> "ProjectBook":
        """Open the book of a data folder; a missing file is an empty book."""
        return cls(folder / FILE)

    def reload(self) -> bool:
        """Read the file if it has changed; return whether it had. Raises :class:`BadProjects`."""
        try:
            status = self.path.stat()
        except FileNotFoundError:
            return False
        stamp = (status.st_mtime_ns, status.st_size)
        if stamp == self._stamp:
            return False
        try:
            found = msgspec.json.decode(self.path.read_bytes(), type=_File)
        except (OSError, msgspec.DecodeError) as error:
            raise BadProjects(f"{self.path} cannot be read: {error}") from error
        self._projects = {project.id: project for project in found.projects}
        self._stamp = stamp
        return True

    def get(self, project_id: str) -> Project | None:
        """Return a project, or None; a changed file is seen within a second."""
        self._look()
        return self._projects.get(project_id)

    def list(self) -> list[Project]:
        """Return all projects in the order of their making."""
        self._look()
        return [*self._projects.values()]

    def _look(self) -> None:
        """Read the file again if it has changed; a damaged one leaves what was read before."""
        if time.monotonic() - self._looked > LOOK_AGAIN:
            self._looked = time.monotonic()
            try:
                self.reload()
            except BadProjects as error:
                log.warning("%s", error)

    def add(self, project: Project) -> None:
        """Keep *project*. Raises :class:`ProjectRefused` where its id is taken."""
        self.reload()
        if project.id in self._projects:
            raise ProjectRefused(f"there is a project {project.id!r} already")
        self._write([*self._projects.values(), project])

    def allow(self, project_id: str, origin: str) -> Project:
        """Let pages of *origin* send for a project too, and return it."""
        known = self.known(project_id)
        return self._change(known, origins=[*known.origins, _origin(origin)])

    def quiet(self, project_id: str, window: Window) -> Project:
        """Let nobody of a project be asked in *window*, and return it."""
        known = self.known(project_id)
        rules = msgspec.structs.replace(
            known.prompts, suppressed=(*known.prompts.suppressed, window)
        )
        return self._change(known, prompts=rules)

    def known(self, project_id: str) -> Project:
        """Return a project. Raises :class:`ProjectRefused` where there is none."""
        self.reload()
        project = self._projects.get(project_id)
        if project is None:
            raise ProjectRefused(f"there is no project {project_id!r}; see `flowback site list`")
        return project

    def _change(self, known: Project, **fields: object) -> Project:
        changed = msgspec.structs.replace(known, **fields)
        self._write([changed if p.id == known.id else p for p in self._projects.values()])
        return changed

    def _write(self, projects: Sequence[Project]) -> None:
        text = json.dumps(msgspec.to_builtins(_File([*projects])), indent=1)
        partial = self.path.with_suffix(".partial")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with partial.open("w") as file:
                file.write(text + "\n")
                file.flush()
                os.fsync(file.fileno())
            partial.replace(self.path)
        except OSError as error:
            raise ProjectRefused(f"{self.path} cannot be written: {error.strerror}") from error
        self.reload()


def _origin(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path not in ("", "/"):
        raise ProjectRefused(f"{text!r} is no origin: write it like https://shop.example")
    return f"{parts.scheme}://{parts.netloc}".lower()
