"""
Erase sessions of visitors from a node, and from a hub's edges too.

  flowback erase --data flowback-data/hub --project shop SESSION
"""

import argparse
from pathlib import Path

from edge.audit import AuditLog
from edge.erasures import Erasures
from edge.projects import ProjectBook


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what ``flowback erase`` takes."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--project", required=True, help="the project that they belong to")
    parser.add_argument("session", nargs="+", help="a session's id, 22 characters")
    parser.add_argument("--data", type=Path, required=True, help="the node's folder")
    parser.add_argument("--why", default="", help="for the audit log; name nobody")


def run(options: argparse.Namespace) -> int:
    """Ask the node to erase, within a second where it runs, else at its next start."""
    project = ProjectBook.open(options.data).known(options.project)
    erasures = Erasures(options.data)
    for session in options.session:
        erasures.add(project.id, session)
    AuditLog(options.data).write(
        "erase", project=project.id, sessions=len(options.session), why=options.why
    )
    print(
        f"{len(options.session)} of {project.id}: erased within a second where this node runs,"
        " else when it starts; a hub tells its edges"
    )
    return 0
