"""
Find signals again in a period of a journal, with other parameters, and show the difference.

  flowback detect --replay --since 7 --set rage_click.clicks=4
  flowback detect --replay --project shop --preset amplitude
  flowback detect --replay --since 2026-11-01 --until 2026-11-08

What is shown under "before" is each project's own definition over the same events, and
parameters are laid over that one unless a preset is named. A session that was active in
the period is taken whole, with what lies before and after it.
"""

import argparse
import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from edge.commands import definition
from edge.detect.detector import Detector
from edge.detect.peers.posthog import playlist
from edge.detect.presets import detectors_of
from edge.detect.replay import Recorded, compare, detect, table
from edge.errors import FlowbackError
from edge.events import codec
from edge.events.entry import Group
from edge.events.event import SignalNormalized, SignalRaw
from edge.events.raw import Error
from edge.journal.database import open_reader
from edge.projects import ProjectBook

DAY = 86_400_000  # ms
SESSION = DAY // 3  # ms: a session ends after 8 h (house plan, words)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what ``flowback detect`` takes."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--replay", action="store_true", required=True, help="read a journal again")
    parser.add_argument(
        "--data", type=Path, default=Path("flowback-data/edge"), help="the edge's folder"
    )
    parser.add_argument(
        "--since",
        default="1",
        help="days back, or a moment, local time unless it has a zone (default: 1)",
    )
    parser.add_argument("--until", help="likewise (default: now)")
    parser.add_argument("--project", help="only this project")
    definition.add_arguments(parser, "--set")


def run(options: argparse.Namespace) -> int:
    """Print the table of differences."""
    now = int(time.time() * 1000)
    since, until = _moment(options.since, now), _moment(options.until or "0", now)
    if since >= until:
        raise FlowbackError("the period ends before it begins: --since lies before --until")
    book = ProjectBook.open(options.data)
    own = {project.id: project.detect for project in book.list()}
    if options.project is not None:
        own[options.project] = book.known(options.project).detect
    definition.chosen(options)  # what is wrong is said before anything is read
    before: dict[str, SignalNormalized] = {}
    after: dict[str, SignalNormalized] = {}
    events = sessions = frustrated = 0
    for project, recorded in _recorded(options, since, until).items():
        events += sum(len(events) for _, _, events in recorded)
        sessions += len({session for session, _, _ in recorded})
        before |= detect(recorded, detectors_of(own.get(project)))
        other = detectors_of(definition.chosen(options, own.get(project)))
        after |= detect(recorded, other)
        frustrated += _frustrated(recorded, other)
    print(f"{events} raw events of {sessions} sessions, {_day(since)} to {_day(until)}")
    print(table(compare(before, after)))
    if options.preset == "posthog":
        print(f"on PostHog's list of frustrated sessions: {frustrated}")
    return 0


def _frustrated(recorded: list[Recorded], detectors: Sequence[Detector]) -> int:
    """Return how many sessions PostHog would list, with script errors as its exceptions."""
    by_session: dict[str, list[Recorded]] = {}
    for piece in recorded:
        by_session.setdefault(piece[0], []).append(piece)
    listed = 0
    for pieces in by_session.values():
        names = [signal.payload.signal for signal in detect(pieces, detectors).values()]
        errors = sum(isinstance(e.payload, Error) for _, _, events in pieces for e in events)
        listed += playlist(rage_clicks=names.count("rage_click"), exceptions=errors).included
    return listed


def _moment(text: str, now: int) -> int:
    """Return ms since 1970 of days back from *now*, or of a moment."""
    try:
        return now - int(float(text) * DAY)
    except ValueError:
        pass
    try:
        return int(datetime.fromisoformat(text).timestamp() * 1000)
    except ValueError:
        raise FlowbackError(
            f"{text!r} is neither days back nor a moment: 7 or 2026-11-01"
        ) from None


def _day(moment: int) -> str:
    return datetime.fromtimestamp(moment / 1000).astimezone().isoformat(" ", "minutes")


def _recorded(options: argparse.Namespace, since: int, until: int) -> dict[str, list[Recorded]]:
    """Return by project the raw events of the sessions that were active in the period."""
    path = options.data / "journal.db"
    if not path.exists():
        raise FlowbackError(f"there is no journal {path}; name the edge's folder with --data")
    active = {
        group.stamp.session
        for at, group in _groups(path, since - SESSION, until + SESSION, options.project)
        if since <= at < until
    }
    found: dict[str, list[Recorded]] = {}
    for _, group in _groups(path, since - SESSION, until + SESSION, options.project):
        session, stream = group.stamp.session, group.stamp.stream
        raw = [event for event in group.events if isinstance(event, SignalRaw)]
        if session in active and session and stream and raw:
            found.setdefault(group.stamp.project, []).append((session, stream, raw))
    return found


def _groups(path: Path, since: int, until: int, project: str | None) -> Iterator[tuple[int, Group]]:
    """Yield the groups with raw events that were written in a period, with the moment of each."""
    connection = open_reader(path)
    rows = connection.execute(
        "select at, body from entry where at >= ? and at < ? order by position", (since, until)
    )
    for at, body in rows:
        for group in codec.unpack(body):
            raw = any(isinstance(event, SignalRaw) for event in group.events)
            if raw and project in (None, group.stamp.project):
                yield at, group
    connection.close()
