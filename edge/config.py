"""
One way to configure: a TOML file, overridden by ``FLOWBACK_…``, overridden by flags.

Settings are frozen structs. A field ``port`` of the section ``edge`` is ``port``
under ``[edge]``, ``FLOWBACK_EDGE_PORT`` and ``--port``. A bad value names its key.
"""

import argparse
import os
import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args, get_origin

import msgspec
from msgspec.structs import fields

from edge.errors import FlowbackError

S = TypeVar("S", bound=msgspec.Struct)


class ConfigError(FlowbackError):
    """A setting is wrong. The message names its key and what would be right."""


def load(
    settings: type[S],
    section: str,
    *,
    file: Path | None = None,
    environ: Mapping[str, str] | None = None,
    flags: Mapping[str, Any] | None = None,
) -> S:
    """Return *settings* from file, environment and flags, the later the stronger."""
    known = {field.name for field in fields(settings)}
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}

    def take(found: Mapping[str, Any], name_of: dict[str, str]) -> None:
        for key, value in found.items():
            values[key] = value
            sources[key] = name_of[key]

    table = _table(file, section)
    for key in table:
        if key not in known:
            raise ConfigError(f"{file}: [{section}] has no setting {key!r}")
    take(table, {key: f"{file}: [{section}] {key}" for key in table})
    env = _environment(section, known, os.environ if environ is None else environ)
    take(env, {key: _variable(section, key) for key in env})
    given = {key: value for key, value in (flags or {}).items() if value is not None}
    take(given, {key: "--" + key.replace("_", "-") for key in given})
    return _convert(settings, values, sources)


def add_flags(
    parser: argparse.ArgumentParser, settings: type[msgspec.Struct], only: Collection[str] = ()
) -> None:
    """Give *parser* a flag for each field, or *only* these; its help is the field's description."""
    for field in fields(settings):
        if only and field.name not in only:
            continue
        description = _description(field.type)
        default = "" if field.required else f" (default: {field.default})"
        parser.add_argument(
            "--" + field.encode_name.replace("_", "-"),
            dest=field.name,
            metavar=field.name.upper(),
            help=(description + default).replace("%", "%%"),
        )


def _table(file: Path | None, section: str) -> dict[str, Any]:
    if file is None:
        return {}
    try:
        table = tomllib.loads(file.read_text()).get(section, {})
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigError(f"{file} is not TOML: {error}") from error
    if not isinstance(table, dict):
        raise ConfigError(f"{file}: [{section}] must be a table")
    return table


def _variable(section: str, key: str) -> str:
    return f"FLOWBACK_{section}_{key}".upper()


def _environment(section: str, known: set[str], environ: Mapping[str, str]) -> dict[str, str]:
    return {
        key: environ[_variable(section, key)] for key in known if _variable(section, key) in environ
    }


def _convert(settings: type[S], values: dict[str, Any], sources: dict[str, str]) -> S:
    try:
        return msgspec.convert(values, settings, strict=False)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `$.")
        key = path.rstrip("`").split("[")[0].split(".")[0]
        if key in sources:
            raise ConfigError(f"{sources[key]} is {values[key]!r}: {message.lower()}") from None
        raise ConfigError(message) from None


def _description(annotation: Any) -> str:
    if get_origin(annotation) is Annotated:
        for meta in get_args(annotation)[1:]:
            if isinstance(meta, msgspec.Meta) and meta.description:
                return meta.description
    return ""
