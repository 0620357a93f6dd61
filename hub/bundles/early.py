"""Files that came before something that is missing: kept until they can be taken."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from edge.bundle.export import FOLDER
from edge.bundle.files import copy
from edge.protocol.bundle.form import Manifest
from hub.bundles.ledger import CursorOf, File

_SUFFIX = ".fbx"


class Kept(NamedTuple):
    """A file that waits."""

    path: Path
    node: str
    run: str
    no: int


class Early:
    """The folder of them beneath the hub's *data*; they are sealed to the hub's key."""

    def __init__(self, data: Path) -> None:
        self._folder = data / FOLDER / "early"

    def keep(self, source: Path, manifest: Manifest) -> None:
        """Copy the file at *source* to where it waits. Raises ``NotWritten`` and ``NotRead``."""
        target = self._place(manifest)
        if source != target:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            copy(source, target, lambda _: None)

    def drop(self, manifest: Manifest) -> None:
        """Keep it no longer. Harmless where it was not."""
        self._place(manifest).unlink(missing_ok=True)

    def list(self) -> list[Kept]:
        """Return those that wait, in the order of their exports and numbers."""
        try:
            found = [path for path in self._folder.iterdir() if path.suffix == _SUFFIX]
        except OSError:
            return []
        return sorted(map(_parsed, found), key=lambda one: one[1:])

    def _place(self, manifest: Manifest) -> Path:
        name = f"{manifest.node}-{manifest.run}-{manifest.no}{_SUFFIX}"
        return self._folder / name


def ready(
    kept: Iterable[Kept], known: Callable[[str], list[File]], cursor: Callable[[str], CursorOf]
) -> Kept | None:
    """
    Return the first of *kept* of which something follows what is held now.

    *known* and *cursor* say of a node which files are known, and how far its lanes are held.
    One that brings nothing more, or that nobody knows any longer, is deleted.
    """
    for one in kept:
        at = cursor(one.node)
        spans = [
            span
            for file in known(one.node)
            if (file.run, file.no) == (one.run, one.no)
            for span in file.spans
            if span.hi > at(span.epoch, span.lane)
        ]
        if not spans:
            one.path.unlink(missing_ok=True)
        elif any(span.lo <= at(span.epoch, span.lane) + 1 for span in spans):
            return one
    return None


def _parsed(path: Path) -> Kept:
    node, _, rest = path.stem.partition("-")
    run, _, number = rest.rpartition("-")
    return Kept(path, node, run, int(number) if number.isdigit() else 0)
