"""
Carry an edge's data to a hub by hand, and the hub's receipt back.

  at the edge   flowback bundle export --data EDGE --out /media/stick
  at the hub    flowback bundle import --data HUB /media/stick/*.fbx
  at the edge   flowback bundle import --data EDGE /media/stick/*.fbr
  on the way    flowback bundle verify /media/stick/*.fbx

An export is no acknowledgement: the edge keeps everything until the receipt comes, so any
later export heals the loss of an earlier one. Edge and hub may run or not.

exit codes: 0 all is well · 1 something is refused or failed · 2 wrong usage ·
3 imported, and files are missing (the receipt says which numbers; what came before them is kept)
"""

import argparse
from pathlib import Path

from hub.bundles.commands import exporting, importing, verifying
from hub.bundles.commands.sizes import parse_size


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what ``flowback bundle`` takes."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    verbs = parser.add_subparsers(dest="verb", required=True)
    out = verbs.add_parser("export", help="at the edge: write what the hub has not receipted")
    out.add_argument("--data", type=Path, required=True, help="the edge's folder")
    out.add_argument("--out", type=Path, required=True, help="the folder to carry")
    out.add_argument(
        "--split",
        type=parse_size,
        default="1G",
        help="bytes of one file at the most, as 700M or 1G (the default; FAT32 takes less than 4G)",
    )
    into = verbs.add_parser("import", help="at the hub: take bundles in; at the edge: a receipt")
    into.add_argument(
        "files",
        type=Path,
        nargs="+",
        metavar="FILE",
        help="what came on the stick, .fbx at the hub and .fbr at the edge, or its folder",
    )
    into.add_argument("--data", type=Path, required=True, help="this node's folder")
    into.add_argument("--out", type=Path, help="where receipts go; beside the files by default")
    look = verbs.add_parser("verify", help="anywhere: is a file whole, who signed it, what is in")
    look.add_argument(
        "files", type=Path, nargs="+", metavar="FILE", help=".fbx or .fbr, or a folder of them"
    )
    look.add_argument("--data", type=Path, help="a node's folder: can it be opened there")
    look.add_argument("--edge", type=Path, help="an edge's enrolment file: did that edge sign it")
    for verb in (out, into, look):
        verb.add_argument("--json", action="store_true", help="one JSON object, for programs")


def run(options: argparse.Namespace) -> int:
    """Do what was asked."""
    verbs = {"export": exporting.run, "import": importing.run, "verify": verifying.run}
    return verbs[options.verb](options)
