"""
What an operator wants erased, in one small file of a node's data folder.

``flowback erase`` writes it, also while the node does not run; the node does it within a
second, or at its next start, and takes it out. On a hub it reaches every edge.
"""

import time
from collections.abc import Collection
from pathlib import Path
from typing import Annotated

import msgspec

from edge.errors import FlowbackError
from edge.events.wire import ProjectId, SessionId
from edge.keys import files

NAME = "erasures.json"


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """One session to erase."""

    project: ProjectId
    session: SessionId
    at: int
    """When it was asked for, ms since 1970."""

    @property
    def visitor(self) -> tuple[str, str]:
        """Return project and session."""
        return self.project, self.session


class _File(msgspec.Struct, frozen=True, kw_only=True):
    wanted: Annotated[list[Wanted], msgspec.Meta(max_length=10_000)] = []
    format: int = 1


class BadSession(FlowbackError):
    """No session id. It has 22 letters, digits, - and _."""


class Erasures:
    """The file in *folder*. Any process may add; the running node takes out."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME

    def add(self, project: str, session: str) -> None:
        """Ask for a session of *project* to be erased. Raises FlowbackError."""
        plain = {"project": project, "session": session, "at": int(time.time() * 1000)}
        try:
            wanted = msgspec.convert(plain, Wanted)
        except msgspec.ValidationError as error:
            raise BadSession(f"{session!r} of {project!r} is no session: {error}") from None
        with files.locked(self.path):
            files.save(self.path, _File(wanted=[*self.list(), wanted]))

    def list(self) -> list[Wanted]:
        """Return what is still to be erased. Raises FlowbackError."""
        if not self.path.exists():
            return []
        return files.load(self.path, _File, secret=False, max_bytes=4 * 2**20).wanted

    def done(self, visitors: Collection[tuple[str, str]]) -> None:
        """Take out what is erased. Raises FlowbackError."""
        with files.locked(self.path):
            left = [one for one in self.list() if one.visitor not in visitors]
            files.save(self.path, _File(wanted=left))
