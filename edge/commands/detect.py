"""
Find signals again in a period of a journal, with other parameters, and show the difference.

  flowback detect --replay --since 7 --set rage_click.clicks=4
  flowback detect --replay --preset amplitude
"""

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from edge.detect.presets import PRESETS, BadDefinition, configured
from edge.detect.replay import Recorded, compare, detect, table
from edge.errors import FlowbackError
from edge.events import codec
from edge.events.event import SignalRaw
from edge.journal.database import open_reader

DAY = 86_400_000  # ms


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what ``flowback detect`` takes."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--replay", action="store_true", required=True, help="read a journal again")
    parser.add_argument(
        "--data", type=Path, default=Path("flowback-data/edge"), help="the edge's folder"
    )
    parser.add_argument("--since", type=float, default=1.0, help="days back (default: 1)")
    parser.add_argument("--project", help="only this project")
    parser.add_argument("--preset", default="flowback", choices=sorted(PRESETS))
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="DETECTOR.PARAMETER=VALUE",
        help="may be given several times; see edge/DETECTORS.md",
    )


def run(options: argparse.Namespace) -> int:
    """Print the table of differences."""
    detectors = configured(options.preset, _parameters(options.set))
    recorded = list(_recorded(options.data / "journal.db", options.since, options.project))
    events = sum(len(events) for _, _, events in recorded)
    sessions = len({session for session, _, _ in recorded})
    before = detect(recorded, configured())
    after = detect(recorded, detectors)
    print(f"{events} raw events of {sessions} sessions in the last {options.since:g} days")
    print(table(compare(before, after)))
    return 0


def _parameters(pairs: list[str]) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        detector, dot, parameter = name.partition(".")
        if not equals or not dot:
            raise BadDefinition(f"{pair!r}: write it as rage_click.clicks=4")
        try:
            value = msgspec.json.decode(text)
        except msgspec.DecodeError:
            value = text
        found.setdefault(detector, {})[parameter] = value
    return found


def _recorded(path: Path, days: float, project: str | None) -> Iterator[Recorded]:
    """Yield the raw events of a journal, request by request."""
    if not path.exists():
        raise FlowbackError(f"there is no journal {path}; name the edge's folder with --data")
    connection = open_reader(path)
    since = int(time.time() * 1000 - days * DAY)
    rows = connection.execute("select body from entry where at >= ? order by position", (since,))
    for (body,) in rows:
        for group in codec.unpack(body):
            raw = [event for event in group.events if isinstance(event, SignalRaw)]
            stamp = group.stamp
            if raw and stamp.session and stamp.stream and project in (None, stamp.project):
                yield stamp.session, stamp.stream, raw
    connection.close()
