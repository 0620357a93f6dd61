"""
Look over a site's set-up, and name what helps where something is wrong.

  flowback doctor --config flowback.toml

It takes what `flowback edge` takes. Nothing is changed; exit code 1 where a check fails.
"""

import argparse

from edge.collector import command
from edge.collector.settings import EdgeSettings
from edge.config import load


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what ``flowback doctor`` takes: what ``flowback edge`` does."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    command.add_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Print a table of the checks."""
    from edge.collector.operations.doctor import examine

    flags = {key: value for key, value in vars(options).items() if key != "config"}
    found = examine(load(EdgeSettings, "edge", file=options.config, flags=flags))
    width = max(len(name) for name, _ in found)
    for name, each in found:
        print(f"{each.level:<5} {name:<{width}}  {each.says}")
        if each.level != "ok" and each.remedy:
            print(f"{'':<5} {'':<{width}}  → {each.remedy}")
    failed = sum(each.level == "fail" for _, each in found)
    warned = sum(each.level == "warn" for _, each in found)
    print(f"\n{len(found)} checks: {failed} failed, {warned} to look at")
    return 1 if failed else 0
