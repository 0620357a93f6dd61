"""
Gather edges, think, answer: the inbox, the agents, the API and the dashboard.

Without a verb it runs a hub until a signal ends it.
"""

import argparse
import os
from importlib import import_module
from pathlib import Path

from msgspec.structs import fields

from edge.config import add_flags, load
from hub.settings import HubSettings

VERBS: dict[str, str] = {
    "agents": "show the hub's custom agents; stop, start, replay and rebuild them",
    "routes": "show which routes pages become, and preview other patterns",
    "rebuild": "build all projections anew from the inbox",
    "backup": "copy a hub, running or not, into a new folder",
    "restore": "put such a copy back",
}
"""Verb → its line in the help; the module of that name in ``hub.commands`` knows it."""


THREADS = (
    "OPENBLAS_NUM_THREADS",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)
"""What numpy's linear algebra reads when it is first imported."""


def one_core() -> None:
    """Let the grouping of comments take one core, unless the operator says otherwise."""
    for name in THREADS:
        os.environ.setdefault(name, "1")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what ``flowback hub`` takes."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--config", type=Path, help="a TOML file with a section [hub]")
    add_flags(parser, HubSettings)
    verbs = parser.add_subparsers(dest="verb", title="verbs", metavar="VERB")
    for name, words in VERBS.items():
        module = import_module(f"hub.commands.{name}")
        verb = verbs.add_parser(name, help=words, description=module.__doc__)
        verb.formatter_class = argparse.RawDescriptionHelpFormatter
        module.add_arguments(verb)


def run(options: argparse.Namespace) -> int:
    """Run a hub until a signal ends it, or do what the verb says."""
    if options.verb is not None:
        code: int = import_module(f"hub.commands.{options.verb}").run(options)
        return code
    one_core()
    from hub.process import run as run_hub

    known = {field.name for field in fields(HubSettings)}
    flags = {key: value for key, value in vars(options).items() if key in known}
    run_hub(load(HubSettings, "hub", file=options.config, flags=flags))
    return 0
