"""Gather edges, think, answer: the inbox, the agents, the API and the dashboard."""

import argparse
from pathlib import Path

from edge.config import add_flags, load
from hub.settings import HubSettings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what ``flowback hub`` takes."""
    parser.add_argument("--config", type=Path, help="a TOML file with a section [hub]")
    add_flags(parser, HubSettings)


def run(options: argparse.Namespace) -> int:
    """Run a hub until a signal ends it."""
    from hub.process import run as run_hub

    flags = {key: value for key, value in vars(options).items() if key != "config"}
    run_hub(load(HubSettings, "hub", file=options.config, flags=flags))
    return 0
