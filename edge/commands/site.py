"""Add, list, quieten and define the projects of a node, and print the snippet to paste."""

import argparse
import json
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from edge.audit import AuditLog
from edge.commands import definition
from edge.errors import FlowbackError
from edge.policy.throttle import Window
from edge.projects import Project, ProjectBook, make


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what ``flowback site`` takes."""
    verbs = parser.add_subparsers(dest="verb", required=True)
    add = verbs.add_parser("add", help="make a project")
    add.add_argument("id", help="its id: a-z, 0-9, - and _")
    add.add_argument("--origin", action="append", required=True, help="may be given several times")
    add.add_argument("--name", default="")
    add.add_argument("--consent", choices=("ask", "regional", "host"), default="ask")
    add.add_argument("--time-zone", default="UTC")
    add.add_argument("--key", help="the write key, where another node has the project already")
    add.add_argument("--demo", action="store_true", help="a demo for good: shows single sessions")
    definition.add_arguments(add, "--detect")
    verbs.add_parser("list", help="list the projects")
    snippet = verbs.add_parser("snippet", help="print the tag to paste")
    snippet.add_argument("id")
    snippet.add_argument("--url", required=True, help="where browsers reach the edge")
    snippet.add_argument(
        "--latest",
        action="store_true",
        help="a tag that takes each new version by itself, and so cannot pin one",
    )
    keys = verbs.add_parser("keys", help="list a project's write keys, make one, revoke one")
    keys.add_argument("id")
    change = keys.add_mutually_exclusive_group()
    change.add_argument(
        "--new", action="store_true", help="a new key; the older ones go on working"
    )
    change.add_argument("--revoke", metavar="KEY", help="let an older key work no more")
    detect = verbs.add_parser(
        "detect", help="say what counts as a rage click and so on in new sessions, or show it"
    )
    detect.add_argument("id")
    definition.add_arguments(detect, "--detect")
    quiet = verbs.add_parser("quiet", help="let nobody be asked for a while")
    quiet.add_argument("id")
    quiet.add_argument(
        "--from",
        dest="start",
        required=True,
        help="such as 2026-11-27T00:00+01:00; without an offset: in the project's time zone",
    )
    quiet.add_argument("--to", dest="end", required=True)
    quiet.add_argument("--why", default="")
    for verb in verbs.choices.values():
        verb.add_argument(
            "--data", type=Path, default=Path("flowback-data/edge"), help="the node's folder"
        )


def run(options: argparse.Namespace) -> int:
    """Do what was asked."""
    book = ProjectBook.open(options.data)
    audit = AuditLog(options.data)
    if options.verb == "add":
        project = make(
            options.id,
            origins=options.origin,
            name=options.name,
            consent=options.consent,
            demo=options.demo,
            time_zone=options.time_zone,
            key=options.key,
            detect=definition.chosen(options),
        )
        book.add(project)
        audit.write(
            "site.add",
            project=project.id,
            origins=project.origins,
            consent=project.consent,
            demo=project.demo,
        )
        print(f"added {project.id}; its write key is {project.key}")
    elif options.verb == "list":
        for project in book.list():
            kind = "demo" if project.demo else project.consent
            judged = definition.in_short(project.detect)
            whose = "hub" if book.is_told(project.id) else "here"
            origins = " ".join(project.origins)
            print(f"{project.id}\t{kind}\t{origins}\t{project.name}\t{whose}\t{judged}")
    elif options.verb == "keys":
        _keys(book, audit, options)
    elif options.verb == "detect":
        project = book.known(options.id)
        if options.preset or options.parameters:
            project = book.detect(project.id, definition.chosen(options, project.detect))
            audit.write(
                "site.detect", project=project.id, judged=definition.in_short(project.detect)
            )
            print(f"new sessions of {project.id} are judged so:")
        print(definition.describe(project.detect))
    elif options.verb == "quiet":
        zone = zone_of(book.known(options.id))
        window = Window(start=_ms(options.start, zone), end=_ms(options.end, zone), why=options.why)
        book.quiet(options.id, window)
        audit.write(
            "site.quiet", project=options.id, start=options.start, end=options.end, why=options.why
        )
        print(f"nobody of {options.id} is asked from {options.start} to {options.end}")
    else:
        print(snippet_of(book.known(options.id), options.url, pinned=not options.latest))
    return 0


def _keys(book: ProjectBook, audit: AuditLog, options: argparse.Namespace) -> None:
    project = book.known(options.id)
    if options.new:
        project = book.new_key(project.id)
        audit.write("site.key", project=project.id, older=len(project.older_keys))
    elif options.revoke:
        project = book.revoke_key(project.id, options.revoke)
        audit.write("site.key_revoked", project=project.id, older=len(project.older_keys))
    print(f"{project.key}\tnewest")
    for key in project.older_keys:
        print(f"{key}\tolder: works until `flowback site keys {project.id} --revoke {key}`")


def _ms(text: str, zone: tzinfo) -> int:
    """Return the moment that *text* names; without an offset it is in the project's *zone*."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise FlowbackError(f"{text!r} is no moment: write it as 2026-11-27T00:00+01:00") from None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp() * 1000)


def zone_of(project: Project) -> tzinfo:
    """Return a project's time zone. Raises :class:`~edge.errors.FlowbackError`."""
    try:
        return ZoneInfo(project.time_zone) if project.time_zone != "UTC" else UTC
    except (ZoneInfoNotFoundError, ValueError):
        raise FlowbackError(
            f"the time zone {project.time_zone!r} of {project.id} is not known here:"
            " write the moments with their offset, as 2026-11-27T00:00+01:00"
        ) from None


def snippet_of(project: Project, url: str, *, pinned: bool = True) -> str:
    """
    Return the tag that a page needs to carry the widget of *project*.

    *pinned*: exactly the version of this program, by its integrity; the edge goes on
    serving it for 30 days after an upgrade. Raises
    :class:`~edge.collector.widget.NotBuilt`.
    """
    from edge.collector.widget import BUILT, MAIN, NotBuilt, Version

    at = _url(url)
    config = json.dumps({"projectId": project.id, "apiUrl": at, "key": project.key})
    told = f"<script>window.flowbackConfig = {config.replace('<', chr(92) + 'u003c')}</script>\n"
    if not pinned:
        return f'{told}<script src="{at}/{MAIN}" async></script>'
    version = Version.load(BUILT)
    script = version.scripts.get(MAIN)
    if script is None:
        raise NotBuilt
    return (
        f'{told}<script src="{at}{version.path_of()}" integrity="{script.integrity}"'
        ' crossorigin="anonymous" async></script>'
    )


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or set(text) & set("\"'<> "):
        raise FlowbackError(f"{text!r} is no address: write it as https://edge.shop.example")
    return text.rstrip("/")
