"""
Say in plain words what leaves a site and what stays, and whether a visitor may be asked.

  flowback policy explain --project shop --region DE --visitor FR --consent granted
"""

import argparse
import time
from pathlib import Path

from edge.errors import FlowbackError
from edge.policy.explain import explain, explain_travel
from edge.policy.regions import known, resolve
from edge.policy.throttle import ThrottleState
from edge.projects import ProjectBook


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what ``flowback policy`` takes."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    verbs = parser.add_subparsers(dest="verb", required=True)
    told = verbs.add_parser("explain", help="what holds for a project and a visitor")
    told.add_argument("--project", required=True)
    told.add_argument(
        "--data", type=Path, default=Path("flowback-data/edge"), help="the edge's folder"
    )
    told.add_argument("--region", default="UNKNOWN", help="the region the edge is pinned to")
    told.add_argument("--visitor", help="the visitor's region, such as FR or US-CA")
    told.add_argument("--hub-country", help="the country in which the hub stands")
    told.add_argument(
        "--consent",
        choices=("pending", "granted", "denied", "withdrawn"),
        default="pending",
        help="what the visitor chose",
    )
    told.add_argument("--asked", type=int, default=0, help="questions shown in the session so far")
    told.add_argument("--ago", type=float, help="seconds since the last of them")
    told.add_argument("--dismissed", type=int, default=0, help="of which dismissed")


def run(options: argparse.Namespace) -> int:
    """Print what holds."""
    project = ProjectBook.open(options.data).known(options.project)
    for region in (options.region, options.visitor):
        if region is not None and not known(region):
            raise FlowbackError(f"region {region!r} has no rules: use a country as DE, or US-CA")
    row = resolve(options.region, options.visitor)
    now = int(time.time() * 1000)
    shown = options.asked or (1 if options.ago is not None else 0)
    last = None if options.ago is None else now - int(options.ago * 1000)
    throttle = ThrottleState(shown=shown, last_shown=last, dismissed=options.dismissed)
    print(
        explain(
            now=now, consent=options.consent, region=row, throttle=throttle, rules=project.prompts
        )
    )
    print()
    print(explain_travel(row, share_raw=project.share_raw, hub_country=options.hub_country))
    return 0
