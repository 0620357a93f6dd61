"""The flag that says which hub's folder a verb of ``flowback hub`` is about."""

import argparse
from pathlib import Path

from edge.errors import FlowbackError

INBOX = "inbox.db"
DEFAULT = "flowback-data/hub"


def add_folder(parser: argparse.ArgumentParser) -> None:
    """Declare ``--data``, which may stand before the verb too."""
    parser.add_argument(
        "--data", default=argparse.SUPPRESS, help=f"the hub's folder (default: {DEFAULT})"
    )


def folder_of(options: argparse.Namespace) -> Path:
    """Return the folder. Raises FlowbackError where no hub has been."""
    folder = Path(getattr(options, "data", None) or DEFAULT)
    if not (folder / INBOX).exists():
        raise FlowbackError(
            f"{folder} is no hub's folder: there is no {INBOX}. Name it with --data"
        )
    return folder
