"""
The command line: one verb a line, each opens its room lazily.

Every verb has ``--help``, exits non-zero with one clear line on an error, and
logs to stderr.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

VERBS: dict[str, tuple[str, str]] = {
    "demo": ("desktop.demo.command", "an edge, a hub, a shop and its visitors on this machine"),
    "edge": ("edge.collector.command", "collect what the visitors of a site go through"),
    "hub": ("hub.command", "gather edges, think, answer"),
    "site": ("edge.commands.site", "add and list projects, print the snippet to paste"),
    "keys": ("hub.commands.keys", "make, list, revoke and rotate the link's keys"),
    "enroll": ("edge.commands.enroll", "let an edge speak to a hub, by one file carried by hand"),
    "bundle": ("hub.bundles.command", "carry data to a hub and receipts back, by hand"),
    "policy": ("edge.commands.policy", "say in plain words what holds, what leaves and what stays"),
    "detect": ("edge.commands.detect", "find signals again with other parameters, and compare"),
    "doctor": ("edge.commands.doctor", "look over a site's set-up, name what helps"),
    "insights": ("hub.commands.insights", "list a hub's insights, explain one by its evidence"),
    "erase": ("edge.commands.erase", "erase visitors' sessions from a node and a hub's edges"),
    "audit": ("edge.commands.audit", "show who changed what, check that the log is whole"),
    "report": ("hub.commands.report", "a signed report for an auditor, and the check of one"),
    "journal": ("edge.commands.journal", "verify a journal, salvage a damaged one"),
}
"""Verb → the module that knows it, and its line in the help."""

SERVERS = {"edge"}
"""Verbs whose process keeps SIGTERM and SIGHUP while it starts, and acts on them then."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    argv = list(sys.argv[1:] if arguments is None else arguments)
    if not argv or argv[0] not in VERBS:
        return _without_verb(argv)
    verb = argv[0]
    if verb in SERVERS:
        from edge.signals import early

        early.hold()
    module = import_module(VERBS[verb][0])
    parser = argparse.ArgumentParser(prog=f"flowback {verb}", description=module.__doc__)
    module.add_arguments(parser)
    run: Callable[[argparse.Namespace], int] = module.run
    return _guard(verb, run, parser.parse_args(argv[1:]))


def _without_verb(argv: list[str]) -> int:
    parser = _parser()
    if argv and not argv[0].startswith("-"):
        parser.error(f"there is no verb {argv[0]!r}; see flowback --help")
    parser.parse_args(argv)
    parser.print_help(sys.stderr)
    return 2


def _guard(verb: str, run: Callable[[argparse.Namespace], int], options: argparse.Namespace) -> int:
    from edge.errors import FlowbackError

    try:
        return run(options)
    except FlowbackError as error:
        print(f"flowback {verb}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return 0


def _parser() -> argparse.ArgumentParser:
    width = max(map(len, VERBS)) + 2
    lines = [f"  {verb:<{width}}{words}" for verb, (_, words) in VERBS.items()]
    from edge import VERSION

    parser = argparse.ArgumentParser(
        prog="flowback",
        usage="flowback VERB [options]",
        description="Hears what hurts the visitors of a web site, without surveys or a cloud.",
        epilog="verbs:\n" + "\n".join(lines) + "\n\nflowback VERB --help says more of each.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"flowback {VERSION}")
    return parser


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    sys.exit(main())
