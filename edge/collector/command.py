"""Collect what the visitors of a site go through, and send it to the hub."""

import argparse
from pathlib import Path

from edge.collector.settings import EdgeSettings
from edge.config import add_flags, load


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what ``flowback edge`` takes."""
    parser.add_argument("--config", type=Path, help="a TOML file with a section [edge]")
    add_flags(parser, EdgeSettings)


def run(options: argparse.Namespace) -> int:
    """Run an edge until SIGTERM or SIGINT ends it; SIGHUP reads the settings again."""
    from edge.collector.process import run as run_edge

    flags = {key: value for key, value in vars(options).items() if key != "config"}

    def read() -> EdgeSettings:
        return load(EdgeSettings, "edge", file=options.config, flags=flags)

    run_edge(read(), read)
    return 0
