"""What the operator named: the model that words, the model that reads, the types of friction."""

import tomllib
from collections.abc import Callable
from pathlib import Path

import msgspec

from ai.endpoint import Endpoint
from ai.friction import Types
from ai.vectors.encoder import Cached, Encoder
from ai.vectors.errors import ModelUnusable
from ai.vectors.minilm import MiniLM
from ai.vectors.remote import Remote
from ai.vectors.table import Table
from ai.wording import Wording
from edge.errors import FlowbackError
from hub.settings import HubSettings


class _File(msgspec.Struct, forbid_unknown_fields=True):
    types: dict[str, dict[str, list[str]]] = {}
    """Project → type → words."""


def wording(settings: HubSettings) -> Wording:
    """Return what words insights: nobody but the rules unless a server is named."""
    if not settings.model_url:
        return Wording(None)
    key = _key(settings.model_key_file, "model_key_file")
    seconds = float(settings.model_seconds)
    endpoint = Endpoint(settings.model_url, settings.model_name, key, timeout=seconds)
    return Wording(endpoint, hourly=settings.model_hourly)


def encoder(settings: HubSettings) -> Encoder | None:
    """Return the encoder of the level that *settings* name. Raises FlowbackError."""
    name = settings.texts
    if name == "words":
        return None
    if name == "table":
        return Table()
    if name.startswith(("http://", "https://")):
        key = _key(settings.texts_key_file, "texts_key_file")
        return Cached(Remote(Endpoint(name, settings.texts_name, key, timeout=60.0)))
    try:
        return Cached(MiniLM(Path(name)))
    except ModelUnusable as error:
        raise FlowbackError(f"hub.texts: {error}") from error


def _key(file: str, setting: str) -> str:
    if not file:
        return ""
    try:
        return Path(file).read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise FlowbackError(f"hub.{setting} cannot be read: {error}") from error


def types(settings: HubSettings) -> Callable[[str], Types]:
    """Return project → the types of friction that it adds. Raises FlowbackError."""
    if not settings.friction_types:
        return lambda _: {}
    path = Path(settings.friction_types)
    try:
        found = msgspec.convert(tomllib.loads(path.read_text("utf-8")), _File)
    except (OSError, ValueError, msgspec.ValidationError) as error:
        raise FlowbackError(f"hub.friction_types: {path}: {error}") from error
    return lambda project: found.types.get(project, {})
