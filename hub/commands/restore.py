"""
Put a backup back in the place of a hub's folder. The hub must not run.

The backup is checked whole before anything is touched; what was in the folder is kept beside
it. Sessions that were deleted since the backup stay deleted and keys that were revoked stay
revoked, as far as the folder's own records.sqlite, keyring.json and hub.key are still there
to tell. What edges had sent since, they send again.
"""

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from edge.bundle.progress import Progress
from hub.commands.folder import DEFAULT

if TYPE_CHECKING:
    from hub.backup.restore import Restored


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what ``flowback hub restore`` takes."""
    parser.add_argument(
        "--data", default=argparse.SUPPRESS, help=f"the hub's folder (default: {DEFAULT})"
    )
    parser.add_argument("backup", type=Path, help="a folder that flowback hub backup made")
    parser.add_argument("--check", action="store_true", help="only check that it is whole")


def run(options: argparse.Namespace) -> int:
    """Put it back."""
    from hub.backup.manifest import verify
    from hub.backup.restore import put_back

    folder = Path(getattr(options, "data", None) or DEFAULT)
    progress = Progress("check" if options.check else "restore")
    try:
        if options.check:
            manifest, restored = verify(options.backup, progress), None
        else:
            restored = put_back(options.backup, folder, progress)
            manifest = restored.manifest
    finally:
        progress.end()
    print(f"{options.backup} is whole: up to entry {manifest.held}, Flowback {manifest.version}")
    if restored is not None:
        _tell(restored, folder)
    return 0


def _tell(restored: "Restored", folder: Path) -> None:
    if restored.former is not None:
        print(
            f"what {folder} held before is in {restored.former}: remove it by hand",
            file=sys.stderr,
        )
    if not restored.keys_kept:
        day = time.strftime("%Y-%m-%d", time.gmtime(restored.manifest.at / 1000))
        print(
            f"keys revoked since {day} are admitted again, and the hub's own are those of then:"
            f" see `flowback keys list --data {folder}`",
            file=sys.stderr,
        )
