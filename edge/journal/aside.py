"""Put a bad file aside: renamed, never deleted, with its two companions; a few are kept."""

import time
from pathlib import Path

KEPT = 3
"""Bad files kept: each start may find one, and a disk has an end."""
_PARTS = ("", "-wal", "-shm")


def put_aside(path: Path, *, at: float | None = None) -> Path:
    """
    Rename *path* and its ``-wal`` and ``-shm``, and return its new name.

    Of more than :data:`KEPT` such files the oldest go.
    """
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(at))
    aside = path.with_name(f"{path.name}.{stamp}.corrupt")
    for more in range(1, 100):
        if not aside.exists():
            break
        aside = path.with_name(f"{path.name}.{stamp}-{more}.corrupt")
    for part in _PARTS:
        companion = path.with_name(path.name + part)
        if companion.exists():
            companion.rename(aside.with_name(aside.name + part))
    for old in found_aside(path)[:-KEPT]:
        for part in _PARTS:
            old.with_name(old.name + part).unlink(missing_ok=True)
    return aside


def found_aside(path: Path) -> list[Path]:
    """Return the files put aside of *path*, the oldest first."""
    return sorted(path.parent.glob(f"{path.name}.*.corrupt"), key=lambda each: each.name)
