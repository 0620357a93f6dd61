"""
Make a backup of a hub as a new folder. The hub may run meanwhile.

The backup holds the hub's secret keys: keep it as you keep the hub.
"""

import argparse
import sys
from pathlib import Path

from edge.bundle.progress import Progress, size
from hub.commands.folder import add_folder, folder_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what ``flowback hub backup`` takes."""
    add_folder(parser)
    parser.add_argument("to", type=Path, help="the folder to make")


def run(options: argparse.Namespace) -> int:
    """Make it."""
    from hub.backup.make import back_up

    progress = Progress("backup")
    try:
        made = back_up(folder_of(options), options.to, progress)
    finally:
        progress.end()
    total = size(sum(one.bytes for one in made.files.values()))
    print(f"{options.to}: {len(made.files)} files, {total}, up to entry {made.held}")
    if made.applied < made.held:
        print(
            f"the analytics are at entry {made.applied}; the rest is applied after a restore",
            file=sys.stderr,
        )
    return 0
