"""
What the hub told this edge to hold, in one small file of its data folder.

Sheets come in by wire or by hand (``edge.protocol.control``); both end here. A sheet's
items first **wait**; the edge judges them in their order, and each comes **into force** in
the place of the one before, is done, or is **refused** and the one before stays. What this
version does not understand goes on waiting for one that does. Any process may take a sheet;
a running edge sees it within a second.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from edge.keys import files
from edge.keys.curve import BadKey
from edge.keys.signing import is_control
from edge.protocol import control
from edge.protocol.control import BadControl, Item, Signed, Subject, Taken

NAME = "control.json"
MAX_TROUBLES = 16
"""Troubles that are kept and told, the newest."""

Stamp = tuple[int, int, int] | None


class Trouble(msgspec.Struct, frozen=True, array_like=True):
    """An item that does not hold here, and why."""

    kind: str
    key: str
    rev: int
    why: str


@dataclass(frozen=True, slots=True)
class Judged:
    """
    What the edge makes of an item.

    ``holds``: it is in force. ``done``: nothing of it needs to be kept. ``refused``: it does
    not hold, the one before does. ``waits``: it is judged again later; with *why* it is told.
    ``unchanged``: nothing new is known of it.
    """

    verdict: Literal["holds", "done", "refused", "waits", "unchanged"]
    why: str = ""


class _File(msgspec.Struct, frozen=True, kw_only=True):
    rev: int = 0
    """Everything up to here is here."""
    hub: list[str] = []
    """Verify keys of the hub whose revisions these are."""
    holds: list[Item] = []
    waits: list[Item] = []
    troubles: list[Trouble] = []
    format: int = 1


class ControlBook:
    """The file in *folder*. Reading looks at it anew where it changed; for any thread."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
        self._stamp: Stamp = None
        self._file = _File()
        self.version = 0
        """Counts up whenever something else has been read."""
        self.reload()

    @property
    def rev(self) -> int:
        """Everything that the hub told up to this revision is here; 0 before the first."""
        return self._file.rev

    @property
    def waiting(self) -> Sequence[Item]:
        """Items that are not judged yet, or not understood, in order."""
        return self._file.waits

    @property
    def troubles(self) -> Sequence[Trouble]:
        """What does not hold here, and why, the newest last."""
        return self._file.troubles

    def holding(self, kind: str) -> Mapping[str, Item]:
        """Return the items of *kind* in force by their key, none of which is withdrawn."""
        return {item.key: item for item in self._file.holds if item.kind == kind}

    def rev_of(self, verify: Iterable[str]) -> int:
        """Return ``rev`` as far as the hub with the keys *verify* gave it: another begins anew."""
        return self._file.rev if not self._file.hub or {*verify} & {*self._file.hub} else 0

    def judged_of(self, verify: Iterable[str]) -> int:
        """
        Return ``rev_of`` as far as this edge judged it: nothing that was only laid down.

        What waits with a trouble is judged: it waits for a newer version.
        """
        told = {(one.kind, one.key, one.rev) for one in self._file.troubles}
        fresh = [item.rev for item in self.waiting if (*item.subject, item.rev) not in told]
        return min([self.rev_of(verify), *(rev - 1 for rev in fresh)])

    def reload(self) -> bool:
        """Read the file where it changed; return whether it did. Raises :class:`BadControl`."""
        stamp = self._look()
        if stamp == self._stamp:
            return False
        self._file = self._read()
        self._stamp = stamp
        self.version += 1
        return True

    def take(self, signed: Signed, *, node: str, verify: Sequence[str]) -> Taken:
        """
        Keep what is new in *signed*, on disk when this returns.

        *verify* are the keys of the hub that the edge *node* trusts. Raises
        :class:`BadControl` where the sheet is not that hub's, not for this edge or damaged,
        and where the file cannot be written: then nothing is taken.
        """
        sheet = control.open_signed(signed, node, lambda body, sig: is_control(verify, body, sig))
        with files.locked(self.path):
            self.reload()
            known = self._file if self.rev_of(verify) else _File()
            taken = control.take(known.rev, sheet)
            if taken.verdict == "next":
                waits = control.newest([*known.waits, *taken.items])
                self._write(
                    msgspec.structs.replace(
                        known, rev=taken.rev, hub=[*verify], waits=waits, troubles=known.troubles
                    )
                )
        return taken

    def settle(self, judge: Callable[[Item], Judged]) -> bool:
        """Let *judge* say what becomes of each item that waits; return whether anything did."""
        if not self._file.waits:
            return False
        with files.locked(self.path):
            self.reload()
            before = self._file
            for item in before.waits:
                self._settle(item, judge(item))
            if self._file == before:
                return False
            self._write(self._file)
        return True

    def _settle(self, item: Item, judged: Judged) -> None:
        """Apply one verdict in memory, in the order of the items."""
        if judged.verdict == "unchanged":
            return
        now = self._file
        holds = {one.subject: one for one in now.holds}
        if judged.verdict == "holds":
            holds.pop(item.subject, None)
            if item.value is not None:
                holds[item.subject] = item
        self._file = msgspec.structs.replace(
            now,
            holds=control.newest(holds.values()),
            waits=[one for one in now.waits if one is not item or judged.verdict == "waits"],
            troubles=_troubles(now.troubles, item, judged),
        )

    def _look(self) -> Stamp:
        try:
            facts = self.path.stat()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise BadControl(f"{self.path} cannot be read: {error.strerror}") from error
        return facts.st_mtime_ns, facts.st_size, facts.st_ino

    def _read(self) -> _File:
        if not self.path.exists():
            return _File()
        try:
            return files.load(self.path, _File, secret=False, max_bytes=64 * 2**20)
        except BadKey as error:
            raise BadControl(f"{error}; move it away, and the hub tells all of it again") from error

    def _write(self, file: _File) -> None:
        try:
            files.save(self.path, file)
        except BadKey as error:
            self._stamp = None  # what is in memory may not be on disk
            raise BadControl(str(error)) from error
        self._file = file
        self._stamp = self._look()
        self.version += 1


def _troubles(known: Sequence[Trouble], item: Item, judged: Judged) -> list[Trouble]:
    """Return *known* without what *item* replaces, and with its own where it has one."""
    subject: Subject = item.subject
    left = [one for one in known if (one.kind, one.key) != subject]
    if judged.why:
        left.append(Trouble(item.kind, item.key, item.rev, judged.why[:200]))
    return left[-MAX_TROUBLES:]
