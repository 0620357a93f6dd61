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

from edge.control_book import NAME as CONTROL
from edge.control_book import ControlBook
from edge.detect.presets import BadDefinition, Definition, detectors_of
from edge.errors import FlowbackError
from edge.events.wire import ProjectId
from edge.policy.throttle import PromptRules, Window
from edge.protocol.control import BadControl

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
    quiet: dict[str, tuple[Window, ...]] = {}
    """Windows that were set here for projects of the hub."""


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
    The projects of one data folder; read again when a file has changed.

    Its own stand in ``projects.json``. What the hub told an edge, in ``control.json``, takes
    the place of the edge's own record of the same project, whole; only windows in which
    nobody is asked add up. Such a project is changed at the hub.

    What a command asks is strict: a bad file is an error. A running process looks
    again by itself, and goes on with what it has where the file has become bad.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problem = ""
        """What is wrong with the file as it is now; empty where nothing is."""
        self.version = 0
        """Counts up whenever other projects have been read."""
        self._stamp: tuple[_Stamp, _Stamp] = (None, None)
        self._own = _File([])
        self._projects: dict[str, Project] = {}
        self._told: frozenset[str] = frozenset()
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
        stamp = (self._now(self.path), self._now(self.path.with_name(CONTROL)))
        if stamp == (None, None) or (stamp == self._stamp and not self.problem):
            return
        self._stamp = stamp
        try:
            own = _read(self.path) if stamp[0] else self._own
            told = _told_by_hub(self.path.parent) if stamp[1] else []
        except BadProjects as error:
            self.problem = str(error)
            raise
        self._own = own
        self._told = frozenset(project.id for project in told)
        self._projects = {project.id: project for project in _merged(own, told)}
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

    def is_told(self, project_id: str) -> bool:
        """Say whether the hub told this edge of a project: then it is changed there."""
        return project_id in self._told

    def _now(self, path: Path) -> "_Stamp":
        """Return by what a change of the file is known; None where there is no file."""
        try:
            status = path.stat()
        except FileNotFoundError:
            return None
        except OSError as error:
            self.problem = f"{path} cannot be read: {error.strerror}"
            raise BadProjects(self.problem) from error
        return status.st_mtime_ns, status.st_size, status.st_ino

    def add(self, project: Project) -> None:
        """Keep *project*. Raises :class:`ProjectRefused` where its id is taken."""
        self.reload()
        if project.id in self._projects:
            raise ProjectRefused(f"there is a project {project.id!r} already")
        self._write([*self._own.projects, project])

    def allow(self, project_id: str, origin: str) -> Project:
        """Let pages of *origin* send for a project too, and return it."""
        known = self.known(project_id)
        return self._change(known, origins=[*known.origins, _origin(origin)])

    def quiet(self, project_id: str, window: Window) -> Project:
        """Let nobody of a project be asked in *window*, and return it."""
        if window.end <= window.start:
            raise ProjectRefused("the window ends before it begins: nobody would be let alone")
        known = self.known(project_id)
        if project_id in self._told:  # the one change that is made here all the same
            windows = (*self._own.quiet.get(project_id, ()), window)
            self._write(self._own.projects, {**self._own.quiet, project_id: windows})
            return self.known(project_id)
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
        if known.id in self._told:
            raise ProjectRefused(
                f"{known.id} is set by the hub: change it there, and this edge follows"
            )
        changed = msgspec.structs.replace(known, **fields)
        self._write([changed if p.id == known.id else p for p in self._own.projects])
        return changed

    def _write(
        self, projects: Sequence[Project], quiet: dict[str, tuple[Window, ...]] | None = None
    ) -> None:
        whole = _File([*projects], self._own.quiet if quiet is None else quiet)
        plain = {key: value for key, value in msgspec.to_builtins(whole).items() if value != {}}
        text = json.dumps(plain, indent=1)
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


def _merged(own: _File, told: Sequence[Project]) -> list[Project]:
    """Return all projects: of one that the hub told only the windows set here hold too."""
    mine = {project.id: project for project in own.projects}
    for project in told:
        before = mine.get(project.id)
        windows = (
            *project.prompts.suppressed,
            *(before.prompts.suppressed if before else ()),
            *own.quiet.get(project.id, ()),
        )
        rules = msgspec.structs.replace(project.prompts, suppressed=tuple(dict.fromkeys(windows)))
        mine[project.id] = msgspec.structs.replace(project, prompts=rules)
    return [*mine.values()]


def _told_by_hub(folder: Path) -> list[Project]:
    """Return the projects in force that the hub told. Raises :class:`BadProjects`."""
    try:
        items = ControlBook(folder).holding("project")
    except BadControl as error:
        raise BadProjects(str(error)) from error
    found = []
    for key, item in items.items():
        try:
            found.append(msgspec.convert(item.value, Project))
        except msgspec.ValidationError as error:  # this version is older than the one that took it
            log.warning("project %s of the hub cannot be used: %s", key, error)
    return found


def _read(path: Path) -> _File:
    """Return what the file at *path* holds. Raises :class:`BadProjects`."""
    try:
        data = path.read_bytes()
        file = msgspec.json.decode(data, type=_File)
    except OSError as error:
        raise BadProjects(f"{path} cannot be read: {error.strerror}") from error
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise BadProjects(f"{path} cannot be read: {_told(error, data)}") from error
    ids: set[str] = set()
    keys: set[str] = set()
    for project in file.projects:
        if project.id in ids:
            raise BadProjects(f"{path}: project {project.id!r}: another has the same id")
        if not keys.isdisjoint((project.key, *project.older_keys)):
            raise BadProjects(f"{path}: project {project.id!r}: another has the same key")
        ids.add(project.id)
        keys.update((project.key, *project.older_keys))
    return file


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
