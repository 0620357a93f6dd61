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

from edge.detect.presets import BadDefinition, Definition, detectors_of
from edge.errors import FlowbackError
from edge.events.wire import ProjectId
from edge.policy.throttle import PromptRules, Window

FILE = "projects.json"
MAX_OLDER_KEYS = 16
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
    key: Annotated[str, msgspec.Meta(min_length=1)]
    """Its public write key: 128 random bits. It lets one write, never read."""
    older_keys: Annotated[list[str], msgspec.Meta(max_length=MAX_OLDER_KEYS)] = []
    """Keys that pages still carry; each works until it is revoked."""
    origins: list[str]
    """Origins whose pages may send, such as ``https://shop.example``."""
    consent: Literal["ask", "regional", "host"] = "ask"
    demo: bool = False
    time_zone: str = "UTC"
    share_raw: bool = True
    """Raw events go to the hub, as far as the region's row allows it."""
    prompts: PromptRules = PromptRules()
    """How often, and when never, a session may be asked."""
    detect: Definition | None = None
    """What counts as a rage click and so on; None: Flowback's own (edge/DETECTORS.md)."""

    def __post_init__(self) -> None:
        """Raise ``ValueError``, with the key named, where the definition does not fit."""
        try:
            detectors_of(self.detect)
        except BadDefinition as error:
            raise ValueError(f"detect: {error}") from error


class _File(msgspec.Struct):
    projects: Annotated[list[Project], msgspec.Meta(max_length=10_000)]


_Stamp = tuple[int, int, int] | None
_PLACE = re.compile(r"(.*?) - at `\$(?:\.projects\[(\d+)\])?\.?([^`]*)`", re.DOTALL)
"""How msgspec says what is wrong and where."""


def make(
    project_id: str,
    *,
    origins: list[str],
    name: str = "",
    consent: Literal["ask", "regional", "host"] = "ask",
    demo: bool = False,
    time_zone: str = "UTC",
    key: str | None = None,
    detect: Definition | None = None,
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
        detect=detect,
    )


class ProjectBook:
    """
    The projects of one data folder; read again when the file has changed.

    What a command asks is strict: a bad file is an error. A running process looks
    again by itself, and goes on with what it has where the file has become bad.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problem = ""
        """What is wrong with the file as it is now; empty where nothing is."""
        self.version = 0
        """Counts up whenever other projects have been read."""
        self._stamp: _Stamp = None
        self._projects: dict[str, Project] = {}
        self._looked = time.monotonic()
        self.reload()

    @classmethod
    def open(cls, folder: Path) -> "ProjectBook":
        """Open the book of a data folder; a missing file is an empty book."""
        return cls(folder / FILE)

    def reload(self) -> None:
        """
        Read the file if it has changed.

        Raises :class:`BadProjects`, which names the file, the project and the key.
        """
        stamp = self._now()
        if stamp is None or (stamp == self._stamp and not self.problem):
            return
        self._stamp = stamp
        try:
            self._projects = {project.id: project for project in _read(self.path)}
        except BadProjects as error:
            self.problem = str(error)
            raise
        self.problem = ""
        self.version += 1

    def look(self) -> None:
        """
        Read the file if it has changed, at most once a second.

        A bad file is said once, and leaves what was read before.
        """
        if time.monotonic() - self._looked < LOOK_AGAIN:
            return
        self._looked = time.monotonic()
        before = self.problem
        try:
            self.reload()
        except BadProjects as error:
            if self.problem != before:
                log.warning("%s; what was read before holds", error)
        else:
            if before and not self.problem:
                log.warning("%s is good again", self.path)

    def get(self, project_id: str) -> Project | None:
        """Return a project, or None; a changed file is seen within a second."""
        self.look()
        return self._projects.get(project_id)

    def list(self) -> list[Project]:
        """Return all projects in the order of their making."""
        self.look()
        return [*self._projects.values()]

    def _now(self) -> "_Stamp":
        """Return by what a change of the file is known; None where there is no file."""
        try:
            status = self.path.stat()
        except FileNotFoundError:
            return None
        except OSError as error:
            self.problem = f"{self.path} cannot be read: {error.strerror}"
            raise BadProjects(self.problem) from error
        return status.st_mtime_ns, status.st_size, status.st_ino

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
        if window.end <= window.start:
            raise ProjectRefused("the window ends before it begins: nobody would be let alone")
        known = self.known(project_id)
        rules = msgspec.structs.replace(
            known.prompts, suppressed=(*known.prompts.suppressed, window)
        )
        return self._change(known, prompts=rules)

    def detect(self, project_id: str, definition: Definition | None) -> Project:
        """Let new sessions of a project be judged by *definition*, and return it."""
        return self._change(self.known(project_id), detect=definition)

    def new_key(self, project_id: str) -> Project:
        """Give a project a new write key beside the ones that pages carry, and return it."""
        known = self.known(project_id)
        if len(known.older_keys) >= MAX_OLDER_KEYS:
            raise ProjectRefused("too many older keys are valid; revoke those that no page carries")
        return self._change(
            known, key=secrets.token_urlsafe(16), older_keys=[known.key, *known.older_keys]
        )

    def revoke_key(self, project_id: str, key: str) -> Project:
        """Let an older write key of a project work no more, and return the project."""
        known = self.known(project_id)
        if key == known.key:
            raise ProjectRefused("this is the newest key: make another first, with `--new`")
        if key not in known.older_keys:
            raise ProjectRefused(f"{key!r} is no key of {project_id}; see `flowback site keys`")
        return self._change(known, older_keys=[one for one in known.older_keys if one != key])

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


def _read(path: Path) -> list[Project]:
    """Return the projects in the file at *path*. Raises :class:`BadProjects`."""
    try:
        data = path.read_bytes()
        found = msgspec.json.decode(data, type=_File).projects
    except OSError as error:
        raise BadProjects(f"{path} cannot be read: {error.strerror}") from error
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise BadProjects(f"{path} cannot be read: {_told(error, data)}") from error
    ids: set[str] = set()
    keys: set[str] = set()
    for project in found:
        if project.id in ids:
            raise BadProjects(f"{path}: project {project.id!r}: another has the same id")
        if not keys.isdisjoint((project.key, *project.older_keys)):
            raise BadProjects(f"{path}: project {project.id!r}: another has the same key")
        ids.add(project.id)
        keys.update((project.key, *project.older_keys))
    return found


def _told(error: Exception, data: bytes) -> str:
    """Return what *error* says, with the project's id for its place in the list."""
    place = _PLACE.fullmatch(str(error))
    if place is None:
        return str(error)
    what, index, key = place.groups()
    if index is None:
        return f"{key}: {what}" if key else what
    try:
        entry = msgspec.json.decode(data)["projects"][int(index)]
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as broken:
        return str(broken)  # what follows that place is no JSON either
    name = entry.get("id") if isinstance(entry, dict) else None
    where = f"project {name!r}" if isinstance(name, str) else f"project {int(index) + 1}"
    return f"{where}: {key}: {what}" if key else f"{where}: {what}"


def _origin(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path not in ("", "/"):
        raise ProjectRefused(f"{text!r} is no origin: write it like https://shop.example")
    return f"{parts.scheme}://{parts.netloc}".lower()
