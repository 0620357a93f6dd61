"""
Show which routes the pages of visits become, and what other patterns would make of them.

Patterns stand in routes.toml of the hub's folder, by project; a pattern is the route that it
makes, :name for one part, a last * for all that follows:

  shop = ["/p/:product", "/blog/*"]
  "*" = ["/:language/help"]

Try a new file with --preview FILE before you copy it there. The hub reads it at its start; pages
of before keep their names until flowback hub rebuild.
"""

import argparse
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from edge.events import codec
from edge.journal.entry import Entry
from edge.journal.reading import Reading
from hub.agents.patterns import FILE, Routes, load
from hub.commands.folder import INBOX, add_folder, folder_of

Pages = Counter[tuple[str, str]]
"""(project, path) → events."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what ``flowback hub routes`` takes."""
    add_folder(parser)
    parser.add_argument("--project", help="only this one")
    parser.add_argument(
        "--preview", type=Path, metavar="FILE", help="show what these patterns would change"
    )
    parser.add_argument(
        "--entries", type=int, default=10_000, help="newest entries looked at (default: 10000)"
    )


def run(options: argparse.Namespace) -> int:
    """Show them."""
    folder = folder_of(options)
    now = load(folder / FILE)
    wanted = now if options.preview is None else load(options.preview)
    pages = _pages(folder / INBOX, options.entries, options.project)
    _show(pages, wanted)
    if options.preview is not None:
        _show_changes(pages, now, wanted)
    return 0


def _pages(inbox: Path, entries: int, project: str | None) -> Pages:
    pages: Pages = Counter()
    for entry in _newest(inbox, entries):
        try:
            groups = codec.unpack(entry.body)
        except codec.BadEvent:
            continue
        for group in groups:
            if project in (None, group.stamp.project):
                found = (getattr(event, "page", "") for event in group.events)
                pages.update((group.stamp.project, page) for page in found if page)
    return pages


def _newest(inbox: Path, entries: int) -> Iterator[Entry]:
    reading = Reading(inbox)
    try:
        rows = reading.read("select value from meta where key = 'position'")
        position = max(0, int(str(rows[0][0])) - entries) if rows else 0
        while found := reading.follow(position):
            yield from found
            position = found[-1].position
    finally:
        reading.close()


def _show(pages: Pages, routes: Routes) -> None:
    events: Counter[tuple[str, str]] = Counter()
    paths: dict[tuple[str, str], list[str]] = defaultdict(list)
    for (project, path), count in sorted(pages.items(), key=lambda one: (-one[1], one[0])):
        route = (project, routes.of(project, path))
        events[route] += count
        paths[route].append(path)
    print(f"{'events':>8} {'paths':>6}  project  route  (such as)")
    for (project, name), count in events.most_common():
        some = ", ".join(paths[project, name][:2])
        print(f"{count:8} {len(paths[project, name]):6}  {project}  {name}  ({some})")


def _show_changes(pages: Pages, now: Routes, wanted: Routes) -> None:
    moved: Counter[tuple[str, str, str]] = Counter()
    for project, path in pages:
        old, new = now.of(project, path), wanted.of(project, path)
        if old != new:
            moved[project, old, new] += 1
    print(f"\n{sum(moved.values())} of {len(pages)} paths would have another route")
    for (project, old, new), count in sorted(moved.items()):
        print(f"{count:15}  {project}  {old} -> {new}")
