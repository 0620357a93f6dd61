"""
Build all that the built-in agents made anew, over everything that the inbox keeps.

The hub must not run. What people decided, what was shown and what was deleted stays: it
stands in records.sqlite. What retention sealed stays too. A rebuild that is cut off is gone
on with by the hub's next start. Custom agents are built anew by flowback hub agents rebuild.
"""

import argparse
from pathlib import Path

from edge.bundle.progress import Progress, size
from hub.commands.folder import add_folder, folder_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what ``flowback hub rebuild`` takes."""
    add_folder(parser)


def run(options: argparse.Namespace) -> int:
    """Build it anew."""
    from hub.rebuild import rebuild

    folder: Path = folder_of(options)
    progress = Progress("rebuild")
    try:
        built = rebuild(folder, progress)
    finally:
        progress.end()
    print(
        f"{folder}: {built.entries} entries, {built.events} events,"
        f" {size(built.bytes)} read; {built.aside} entries could not be applied;"
        f" {built.sealed} sealed sessions stay as they were"
    )
    return 0
