"""What the OpenAPI documents of edge and hub share: 3.1, made from types, written by nobody."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from edge import VERSION

REF = "#/components/schemas/{name}"
Json = dict[str, Any]


def whole(
    title: str, description: str, paths: Mapping[str, Json], components: Mapping[str, Json]
) -> bytes:
    """Return a document as JSON."""
    return msgspec.json.encode(
        {
            "openapi": "3.1.0",
            "info": {
                "title": title,
                "version": VERSION,
                "description": description,
                "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
            },
            "servers": [{"url": "/"}],
            "paths": paths,
            "components": components,
        }
    )


def schemas(types: Iterable[type[msgspec.Struct]]) -> Json:
    """Return the schemas of *types* and of all that they hold, by name."""
    ordered = sorted(types, key=lambda kind: kind.__name__)
    _, found = msgspec.json.schema_components(ordered, ref_template=REF)
    return {name: _portable(schema) for name, schema in found.items()}


def ref(kind: type[msgspec.Struct]) -> Json:
    """Return a reference to the schema of *kind*."""
    return {"$ref": REF.format(name=kind.__name__)}


def of(media: str, schema: Json) -> Json:
    """Return a content of one media type."""
    return {media: {"schema": schema}}


def _portable(schema: Any) -> Any:
    r"""Write patterns as ECMA-262 does: it has no ``\Z``, and its ``$`` is that."""
    if isinstance(schema, dict):
        return {
            key: value.replace(r"\Z", "$")
            if key == "pattern" and isinstance(value, str)
            else _portable(value)
            for key, value in schema.items()
        }
    return [_portable(each) for each in schema] if isinstance(schema, list) else schema
