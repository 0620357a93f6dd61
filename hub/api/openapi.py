"""``/openapi.json``: OpenAPI 3.1, made from the routes and the shapes; written by nobody."""

import re
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import msgspec

from hub.api.operation import Operation
from hub.api.shapes import Problem

_REF = "#/components/schemas/{name}"

_MOMENT = {"type": "integer", "minimum": 0}
_PARAMETERS: dict[str, tuple[str, dict[str, Any]]] = {
    "projectId": ("Project; may be left out where there is only one.", {"type": "string"}),
    "from": ("Begin, ms since 1970; 24 hours before the end by default.", _MOMENT),
    "to": ("End, exclusive, ms since 1970; now by default.", _MOMENT),
    "page": ("Normalised route.", {"type": "string"}),
    "device": ("phone, tablet or desktop.", {"type": "string"}),
    "cohort": ("Label that the site gave.", {"type": "string"}),
    "site": ("Site of the edge.", {"type": "string"}),
    "limit": ("Rows in one answer.", {"type": "integer", "minimum": 1, "maximum": 500}),
    "cursor": ("``next`` of the answer before.", {"type": "string"}),
}


@lru_cache(maxsize=4)
def document(operations: tuple[Operation, ...]) -> bytes:
    """Return the document as JSON."""
    types: set[type[msgspec.Struct]] = {
        kind for one in operations for kind in (one.answer, one.body) if kind
    }
    every: list[type[msgspec.Struct]] = [*types, Problem]
    ordered = sorted(every, key=_name)
    _, schemas = msgspec.json.schema_components(ordered, ref_template=_REF)
    paths: dict[str, dict[str, Any]] = {}
    for one in operations:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one)
    return msgspec.json.encode(
        {
            "openapi": "3.1.0",
            "info": {
                "title": "Flowback hub",
                "version": _version(),
                "description": "What may be shown of what visitors went through.",
                "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
            },
            "servers": [{"url": "/"}],
            "paths": paths,
            "components": {"schemas": schemas, "parameters": _shared()},
        }
    )


def _name(kind: type[msgspec.Struct]) -> str:
    return kind.__name__


def _operation(one: Operation) -> dict[str, Any]:
    named = re.findall(r"{(\w+)}", one.path)
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in named
    ]
    if one.filters:
        parameters += [{"$ref": f"#/components/parameters/{name}"} for name in _PARAMETERS]
    parameters += [
        {"name": name, "in": "query", "schema": {"type": "string", "enum": [*values]}}
        for name, values in one.more
    ]
    found: dict[str, Any] = {
        "operationId": one.name,
        "summary": one.summary,
        "parameters": parameters,
        "responses": {str(one.status): _answer(one), "default": _problem()},
    }
    if one.body is not None:
        schema = {"$ref": _REF.format(name=one.body.__name__)}
        found["requestBody"] = {"required": True, "content": {"application/json": _of(schema)}}
    return found


def _answer(one: Operation) -> dict[str, Any]:
    schema = {"$ref": _REF.format(name=one.answer.__name__)} if one.answer else {}
    content = {one.media: _of(schema)}
    if one.csv:
        content["text/csv"] = _of({"type": "string"})
    return {"description": one.summary, "content": content}


def _problem() -> dict[str, Any]:
    schema = {"$ref": _REF.format(name="Problem")}
    return {"description": "RFC 9457", "content": {"application/problem+json": _of(schema)}}


def _of(schema: dict[str, Any]) -> dict[str, Any]:
    return {"schema": schema}


def _shared() -> dict[str, Any]:
    return {
        name: {"name": name, "in": "query", "description": text, "schema": schema}
        for name, (text, schema) in _PARAMETERS.items()
    }


def _version() -> str:
    try:
        return version("flowback")
    except PackageNotFoundError:
        return "0"
