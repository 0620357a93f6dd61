"""
Open a journal that may have come to harm, and say what was found.

The steps are in order: the version of SQLite, the file itself by a process of its own,
the renaming and salvage of a bad one, and the mark beside it, which tells of a lost end.
"""

import contextlib
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from edge.journal import check, epochs, highwater
from edge.journal.aside import put_aside
from edge.journal.check import Check, Verdict
from edge.journal.database import JournalNotWritable, JournalUnavailable
from edge.journal.journal import Journal
from edge.journal.salvage import Salvaged, salvage
from edge.journal.transaction import LANES, Transaction

LOST = "lost_end"
"""Reason of the gap where the journal fell short of its mark."""

NO_WITNESS = "no_witness"
"""What is found where the mark beside the journal is gone or damaged."""

_WITNESSED = "witnessed"
"""Key in ``meta`` of a journal whose mark is on the disk: from then on a missing one was lost."""
_FRESH = ".salvaged"
_FIXED = (3, 51, 3)
_BACKPORTS: dict[tuple[int, ...], int] = {(3, 50): 7, (3, 44): 6}
"""Releases of SQLite that mend the loss of a log's reset under concurrent checkpoints
(edge-and-link.md, 4.6); there is one writing connection here, so older ones only warn."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that an operator should know of an opening."""

    what: str
    """``sqlite_version``, ``salvaged``, ``lost_end``, ``new_epoch`` or ``no_witness``."""
    says: str
    serious: bool = True


@dataclass(slots=True)
class Opened:
    """A journal, and what was found on the way."""

    journal: Journal
    mark: highwater.HighWater
    findings: list[Finding] = field(default_factory=list)
    check: Check | None = None
    """The check where it goes on: see :class:`~edge.journal.check.Check`."""

    @property
    def no_witness(self) -> str:
        """Return why nothing could tell at this opening whether the end is whole, else nothing."""
        found = (f.says for f in self.findings if f.what == NO_WITNESS and f.serious)
        return next(found, "")

    def close(self) -> None:
        """Close all of it."""
        if self.check is not None:
            self.check.close()
        self.journal.close()
        self.mark.close()


def open_journal(
    path: Path,
    *,
    node: str,
    schema: str = "",
    max_bytes: int = 0,
    patience: float = check.LIMIT,
    clock: Callable[[], float] = time.time,
) -> Opened:
    """
    Open or make the journal of *node* at *path*, mending it where that is needed.

    *patience* is how many seconds a check of the file may delay the opening. Raises what
    :meth:`Journal.open` raises; damage raises nothing and is told by the findings.
    """
    findings = old_sqlite(sqlite3.sqlite_version_info)
    beside = path.with_name(highwater.NAME)
    before = highwater.look(beside)
    now = int(clock() * 1000)
    _finish_cut_off(path)
    going_on, verdict = _judge(path, patience)
    if verdict.whole is False:
        findings.append(mend(path, node=node, schema=schema, now=now, why=verdict.says))
    journal = Journal.open(path, node=node, schema=schema, max_bytes=max_bytes)
    findings += _missed(journal, before, damaged=verdict.whole is False)
    if verdict.whole is not False:
        findings += _compare(journal, before.mark, now)
    journal.submit(epochs.mark_opening).result()
    try:
        mark = highwater.HighWater(beside)
    except OSError as error:
        journal.close()
        raise JournalNotWritable(f"{beside} cannot be written: {error.strerror}") from error
    _follow(journal, mark)
    return Opened(journal, mark, findings, going_on)


def mend(path: Path, *, node: str, schema: str, now: int, why: str) -> Finding:
    """
    Put the bad file at *path* aside and a salvaged one in its place; *why* is told.

    The new file takes the old one's place when it is whole, so that an end of the
    process in between only means to begin again.
    """
    fresh = path.with_name(path.name + _FRESH)
    journal = Journal.open(fresh, node=node, schema=schema)
    try:
        mark = highwater.read(path.with_name(highwater.NAME))
        found = salvage(path, journal, schema=schema, mark=mark, now=now)
    finally:
        journal.close()
    aside = put_aside(path)
    fresh.rename(path)
    return Finding("salvaged", _tell(aside, why, found))


def _finish_cut_off(path: Path) -> None:
    """Bring a mending that was cut off to its end, or to its beginning."""
    fresh = path.with_name(path.name + _FRESH)
    if fresh.exists() and not path.exists():
        fresh.rename(path)
    for part in ("", "-wal", "-shm"):
        fresh.with_name(fresh.name + part).unlink(missing_ok=True)


def _judge(path: Path, patience: float) -> tuple[Check | None, Verdict]:
    """Return what a check says of *path*, and the check where it takes longer."""
    if not path.exists():
        return None, Verdict(True)
    started = Check(path)
    verdict = started.wait(patience)
    if verdict.whole is None:
        return started, verdict
    started.close()
    return None, verdict


def _follow(journal: Journal, mark: highwater.HighWater) -> None:
    def note() -> None:
        heads = journal.heads
        mark.note(journal.own.epoch, tuple(heads[lane] for lane in LANES))

    note()
    journal.on_commit(note)
    if not mark.failed and not _is_witnessed(journal):
        with contextlib.suppress(OSError, JournalUnavailable):  # then the next opening does it
            mark.sync()
            journal.submit(_witness).result()


def _missed(journal: Journal, seen: highwater.Seen, *, damaged: bool) -> list[Finding]:
    """Say where the mark is gone; a new journal never had one, an old version's neither."""
    if seen.mark is not None:
        return []
    name = highwater.NAME
    if damaged or not seen.never or _is_witnessed(journal):
        says = f"{name} {seen.trouble}: whether the journal's end was lost cannot be told this time"
        return [Finding(NO_WITNESS, says)]
    if not any(journal.heads.values()):
        return []
    says = f"{name} {seen.trouble}, as an older version left it: the end is watched from now on"
    return [Finding(NO_WITNESS, says, serious=False)]


def _is_witnessed(journal: Journal) -> bool:
    return bool(journal.read("select 1 from meta where key = ?", (_WITNESSED,)))


def _witness(tx: Transaction) -> None:
    tx.connection.execute("insert or ignore into meta values (?, 1)", (_WITNESSED,))


def _compare(journal: Journal, mark: highwater.Mark | None, now: int) -> list[Finding]:
    """Declare what the journal lacks of what *mark* saw."""
    if mark is None:
        return []
    if mark.epoch != journal.own.epoch:
        journal.submit(epochs.begin).result()
        says = "the journal is of another epoch than the mark beside it: it was replaced"
        return [Finding("new_epoch", says)]
    short = {
        lane: (journal.heads[lane] + 1, mark.heads[lane])
        for lane in LANES
        if mark.heads[lane] > journal.heads[lane]
    }
    if not short:
        return []
    journal.submit(lambda tx: _declare(tx, short, now)).result()
    ranges = ", ".join(f"lane {lane}: {lo} to {hi}" for lane, (lo, hi) in short.items())
    return [Finding(LOST, f"the journal's end is lost; declared as gaps: {ranges}")]


def _declare(tx: Transaction, short: dict[int, tuple[int, int]], now: int) -> None:
    for lane, (lo, hi) in short.items():
        tx.declare_gap(tx.own, lane, lo, hi, LOST, at=now)
        tx.skip(lane, hi)


def _tell(aside: Path, why: str, found: Salvaged) -> str:
    return (
        f"the journal was damaged ({why}) and is kept as {aside.name};"
        f" {found.entries} entries were salvaged, {found.broken} had a broken seal,"
        f" {found.lost} are declared lost"
    )


def old_sqlite(version: tuple[int, ...]) -> list[Finding]:
    """Return a warning where SQLite of *version* may lose a log's reset."""
    least = _BACKPORTS.get(version[:2])
    if version >= _FIXED or (least is not None and version[2] >= least):
        return []
    text = ".".join(map(str, version))
    says = f"SQLite {text} is older than 3.51.3; one process alone may open the data folder"
    return [Finding("sqlite_version", says, serious=False)]
