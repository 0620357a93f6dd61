"""Ask a running hub over its API, for commands that show what only it can tell."""

import argparse
import ssl
from pathlib import Path
from typing import Any

import httpx2

from edge.config import load
from edge.errors import FlowbackError
from hub.settings import HubSettings

TIMEOUT_S = 60


class HubAway(FlowbackError):
    """No hub answers there. Start it with flowback hub, or name another with --hub."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare where the hub is, the same for every command that asks one."""
    parser.add_argument("--hub", metavar="URL", help="where the hub answers; else as its settings")
    parser.add_argument("--ca", type=Path, help="certificate file by which an https hub is known")
    parser.add_argument("--config", type=Path, help="a TOML file with a section [hub]")


def address(options: argparse.Namespace) -> str:
    """Return where the hub of *options* answers, without a slash at its end."""
    if options.hub:
        return str(options.hub).rstrip("/")
    settings = load(HubSettings, "hub", file=options.config)
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"{'https' if settings.tls_cert else 'http'}://{host}:{settings.port}"


def ask(
    options: argparse.Namespace,
    path: str,
    *,
    method: str = "GET",
    query: dict[str, str] | None = None,
    body: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """
    Return what the hub answers at *path*, as JSON.

    Raises :class:`HubAway`, and FlowbackError with the hub's own words where it refuses.
    """
    base = address(options)
    try:
        trust = ssl.create_default_context(cafile=options.ca) if options.ca else True
        with httpx2.Client(timeout=TIMEOUT_S, trust_env=False, verify=trust) as client:
            answer = client.request(method, base + path, params=query, json=body)
        found: dict[str, Any] = answer.json()
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError) as error:
        raise HubAway(f"{base}: {error}. {HubAway.__doc__}") from error
    if answer.status_code != 200:
        raise FlowbackError(found.get("detail") or f"{base} answered {answer.status_code}")
    return found
