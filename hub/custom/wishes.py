"""
What an operator wants of custom agents, in one small file of the hub's folder.

``flowback hub agents`` writes it, also while the hub does not run; the hub does it within a
second, or at its next start, and takes it out.
"""

from pathlib import Path
from typing import Annotated, Literal

import msgspec

from edge.keys import files

NAME = "agents.json"
Do = Literal["stop", "start", "replay", "rebuild"]


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to do."""

    agent: str
    do: Do
    position: int = 0
    """For ``replay``: the inbox position behind which it begins."""


class _File(msgspec.Struct, frozen=True, kw_only=True):
    wanted: Annotated[list[Wish], msgspec.Meta(max_length=1_000)] = []
    format: int = 1


class Wishes:
    """The file in *folder*. Any process may add; the running hub takes out."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME

    def add(self, wish: Wish) -> None:
        """Ask for *wish*. Raises FlowbackError."""
        with files.locked(self.path):
            files.save(self.path, _File(wanted=[*self.all(), wish]))

    def all(self) -> list[Wish]:
        """Return what is still to be done, the oldest first. Raises FlowbackError."""
        if not self.path.exists():
            return []
        return files.load(self.path, _File, secret=False).wanted

    def take(self, agent: str) -> list[Wish]:
        """Return what is wanted of *agent*; :meth:`done` takes it out."""
        return [one for one in self.all() if one.agent == agent]

    def done(self, wishes: list[Wish]) -> None:
        """Take out what is done. Raises FlowbackError."""
        with files.locked(self.path):
            left = self.all()
            for wish in wishes:
                if wish in left:
                    left.remove(wish)
            files.save(self.path, _File(wanted=left))
