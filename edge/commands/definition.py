"""A definition of signals on the command line: a preset, and parameters laid over it."""

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, cast

import msgspec

from edge.detect.presets import FLOWBACK, PRESETS, BadDefinition, Definition, detectors_of, watch_ms

USUAL_WATCH_MS = 3_000
"""How long a widget watches a click unless its ``watchMs`` says otherwise."""


def add_arguments(parser: argparse.ArgumentParser, flag: str) -> None:
    """Declare ``--preset`` and *flag*."""
    parser.add_argument("--preset", choices=sorted(PRESETS), help="another product's definitions")
    parser.add_argument(
        flag,
        dest="parameters",
        action="append",
        default=[],
        metavar="DETECTOR.PARAMETER=VALUE",
        help="such as rage_click.clicks=4; may be given several times; see edge/DETECTORS.md",
    )


def chosen(options: argparse.Namespace, base: Definition | None = None) -> Definition | None:
    """
    Return what *options* ask for; None: Flowback's own.

    Parameters are laid over *base* unless a preset is named. Raises :class:`BadDefinition`.
    """
    if options.preset is not None or base is None:
        base = Definition(preset=options.preset or FLOWBACK)
    laid = {signal: dict(values) for signal, values in base.parameters.items()}
    for signal, values in _parse(options.parameters).items():
        laid.setdefault(signal, {}).update(values)
    definition = Definition(base.preset, laid)
    detectors_of(definition)
    return None if definition == Definition() else definition


def describe(definition: Definition | None) -> str:
    """Return every detector of *definition* with all its parameters, a line each."""
    detectors = detectors_of(definition)
    lines = []
    for detector in detectors:
        values = asdict(cast("Any", detector))
        shown = " ".join(f"{key}={_shown(value)}" for key, value in values.items())
        lines.append(f"{detector.signal:<17} {shown}")
    watched = watch_ms(detectors)
    if watched > USUAL_WATCH_MS:
        lines.append(f"set the widget's watchMs to {watched:g} or more: it watches for 3000 ms")
    return "\n".join(lines)


def in_short(definition: Definition | None) -> str:
    """Return *definition* in a few words for a list."""
    if definition is None:
        return FLOWBACK
    laid = [
        f"{signal}.{key}={_shown(value)}"
        for signal, values in definition.parameters.items()
        for key, value in values.items()
    ]
    return " ".join([definition.preset, *laid])


def _shown(value: Any) -> str:
    if isinstance(value, frozenset):
        value = sorted(value)
    return msgspec.json.encode(value).decode()


def _parse(pairs: Sequence[str]) -> dict[str, dict[str, object]]:
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
