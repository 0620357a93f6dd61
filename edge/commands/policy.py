"""
Say in plain words what leaves a site and what stays, and whether a visitor may be asked.

It speaks for the edge as it is configured: give it the same file, variables and flags.

  flowback policy explain                                        the edge itself
  flowback policy explain --project shop --visitor FR --consent granted
  flowback policy explain --config edge.toml --project shop --gpc
"""

import argparse
import time
from pathlib import Path

from edge.collector.regions import Regions
from edge.collector.settings import EdgeSettings
from edge.config import add_flags, load
from edge.control_book import ControlBook
from edge.errors import FlowbackError
from edge.events.event import PURPOSES, ConsentState
from edge.events.wire import RegionRow
from edge.policy.consent import NO_CHOICE, Consent, Grant, Refusal, effective
from edge.policy.explain import explain, explain_travel
from edge.policy.regions import known, row_id
from edge.policy.throttle import ThrottleState
from edge.projects import Project, ProjectBook

SETTINGS = ("data", "hub", "hub_country", "region", "regions", "rules", "site")
"""What of an edge's settings matters here."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what ``flowback policy`` takes."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    verbs = parser.add_subparsers(dest="verb", required=True)
    told = verbs.add_parser("explain", help="what holds for an edge, a project and a visitor")
    told.add_argument("--project", help="a project of this edge; without: the edge itself")
    told.add_argument("--visitor", help="the visitor's region, such as FR or US-CA")
    told.add_argument(
        "--consent",
        choices=("pending", "granted", "denied", "withdrawn"),
        default="pending",
        help="what the visitor chose",
    )
    told.add_argument("--gpc", action="store_true", help="the browser sends Sec-GPC: 1")
    told.add_argument("--dnt", action="store_true", help="the browser sends DNT: 1")
    told.add_argument("--override", action="store_true", help="the grant overrides them")
    told.add_argument("--asked", type=int, default=0, help="questions shown in the session so far")
    told.add_argument("--ago", type=float, help="seconds since the last of them")
    told.add_argument("--dismissed", type=int, default=0, help="of which dismissed")
    told.add_argument("--config", type=Path, help="the edge's TOML file, with a section [edge]")
    add_flags(told, EdgeSettings, only=SETTINGS)


def run(options: argparse.Namespace) -> int:
    """Print what holds."""
    flags = {name: getattr(options, name) for name in SETTINGS}
    settings = load(EdgeSettings, "edge", file=options.config, flags=flags)
    if options.visitor is not None and not known(options.visitor):
        raise FlowbackError(f"region {options.visitor!r} has no rules: use a country, or US-CA")
    regions = Regions(settings.region, rules=settings.rules, database=settings.regions)
    told = ControlBook(Path(settings.data)).holding("rules").values()
    regions.follow([item.value for item in told])
    row = regions.row(options.visitor)
    print("\n".join(_edge(settings, options.visitor, by_hub=bool(told))))
    project = None
    if options.project is not None:
        project = ProjectBook.open(Path(settings.data)).known(options.project)
        print("\n" + _decision(options, project, row))
    travels = explain_travel(
        row,
        share_raw=project is None or project.share_raw,
        hub_country=settings.hub_country or None,
        raw_days=regions.raw_days,
    )
    print("\n" + travels)
    return 0


def _edge(settings: EdgeSettings, visitor: str | None, *, by_hub: bool = False) -> list[str]:
    """Return what the edge is, one fact a line."""
    by = [*([settings.rules] if settings.rules else []), *(["its hub"] if by_hub else [])]
    tightened = f", tightened by {' and '.join(by)}" if by else ""
    lines = [f"Edge {settings.site}, pinned to {row_id(settings.region)}{tightened}."]
    if settings.hub:
        lines.append(f"It sends to the hub at {settings.hub}.")
    else:
        lines.append("It has no hub: nothing leaves now. What is said below holds once it has one.")
    if settings.regions:
        lines.append(
            "It looks a visitor's region up and applies the stricter of both; "
            f"{'not asked here: see --visitor' if visitor is None else f'here {visitor}'}."
        )
    elif visitor is not None:
        lines.append(
            "It looks no visitor's region up: its own rules hold for all. What is said below "
            f"would hold for {visitor} with a database (`regions`)."
        )
    return lines


def _decision(options: argparse.Namespace, project: Project, row: RegionRow) -> str:
    now = int(time.time() * 1000)
    shown = options.asked or (1 if options.ago is not None else 0)
    last = None if options.ago is None else now - int(options.ago * 1000)
    return explain(
        now=now,
        consent=_consent(options, project, row, now),
        region=row,
        throttle=ThrottleState(shown=shown, last_shown=last, dismissed=options.dismissed),
        rules=project.prompts,
        mode=project.consent,
    )


def _consent(
    options: argparse.Namespace, project: Project, row: RegionRow, now: int
) -> ConsentState:
    """Return what the choice means: GPC or DNT is a denial until it is overridden."""
    if options.consent == "denied":
        return "denied"
    refused: Refusal = "gpc" if options.gpc else "dnt" if options.dnt else ""
    grant = Grant("", 0, PURPOSES, now, 0, now, override=options.override)
    chosen = {
        "granted": Consent(grants=(grant,)),
        "withdrawn": Consent(withdrawn=True),
        "pending": NO_CHOICE,
    }[options.consent]
    return effective(chosen, mode=project.consent, region=row, now=now, refused=refused)
