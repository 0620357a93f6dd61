"""
Put a backup back in the place of a hub's folder. The hub must not run.

The backup is checked whole before anything is touched; what was in the folder is kept beside
it. Sessions that were deleted since the backup stay deleted, as far as the folder's own
records.sqlite is still there to tell. What edges had sent since, they send again.
"""

import argparse
import sys
from pathlib import Path

from edge.bundle.progress import Progress
from hub.commands.folder import DEFAULT


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
            manifest, former = verify(options.backup, progress), None
        else:
            manifest, former = put_back(options.backup, folder, progress)
    finally:
        progress.end()
    print(f"{options.backup} is whole: up to entry {manifest.held}, Flowback {manifest.version}")
    if former is not None:
        print(f"what {folder} held before is in {former}: remove it by hand", file=sys.stderr)
    return 0
