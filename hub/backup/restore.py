"""
Putting a backup back: checked whole first, then in the place of what is there.

Deletions win over any backup: the tombstones of the records that are replaced are added to
those of the backup, and all of them are to be done anew. The hub's start erases what they
cover before it applies anything. Keys win too: who was revoked since stays out. What edges
acknowledged since, they send again by themselves.
"""

import contextlib
import shutil
import sqlite3
import time
from pathlib import Path
from typing import NamedTuple

from edge.lock import held
from hub.backup.keys import keep_keys
from hub.backup.make import ANALYTICS, RECORDS, position_of, tip_of
from hub.backup.manifest import NAME, BadBackup, Manifest, Told, verify
from hub.commands.folder import INBOX
from hub.stores.records.tombstones import SCHEMA

_ADD = "insert or ignore into tombstone (project, session, at, heard) values (?, ?, ?, ?)"
_ANEW = "update tombstone set heard = ?, blank = 0, clean = 0"


class Restored(NamedTuple):
    """A backup that is in its place."""

    manifest: Manifest
    former: Path | None
    """Where the folder's former files are, None where it had none."""
    keys_kept: bool
    """Keys that were revoked or rotated since the backup stay so; else they are the backup's."""


def put_back(backup: Path, folder: Path, told: Told = lambda _done, _total: None) -> Restored:
    """
    Make *backup* the hub's *folder*; return what became of both.

    Raises :class:`BadBackup` where it is torn, FolderInUse while a hub runs there; then the
    folder is as it was.
    """
    manifest = verify(backup, told)
    _fits(backup)
    fresh = folder.with_name(folder.name + ".restoring")
    with held(folder):
        shutil.rmtree(fresh, ignore_errors=True)
        try:
            fresh.mkdir(mode=0o700)
            for name in manifest.files:
                (fresh / name).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                shutil.copyfile(backup / name, fresh / name)
                (fresh / name).chmod(0o600)
            _tombstones(fresh, folder / RECORDS)
            kept = keep_keys(fresh, folder)
            former = _exchange(folder, fresh)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    return Restored(manifest, former, kept)


def _fits(backup: Path) -> None:
    """Refuse files that do not fit together, whatever the manifest says."""
    applied, tip = position_of(backup / ANALYTICS), tip_of(backup / INBOX)
    if applied > tip:
        raise BadBackup(
            f"{backup} is torn: its analytics are at {applied}, its inbox only at {tip}."
            " Take an older backup"
        )


def _tombstones(fresh: Path, before: Path) -> None:
    """Add the deletions of the records that are replaced; let all be done anew."""
    rows: list[tuple[object, ...]] = []
    tip = tip_of(fresh / INBOX)
    if before.exists():
        with contextlib.closing(sqlite3.connect(before)) as old:
            old.executescript(SCHEMA)
            rows = old.execute("select project, session, at from tombstone").fetchall()
    with contextlib.closing(sqlite3.connect(fresh / RECORDS)) as new:
        new.executescript(SCHEMA)
        new.executemany(_ADD, [(*row, tip) for row in rows])
        new.execute(_ANEW, (tip,))
        new.commit()


def _exchange(folder: Path, fresh: Path) -> Path | None:
    """Put *fresh* in the place of *folder*; the former is kept under another name."""
    known = [path for path in folder.iterdir() if path.name not in ("lock", NAME)]
    stamp = time.strftime("%Y%m%dT%H%M%S")
    former = folder.with_name(f"{folder.name}.before-{stamp}")
    folder.rename(former)
    fresh.rename(folder)
    if not known:
        shutil.rmtree(former)
        return None
    return former
